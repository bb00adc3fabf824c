package pool

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/user/millrace/sched"
)

// A crew is the tasks that work on one input: that of a For, a ForEach, a Map or a
// Stream. Each takes elements until there are none, so there need be no more tasks
// than workers.
//
// The first is submitted like any task, and the overflow policy may refuse it.
// Where there is work for more, tasks and feeder submit further ones past the
// bound, as inside a task. So the policy refuses an input as a whole or not at
// all. Inside a task of the pool the caller is the first itself.
//
// size counts the tasks that are queued or at work, and the caller if it takes
// part. Who makes work, or leaves, looks at the other's word afterwards: work is
// never left with nobody. Where that cannot be kept, since the pool has stopped,
// the context has ended or the only task was dropped, the group fails with the
// reason.
type crew struct {
	pool  *WorkerPool
	group *Group
	job   job
	limit int64 // WithConcurrency, or 0
	body  func(context.Context) error
	size  atomic.Int64

	takesPart bool // the caller, which is inside a task
	unwatch   func() bool
}

// A job is what a crew does.
type job interface {
	// work works on elements until there are none, the turn's contexts have ended
	// or the turn is over; it reports whether it was over.
	work(t *turn) (over bool)
	// left reports whether there are elements to work on.
	left() bool
	// done reports whether there are none and will be none.
	done() bool
}

// open prepares c to do the job for a caller with ctx, which may be nil.
func (c *crew) open(ctx context.Context, p *WorkerPool, limit int, j job) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if ctx.Err() != nil {
		return notRun(ctx.Err(), ctx)
	}
	c.takesPart = p.originOf(ctx) != nil
	if !c.takesPart && !p.started.Load() {
		return p.answer(&submission{}, sched.NotStarted)
	}
	c.pool, c.limit, c.job = p, int64(limit), j
	c.body = c.run
	c.group = NewGroup(p, WithGroupContext(ctx))
	c.group.crew = c
	if c.takesPart {
		c.size.Store(1)
		// Unlike a group's members, this must not outlive the caller's task.
		c.unwatch = context.AfterFunc(ctx, func() {
			c.group.cancel(context.Cause(ctx))
			c.group.cancelWaiting(ctx.Err())
		})
	}
	return nil
}

// close waits for the end of all tasks, and returns what ended the job early.
func (c *crew) close() error {
	err := c.group.Wait()
	if c.unwatch != nil {
		c.unwatch()
	}
	return err
}

// begin submits the first task.
func (c *crew) begin() error {
	c.size.Add(1)
	return c.group.add(c.body, func(p *WorkerPool, sub *submission) error {
		sub.record.timeout = 0 // which is for tasks of the user's
		return p.admit(sub)
	})
}

// grow submits a further task if there is work for it.
func (c *crew) grow() {
	for {
		size := c.size.Load()
		if size >= c.most() || !c.job.left() {
			return
		}
		if c.size.CompareAndSwap(size, size+1) {
			break
		}
	}
	if err := c.submit(); err != nil {
		c.lost(err)
	}
}

func (c *crew) submit() error {
	return c.group.add(c.body, func(p *WorkerPool, sub *submission) error {
		sub.record.timeout = 0
		sub.nested = true
		return p.admit(sub)
	})
}

// errDismissed is why a task of a crew never runs that found the job done.
var errDismissed = errors.New("pool: nothing is left to do")

// dismiss cancels tasks that have not started once the job is done. One that ends
// in the middle of its work may give the rest back, and submit a task for it, at
// any time meanwhile: so the question is asked again for each, and lost asks once
// more.
func (c *crew) dismiss() {
	for c.job.done() {
		r := c.group.takeWaiting()
		if r == nil {
			return
		}
		r.cancelUnstarted(errDismissed)
	}
}

// most is how many may work at a time.
func (c *crew) most() int64 {
	most := c.pool.size.Load()
	if c.limit > 0 {
		most = min(most, c.limit)
	}
	return most
}

// run is the body of each task.
func (c *crew) run(ctx context.Context) error {
	c.takeTurn(&turn{crew: c, ctx: ctx})
	return nil
}

// takeTurn works until there is nothing to do.
func (c *crew) takeTurn(t *turn) {
	over := false
	defer func() { // deferred: an element may call runtime.Goexit
		if !over {
			c.leave()
		}
	}()
	over = c.job.work(t)
}

func (c *crew) leave() {
	c.size.Add(-1)
	c.grow()
	c.dismiss()
}

// lost takes note of a task that never ran.
func (c *crew) lost(err error) {
	if err == ErrGoexit {
		return // it ran, and left
	}
	if last := c.size.Add(-1) == 0; dismissed(err) {
		c.grow()
	} else if last && c.job.left() {
		c.group.fail(err)
	}
}

// dismissed reports whether err is of a task that dismiss called off. It asks none of
// the errors below, which may be the user's, and panic.
func dismissed(err error) bool {
	unrun, ok := err.(*notRunError)
	return ok && unrun.end == errDismissed
}

// takePart has the caller work too.
func (c *crew) takePart() { c.takeTurn(&turn{crew: c, ctx: c.group.ctx, stays: true}) }

// crashed returns the error of an element that panicked with recovered or, if that
// is nil, called runtime.Goexit. The caller takes note of it and then calls report.
func (c *crew) crashed(recovered any) (report func(), err error) {
	return func() { c.pool.reportPanic(recovered) }, c.pool.crashError(recovered)
}
