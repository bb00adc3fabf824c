package pool

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/user/millrace/sched"
)

// A loopTeam is the tasks that process one input: that of a For, a ForEach, a Map or a
// Stream. Each takes elements until there are none, so there are at most as many tasks
// as workers.
//
// The first task is submitted like any other, and the overflow policy may refuse it.
// Tasks and feeder submit further ones past the bound, as inside a task. So the policy
// refuses the whole input or nothing. Inside a task of the pool the caller takes the
// place of the first task.
//
// size counts the queued and working tasks, and the caller if it works. A goroutine that
// adds work checks size afterwards, and a task that leaves checks for work afterwards, so
// work always has a task. If the pool has stopped, the context has ended or the only task
// was dropped, the group fails with the reason instead.
type loopTeam struct {
	pool  *WorkerPool
	group *Group
	job   job
	limit int64 // WithConcurrency, or 0
	body  func(context.Context) error
	size  atomic.Int64

	callerWorks bool // the caller is inside a task and processes elements
	unwatch     func() bool
}

// A job is the work of a team.
type job interface {
	// work processes elements until none is left, the contexts of t have ended, or t
	// must make way; it reports true in the last case.
	work(t *loopTask) (over bool)
	// left reports whether there are elements to process.
	left() bool
	// done reports whether there are no elements and never will be.
	done() bool
}

// open prepares c for the job of a caller with ctx, which may be nil.
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
		// Unlike the members of a group, these must not outlive the caller's task.
		c.unwatch = context.AfterFunc(ctx, func() {
			c.group.cancel(context.Cause(ctx))
			c.group.cancelWaiting(ctx.Err())
		})
	}
	return nil
}

// close waits for the end of all tasks and returns the error that ended the job early.
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
		sub.record.timeout = 0 // the pool's timeout is for user tasks
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

// errDismissed is the error of a task that never ran because the job was done.
var errDismissed = errors.New("pool: nothing is left to do")

// dismiss cancels the tasks that have not started once the job is done. Meanwhile a task
// that ends early may return elements and submit a task for them. So dismiss checks again
// before each cancellation, and lost checks once more.
func (c *loopTeam) dismiss() {
	for c.job.done() {
		r := c.group.takeWaiting()
		if r == nil {
			return
		}
		r.cancelUnstarted(errDismissed)
	}
}

// most returns the largest number of tasks that may work at a time.
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

// participate works until no element is left.
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

// lost counts out a task that never ran.
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

// dismissed reports whether err is that of a task that dismiss cancelled. It calls no
// method of a wrapped error: that may be the user's, and panic.
func dismissed(err error) bool {
	unrun, ok := err.(*notRunError)
	return ok && unrun.end == errDismissed
}

// callerParticipates lets the caller work too.
func (c *loopTeam) callerParticipates() {
	c.participate(&loopTask{team: c, ctx: c.group.ctx, stays: true})
}

// crashed returns the error of an element that panicked with recovered or, if that is nil,
// called runtime.Goexit. The caller records the error and then calls report.
func (c *loopTeam) crashed(recovered any) (report func(), err error) {
	return func() { c.pool.reportPanic(recovered) }, c.pool.crashError(recovered)
}

// timeSlice is the time that a task keeps working while other tasks wait for a worker.
const timeSlice = 10 * time.Millisecond

// A loopTask is one task of the team, or the caller, at work.
type loopTask struct {
	team   *loopTeam
	ctx    context.Context // for the elements
	begun  time.Time       // start of the current time slice
	stays  bool            // true for the caller
	atWork bool            // recruit was called
}

// ended reports whether no further element may start.
func (t *loopTask) ended() bool { return t.team.group.ctx.Err() != nil || t.ctx.Err() != nil }

// recruit submits further tasks if there is work for them. It is called before each
// element or chunk: first for two tasks, so that many start soon, then for one, because
// others may have left and the pool may have grown.
func (t *loopTask) recruit() {
	if !t.atWork {
		t.atWork = true
		t.team.grow()
	}
	t.team.grow()
}

// over reports whether the task must make way: the team is larger than the pool after a
// Resize, or other tasks wait for a worker and another task was queued in its place. The
// task is then not counted out again.
func (t *loopTask) over(now time.Time) bool {
	c := t.team
	if t.stays || c.pool.cfg.overflow == DropOldest {
		return false // the queued task could be dropped, and no task would be left
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
	c.dismiss() // the others may have finished before the new task was listed
	return true
}

// othersWait reports whether tasks wait for a worker. With a rate limit they wait for
// that, and so would the task queued in place of this one.
func (c *loopTeam) othersWait() bool {
	return c.pool.limiter == nil && c.pool.engine.Queued() > 0
}

// stepDown counts a task out if the team is too large, and reports whether it did.
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
