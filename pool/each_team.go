package pool

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/user/millrace/sched"
)

// A team is the tasks that work on one input: that of a For, a ForEach, a Map or a
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
type loopTeam struct {
	pool  *WorkerPool
	group *Group
	job   job
	limit int64 // WithConcurrency, or 0
	body  func(context.Context) error
	size  atomic.Int64

	callerWorks bool // the caller, which is inside a task
	unwatch     func() bool
}

// A job is what a team does.
type job interface {
	// work works on elements until there are none, the contexts of t have ended
	// or t must make way; it reports whether that is why it returned.
	work(t *loopTask) (over bool)
	// left reports whether there are elements to work on.
	left() bool
	// done reports whether there are none and will be none.
	done() bool
}

// open prepares c to do the job for a caller with ctx, which may be nil.
func (c *loopTeam) open(ctx context.Context, p *WorkerPool, limit int, j job) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if ctx.Err() != nil {
		return notRun(ctx.Err(), ctx)
	}
	c.callerWorks = p.root.AncestorOf(ctx) != nil
	if !c.callerWorks && !p.started.Load() {
		return p.answer(nil, sched.NotStarted)
	}
	c.pool, c.limit, c.job = p, int64(limit), j
	c.body = c.run
	c.group = NewGroup(p, WithGroupContext(ctx))
	c.group.team = c
	if c.callerWorks {
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
func (c *loopTeam) close() error {
	err := c.group.Wait()
	if c.unwatch != nil {
		c.unwatch()
	}
	return err
}

// begin submits the first task.
func (c *loopTeam) begin() error {
	c.size.Add(1)
	return c.group.add(c.body, func(p *WorkerPool, sub *submission) error {
		sub.record.timeout = 0 // which is for tasks of the user's
		return p.admit(sub)
	})
}

// grow submits a further task if there is work for it.
func (c *loopTeam) grow() {
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

func (c *loopTeam) submit() error {
	return c.group.add(c.body, func(p *WorkerPool, sub *submission) error {
		sub.record.timeout = 0
		sub.nested = true
		return p.admit(sub)
	})
}

// errDismissed is why a task of a team never runs that found the job done.
var errDismissed = errors.New("pool: nothing is left to do")

// dismiss cancels tasks that have not started once the job is done. One that ends
// in the middle of its work may give the rest back, and submit a task for it, at
// any time meanwhile: so the question is asked again for each, and lost asks once
// more.
func (c *loopTeam) dismiss() {
	for c.job.done() {
		r := c.group.takeWaiting()
		if r == nil {
			return
		}
		r.cancelUnstarted(errDismissed)
	}
}

// most is how many may work at a time.
func (c *loopTeam) most() int64 {
	most := c.pool.size.Load()
	if c.limit > 0 {
		most = min(most, c.limit)
	}
	return most
}

// run is the body of each task.
func (c *loopTeam) run(ctx context.Context) error {
	c.participate(&loopTask{team: c, ctx: ctx})
	return nil
}

// participate works until there is nothing to do.
func (c *loopTeam) participate(t *loopTask) {
	over := false
	defer func() { // deferred: an element may call runtime.Goexit
		if !over {
			c.leave()
		}
	}()
	over = c.job.work(t)
}

func (c *loopTeam) leave() {
	c.size.Add(-1)
	c.grow()
	c.dismiss()
}

// lost takes note of a task that never ran.
func (c *loopTeam) lost(err error) {
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

// callerParticipates has the caller work too.
func (c *loopTeam) callerParticipates() {
	c.participate(&loopTask{team: c, ctx: c.group.ctx, stays: true})
}

// crashed returns the error of an element that panicked with recovered or, if that
// is nil, called runtime.Goexit. The caller takes note of it and then calls report.
func (c *loopTeam) crashed(recovered any) (report func(), err error) {
	return func() { c.pool.reportPanic(recovered) }, c.pool.crashError(recovered)
}

// timeSlice is how long a task works on while others wait for a worker.
const timeSlice = 10 * time.Millisecond

// A loopTask is the time of one task, or of the caller, at work.
type loopTask struct {
	team   *loopTeam
	ctx    context.Context // for the elements
	begun  time.Time       // or since when it is at it again
	stays  bool            // it is the caller
	atWork bool            // it has recruited
}

// ended reports whether no further element must start.
func (t *loopTask) ended() bool { return t.team.group.ctx.Err() != nil || t.ctx.Err() != nil }

// recruit submits further tasks if there is work for them. It is called before
// each element or chunk that was taken: at first for two, so that many start soon,
// then for one, since others may have left and the pool may have grown.
func (t *loopTask) recruit() {
	if !t.atWork {
		t.atWork = true
		t.team.grow()
	}
	t.team.grow()
}

// over reports whether the task must make way: the team is larger than the pool
// since a Resize, or others wait for a worker and another task was queued in its
// place. It need not be counted out then.
func (t *loopTask) over(now time.Time) bool {
	c := t.team
	if t.stays || c.pool.cfg.overflow == DropOldest {
		return false // it could be dropped, the task that is left to do the work
	}
	if c.stepDown() {
		return true
	}
	if t.begun.IsZero() {
		t.begun = now
	}
	if now.Sub(t.begun) < timeSlice || !c.othersWait() || !c.job.left() {
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
func (c *loopTeam) othersWait() bool {
	return c.pool.limiter == nil && c.pool.engine.Queued() > 0
}

// stepDown counts a task out if there are too many, and reports whether it did.
func (c *loopTeam) stepDown() bool {
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
