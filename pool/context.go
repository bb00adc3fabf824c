package pool

import (
	"context"
	"sync"
	"time"
)

// originKey asks a context whether it derives from a task of the pool: its value
// is then that task's context, an origin.
type originKey struct{ pool *WorkerPool }

// An origin is the context of a task.
type origin interface {
	context.Context
	// outside is the context from which the task was submitted, less what other
	// tasks of the pool added to it.
	outside() context.Context
}

func (p *WorkerPool) originOf(ctx context.Context) origin {
	o, _ := ctx.Value(originKey{p}).(origin)
	return o
}

// A workerContext is the context of the tasks a worker runs that asked for none
// of their own: the pool's, with the mark of the pool. It ends with the pool.
type workerContext struct {
	context.Context
	pool   *WorkerPool
	worker any // the *sched.Worker
}

func (c *workerContext) Value(key any) any {
	if key == (originKey{c.pool}) {
		return c
	}
	return c.Context.Value(key)
}

func (c *workerContext) outside() context.Context { return context.Background() }

// A taskContext is the context of one task with a record, or of a group made
// inside a task. It has the values of
// its submitter and then of the pool, and ends when one of them does, when the
// task times out or is cancelled, and when the task has ended.
//
// It makes its Done channel, and watches the pool, only once asked. It has the
// AfterFunc method by which package context hangs a derived context on it
// without a goroutine.
type taskContext struct {
	pool  *WorkerPool
	outer context.Context // the submitter's; nil means it has nothing to give

	// parent is the task from inside which this one was submitted, if outer still
	// derives from it. Its own end, which outer shares, is not this task's.
	parent *taskContext

	deadline time.Time // of the run; written before the run begins

	mu        sync.Mutex
	err       error
	own       bool // err comes from the task, not from outside
	done      chan struct{}
	followed  bool          // outer is being watched
	unfollow  []func() bool // to stop watching the pool and outer
	callbacks map[*func()]struct{}
	lastLooks map[*func()]struct{} // called before an end of the task's own
}

// submittedFrom makes ctx the submitter's context, o the task it derives from if
// any. If ctx is the context of o, or of a task submitted from it and so on,
// what those tasks added is left out: so a task that submits itself for ever has
// a context that does not grow.
func (c *taskContext) submittedFrom(ctx context.Context, o origin) {
	c.outer = ctx
	if o == nil {
		return
	}
	c.parent, _ = o.(*taskContext) // a workerContext ends with the pool only
	for at, ok := ctx.(origin); ok; at, ok = at.outside().(origin) {
		if at == o {
			c.outer = o.outside()
			if c.parent != nil {
				c.parent = c.parent.parent
			}
			return
		}
	}
}

func (c *taskContext) outside() context.Context {
	if c.outer == nil {
		return context.Background()
	}
	return c.outer
}

// Deadline returns the earlier of the run's deadline and the submitter's.
func (c *taskContext) Deadline() (time.Time, bool) {
	deadline, ok := c.outerDeadline()
	if !c.deadline.IsZero() && (!ok || c.deadline.Before(deadline)) {
		return c.deadline, true
	}
	return deadline, ok
}

// outerDeadline returns the submitter's deadline, if it is not just that of the
// parent's run.
func (c *taskContext) outerDeadline() (time.Time, bool) {
	deadline, ok := c.outside().Deadline()
	if ok && c.parent != nil && deadline.Equal(c.parent.deadline) {
		return c.parent.outerDeadline()
	}
	return deadline, ok
}

// Value returns the submitter's value for key, or else the pool's.
func (c *taskContext) Value(key any) any {
	if key == (originKey{c.pool}) {
		return c
	}
	if c.outer != nil {
		if v := c.outer.Value(key); v != nil {
			return v
		}
	}
	return c.pool.ctx.Value(key)
}

// Err says why the context ended, or nil.
func (c *taskContext) Err() error {
	c.mu.Lock()
	err := c.err
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if err = c.pool.ctx.Err(); err == nil {
		err = c.outerErr()
	}
	if err != nil {
		err = c.end(err, false) // Done is closed and stays so, whenever Err says it has ended
	}
	return err
}

// outerErr says why the submitter's context ended, or nil.
func (c *taskContext) outerErr() error {
	if c.outer == nil {
		return nil
	}
	err := c.outer.Err()
	if err != nil && c.parent != nil && c.parent.endedItself() {
		return c.parent.outerErr()
	}
	return err
}

// endedItself reports whether the context ended for a reason of the task's own.
func (c *taskContext) endedItself() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.own
}

// endedOutside says why a run must not begin, or nil. It is outerErr, and holds
// on to what was found out by the parent's last look.
func (c *taskContext) endedOutside() error {
	if c.outer == nil {
		return nil
	}
	c.mu.Lock()
	err, own := c.err, c.own
	c.mu.Unlock()
	if err != nil && !own {
		return err
	}
	return c.outerErr()
}

// Done returns a channel that is closed when the context ends.
func (c *taskContext) Done() <-chan struct{} {
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
	c.unfollow = append(c.unfollow, context.AfterFunc(c.pool.ctx, func() {
		c.end(c.pool.ctx.Err(), false)
	}))
	c.followOuter(func(err error) { c.end(err, false) })
	return c.done
}

// followOuter calls ended in a goroutine of its own when the submitter's context
// has ended. The caller holds mu.
func (c *taskContext) followOuter(ended func(error)) {
	if c.outer == nil || c.followed || c.err != nil {
		return
	}
	c.followed = true
	follow := func(ctx context.Context) {
		if ctx.Done() != nil {
			c.unfollow = append(c.unfollow, context.AfterFunc(ctx, func() {
				if err := c.outerErr(); err != nil {
					ended(err)
				}
			}))
		}
	}
	for at := c; at != nil; at = at.parent {
		follow(at.outside())
		if at.parent != nil {
			c.unfollow = append(c.unfollow, at.parent.lastLook(func() {
				if err := c.outerErr(); err != nil {
					c.end(err, false)
					go ended(err)
				}
			}))
		}
	}
}

// lastLook calls f before the context ends for a reason of the task's own: once
// it has, nobody can tell whether a context derived from it ended before. The
// function it returns prevents that.
func (c *taskContext) lastLook(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lastLooks == nil {
		c.lastLooks = make(map[*func()]struct{})
	}
	c.lastLooks[&f] = struct{}{}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.lastLooks, &f)
		return true
	}
}

// haveLastLooks makes the calls lastLook is for. The caller holds mu, but not during
// the calls.
func (c *taskContext) haveLastLooks() {
	for len(c.lastLooks) > 0 {
		looks := c.lastLooks
		c.lastLooks = nil
		c.mu.Unlock()
		for f := range looks {
			(*f)()
		}
		c.mu.Lock()
	}
}

// AfterFunc calls f in a goroutine of its own once the context has ended. The
// function it returns prevents that, and reports whether it came in time.
func (c *taskContext) AfterFunc(f func()) (stop func() bool) {
	c.Done() // an end from outside must be noticed
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		go f()
		return func() bool { return false }
	}
	if c.callbacks == nil {
		c.callbacks = make(map[*func()]struct{})
	}
	key := &f
	c.callbacks[key] = struct{}{}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, there := c.callbacks[key]
		delete(c.callbacks, key)
		return there
	}
}

// end ends the context, the first time it is called, and returns why it ended.
func (c *taskContext) end(err error, own bool) error {
	c.mu.Lock()
	if own {
		c.haveLastLooks()
	}
	if c.err != nil {
		c.own = c.own || own
		err = c.err
		c.mu.Unlock()
		return err
	}
	c.err, c.own = err, own
	if c.done != nil {
		close(c.done)
	}
	callbacks, unfollow := c.callbacks, c.unfollow
	c.callbacks, c.unfollow = nil, nil
	c.mu.Unlock()
	for _, stop := range unfollow {
		stop()
	}
	if len(callbacks) > 0 { // to go through a map that is nil takes 10 ns
		for f := range callbacks {
			go (*f)()
		}
	}
	return err
}
