package pool

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

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
	if errors.Is(err, ErrGoexit) {
		return // it ran, and left
	}
	if last := c.size.Add(-1) == 0; errors.Is(err, errDismissed) {
		c.grow()
	} else if last && c.job.left() {
		c.group.fail(err)
	}
}

// takePart has the caller work too.
func (c *crew) takePart() { c.takeTurn(&turn{crew: c, ctx: c.group.ctx, stays: true}) }

// crashed returns the error of an element that panicked with recovered or, if that
// is nil, called runtime.Goexit. The caller takes note of it and then calls report.
func (c *crew) crashed(recovered any) (report func(), err error) {
	return func() { c.pool.reportPanic(recovered) }, c.pool.crashError(recovered)
}

// slice is how long a task works on while others wait for a worker.
const slice = 10 * time.Millisecond

// A turn is the time of one task, or of the caller, at work.
type turn struct {
	crew   *crew
	ctx    context.Context // for the elements
	begun  time.Time       // or since when it is at it again
	stays  bool            // it is the caller
	atWork bool            // it has recruited
}

// ended reports whether no further element must start.
func (t *turn) ended() bool { return t.crew.group.ctx.Err() != nil || t.ctx.Err() != nil }

// recruit submits further tasks if there is work for them. It is called before
// each element or chunk that was taken: at first for two, so that many start soon,
// then for one, since others may have left and the pool may have grown.
func (t *turn) recruit() {
	if !t.atWork {
		t.atWork = true
		t.crew.grow()
	}
	t.crew.grow()
}

// over reports whether the task must make way: the crew is larger than the pool
// since a Resize, or others wait for a worker and another task was queued in its
// place. It need not be counted out then.
func (t *turn) over(now time.Time) bool {
	c := t.crew
	if t.stays || c.pool.cfg.overflow == DropOldest {
		return false // it could be dropped, the task that is left to do the work
	}
	if c.stepDown() {
		return true
	}
	if t.begun.IsZero() {
		t.begun = now
	}
	if now.Sub(t.begun) < slice || !c.othersWait() || !c.job.left() {
		return false
	}
	t.begun = now
	if c.submit() != nil {
		return false
	}
	c.dismiss() // the others may have done everything before it was listed
	return true
}

// othersWait reports whether there are tasks that wait for a worker. Where there is
// a rate limit they wait for that, as would the task in this one's place.
func (c *crew) othersWait() bool {
	return c.pool.limiter == nil && c.pool.engine.Queued() > 0
}

// stepDown counts a task out if there are too many, and reports whether it did.
func (c *crew) stepDown() bool {
	for {
		size := c.size.Load()
		if size <= c.most() {
			return false
		}
		if c.size.CompareAndSwap(size, size-1) {
			return true
		}
	}
}
