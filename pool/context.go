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
	pool *WorkerPool
}

func (c *workerContext) Value(key any) any {
	if key == (originKey{c.pool}) {
		return c
	}
	return c.Context.Value(key)
}

func (c *workerContext) outside() context.Context { return context.Background() }

// A taskContext is the context of one task with a record. It has the values of
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
	parent origin

	deadline time.Time // of the run; written before the run begins

	mu        sync.Mutex
	err       error
	own       bool // err comes from the task, not from outside
	done      chan struct{}
	followed  bool          // outer is being watched
	unfollow  []func() bool // to stop watching the pool and outer
	callbacks map[*func()]struct{}
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
	for at, ok := ctx.(origin); ok; at, ok = at.outside().(origin) {
		if at == o {
			c.outer = o.outside()
			return
		}
	}
	c.parent = o
}

func (c *taskContext) outside() context.Context {
	if c.outer == nil {
		return context.Background()
	}
	return c.outer
}

// Deadline returns the earlier of the run's deadline and the submitter's.
func (c *taskContext) Deadline() (time.Time, bool) {
	deadline, ok := c.outside().Deadline()
	if ok && c.parent != nil {
		if of, has := c.parent.Deadline(); has && of.Equal(deadline) {
			deadline, ok = c.parent.outside().Deadline() // what outer has is the parent's own
		}
	}
	if !c.deadline.IsZero() && (!ok || c.deadline.Before(deadline)) {
		return c.deadline, true
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
	if err == nil {
		err = c.pool.ctx.Err()
	}
	if err == nil {
		err = c.outerErr()
	}
	return err
}

// outerErr says why the submitter's context ended, or nil.
func (c *taskContext) outerErr() error {
	if c.outer == nil {
		return nil
	}
	err := c.outer.Err()
	if err != nil && c.parent != nil && ended(c.parent) {
		return c.parent.outside().Err()
	}
	return err
}

// ended reports whether a task's context ended for a reason of the task's own.
func ended(o origin) bool {
	c, ok := o.(*taskContext)
	if !ok {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.own
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
	c.followOuter(c.outerEnded)
	return c.done
}

// followOuter calls f when the submitter's context ends. The caller holds mu.
func (c *taskContext) followOuter(f func()) {
	if c.outer == nil || c.followed || c.err != nil {
		return
	}
	c.followed = true
	follow := func(ctx context.Context) {
		if ctx.Done() != nil {
			c.unfollow = append(c.unfollow, context.AfterFunc(ctx, f))
		}
	}
	follow(c.outer)
	if c.parent != nil {
		follow(c.parent.outside())
	}
}

func (c *taskContext) outerEnded() {
	if err := c.outerErr(); err != nil {
		c.end(err, false)
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

// end ends the context, the first time it is called.
func (c *taskContext) end(err error, own bool) {
	c.mu.Lock()
	if c.err != nil {
		c.own = c.own || own
		c.mu.Unlock()
		return
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
	for f := range callbacks {
		go (*f)()
	}
}
