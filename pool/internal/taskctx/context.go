package taskctx

import (
	"context"
	"sync"
	"time"
)

// A Context is the context of one run of a task, or of a group made inside a task. It
// has the values of its submitter's context and then of the pool's.
//
//	C1: Done is closed if and only if Err is not nil.
//	C2: Err and Done do not change after the end.
//	C3: the own end of a task ends no context of a task submitted from inside it.
//	C4: after the end nothing of the Context hangs on another context.
//
// A Context makes its Done channel, and watches other contexts, only when asked. Its
// method AfterFunc lets package context derive contexts from it without a goroutine.
//
// All methods but Init, Bind and SetDeadline may be called by any goroutine at any
// time. The zero Context may be used after Init.
type Context struct {
	root      *Root
	submitter context.Context // with which the task was submitted; nil if it adds nothing

	// parent is the task from inside which this one was submitted, if submitter derives
	// from its context. C3 is about parent.
	parent *Context

	deadline time.Time // of the run; zero if it has none

	mu       sync.Mutex // locked before that of parent
	own      bool       // the task ended by itself
	watching bool       // of submitter
	err      error      // nil before the end
	done     chan struct{}
	watches  []func() bool // to stop watching other contexts

	afterEnd     callbacks // of AfterFunc
	beforeOwnEnd callbacks // of beforeEnd
}

// Init makes c the context of a task of the root.
func (c *Context) Init(root *Root) { c.root = root }

// Bind makes ctx the context with which the task was submitted. The ancestor is that of
// ctx, or nil. Bind must be called before the task can run.
//
// If ctx is the ancestor itself, it is left out, and so are the contexts of tasks from
// which the ancestor was submitted in the same way. So a task that submits itself
// forever has a context that does not grow.
func (c *Context) Bind(ctx context.Context, ancestor Ancestor) {
	c.submitter = ctx
	if ancestor == nil {
		return
	}
	c.parent, _ = ancestor.(*Context) // a Worker has no end of its own
	if !reaches(ctx, ancestor) {
		return
	}
	c.submitter = ancestor.Outside()
	if c.parent != nil {
		c.parent = c.parent.parent
	}
}

// reaches reports whether ctx is the ancestor, or a task's context that was submitted
// with it, and so on.
func reaches(ctx context.Context, ancestor Ancestor) bool {
	for at, ok := ctx.(Ancestor); ok; at, ok = at.Outside().(Ancestor) {
		if at == ancestor {
			return true
		}
	}
	return false
}

// SetDeadline sets the deadline of the run. It must be called before the run begins.
func (c *Context) SetDeadline(deadline time.Time) { c.deadline = deadline }

// Next returns the context of the task's next run.
func (c *Context) Next() *Context {
	return &Context{root: c.root, submitter: c.submitter, parent: c.parent}
}

// Submitter returns the context with which the task was submitted, or nil if that adds
// nothing.
func (c *Context) Submitter() context.Context { return c.submitter }

// Outside is Submitter with the background context in place of nil.
func (c *Context) Outside() context.Context {
	if c.submitter == nil {
		return context.Background()
	}
	return c.submitter
}

// Value returns the submitter's value for key, or else the pool's.
func (c *Context) Value(key any) any {
	if key == (ancestorKey{c.root}) {
		return c
	}
	if c.submitter != nil {
		if v := c.submitter.Value(key); v != nil {
			return v
		}
	}
	return c.root.Value(key)
}

// Deadline returns the earlier of the run's deadline and the submitter's.
func (c *Context) Deadline() (time.Time, bool) {
	deadline, ok := c.submitterDeadline()
	if !c.deadline.IsZero() && (!ok || c.deadline.Before(deadline)) {
		return c.deadline, true
	}
	return deadline, ok
}

// submitterDeadline returns the deadline of the submitter's context. That of the
// parent's run does not count (C3).
func (c *Context) submitterDeadline() (time.Time, bool) {
	deadline, ok := c.Outside().Deadline()
	if ok && c.parent != nil && deadline.Equal(c.parent.deadline) {
		return c.parent.submitterDeadline()
	}
	return deadline, ok
}

// Err returns why the context ended, or nil.
func (c *Context) Err() error {
	if err, _ := c.ended(); err != nil {
		return err
	}
	err := c.root.Err()
	if err == nil {
		err = c.SubmitterErr()
	}
	if err != nil {
		err = c.end(err, false) // closes Done (C1)
	}
	return err
}

// ended returns why the context is known to have ended, and whether the task ended it.
func (c *Context) ended() (err error, own bool) {
	c.mu.Lock()
	err, own = c.err, c.own
	c.mu.Unlock()
	return err, own
}

// SubmitterErr returns why the submitter's context ended, or nil. The own end of the
// parent does not count (C3).
func (c *Context) SubmitterErr() error {
	if c.submitter == nil {
		return nil
	}
	err := c.submitter.Err()
	if err != nil && c.parent != nil {
		if _, own := c.parent.ended(); own {
			return c.parent.SubmitterErr()
		}
	}
	return err
}

// StartErr returns why a run of the task must not begin, or nil. It is SubmitterErr, but
// also knows of an end that was noticed before the parent's own end hid it.
func (c *Context) StartErr() error {
	if c.submitter == nil {
		return nil
	}
	if err, own := c.ended(); err != nil && !own {
		return err
	}
	return c.SubmitterErr()
}

// Done returns a channel that is closed when the context ends.
func (c *Context) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done != nil {
		return c.done
	}
	c.done = make(chan struct{})
	if c.err != nil {
		close(c.done)
		return c.done
	}
	c.watches = append(c.watches, context.AfterFunc(c.root.Context, func() { c.end(c.root.Err(), false) }))
	c.watchSubmitter(func(err error) { c.end(err, false) })
	return c.done
}
