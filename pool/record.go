package pool

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/user/millrace/sched"
)

// A record is one submission of a task that asked for more than to be run: a
// result, a timeout, a callback, a context or an id of its own.
//
// Three steps decide its fate, each taken by whoever is first:
//
//   - claim: who takes it out of its ticket decides whether it runs. A worker or
//     a waiter runs it; a canceller, a full queue or Stop resolves it unrun.
//   - start: who claimed it to run it starts it, unless its submitter, whose
//     context has ended, called it off just before.
//   - settle: who settles it gives the outcome. That is the one who claimed it,
//     or the timer of a run.
//
// The outcome is given in the order callback, counters, waiters. After it the
// record holds no closure and nothing in the pool holds the record.
type record struct {
	pool *WorkerPool
	ctx  taskContext
	bell bell

	task  Task      // what to run, or
	typed typedTask // the Future it is part of

	id       string // "" if it has only a number
	number   uint64 // 0 if nobody will ask for an id
	timeout  time.Duration
	callback func(Result)
	group    *Group
	errorTo  errorTo

	ticket *ticket // written before the record is published
	fate   atomic.Uint32

	timer     *time.Timer
	startedAt time.Time // written by the runner before the timer is set
	runFor    time.Duration

	value any   // written by who settles, read after bell
	err   error // likewise

	inGroup memberLink
}

// typedTask is a Future seen without its type.
type typedTask interface {
	// call runs the function and keeps its value.
	call(ctx context.Context) error
	// result returns that value.
	result() any
	// forget lets go of the function.
	forget()
}

// errorTo says who hears of a task's error.
type errorTo uint8

const (
	toWait  errorTo = iota // the next Wait of the pool
	toOwner                // a callback, a future, a SubmitWait or a group
)

// The fate of a record, which only grows.
const (
	notStarted = iota
	calledOff  // to be settled unrun by who claimed it
	unrun      // settled, and never started
	started
	settled
)

func (r *record) init(p *WorkerPool) {
	r.pool = p
	r.ctx.pool = p
	r.timeout = p.cfg.TaskTimeout
}

// configure applies what TaskOptions set.
func (r *record) configure(c *taskConfig) {
	r.id = c.id
	if c.ownTimeout {
		r.timeout = c.timeout
	}
	r.ctx.outer = c.ctx
	if r.callback = c.callback; r.callback != nil {
		r.errorTo = toOwner
		if r.id == "" && r.number == 0 {
			r.number = taskNumber.Add(1)
		}
	}
}

// taskID returns the id, or "" for a task without.
func (r *record) taskID() string {
	if r.id == "" && r.number != 0 {
		return numberedID(r.number)
	}
	return r.id
}

// run runs a claimed record; w is nil on a goroutine that is no worker of the
// pool, or is busy with another task.
func (r *record) run(w *workerLocal) {
	if r.group != nil && r.group.skips(r) {
		return
	}
	if err := r.start(); err != nil {
		r.cancelClaimed(err)
		return
	}
	if w == nil {
		r.runHere()
		return
	}
	r.begin()
	w.record.Store(r)
	value, err := r.call()
	w.record.Store(nil)
	r.finish(w, value, err)
}

// start starts a claimed record, or says why it must not run.
func (r *record) start() error {
	if err := r.ctx.endedOutside(); err != nil {
		return err // who watches the context has not come yet
	}
	if r.fate.CompareAndSwap(notStarted, started) {
		return nil
	}
	return r.ctx.endedOutside() // for which it was called off
}

// callOff makes sure that a record somebody else claimed never runs and reports
// true, or false if it has started. The context of its submitter has ended.
func (r *record) callOff() bool {
	return r.fate.CompareAndSwap(notStarted, calledOff) || r.fate.Load() == unrun
}

// runHere runs a record on a goroutine that is no worker's. Should the task call
// runtime.Goexit, the goroutine ends once the outcome is given.
func (r *record) runHere() {
	p := r.pool
	p.inline.add(r)
	returned := false
	defer func() {
		p.inline.remove(r)
		if !returned {
			r.crashed(nil, recover())
		}
	}()
	r.begin() // not earlier: should the time be out at once, Stop must know of the run
	value, err := r.call()
	returned = true
	r.finish(nil, value, err)
}

// begin reads the clock for those who want to know, and sets the timer.
func (r *record) begin() {
	if r.callback == nil && r.timeout == 0 {
		return
	}
	r.startedAt = time.Now()
	if r.timeout > 0 {
		r.ctx.deadline = r.startedAt.Add(r.timeout)
		r.timer = time.AfterFunc(r.timeout, r.timedOut)
	}
}

func (r *record) call() (any, error) {
	if r.typed != nil {
		return nil, r.typed.call(&r.ctx)
	}
	return r.task.Execute(&r.ctx)
}

// finish gives the outcome of a run that ended.
func (r *record) finish(w *workerLocal, value any, err error) {
	if !r.fate.CompareAndSwap(started, settled) {
		r.ctx.end(context.Canceled, true)
		r.forget()
		r.pool.overdue.Add(-1)
		r.ended()
		return
	}
	if r.timer != nil {
		r.timer.Stop()
	}
	if !r.startedAt.IsZero() {
		r.runFor = time.Since(r.startedAt)
	}
	r.ctx.end(context.Canceled, true)
	r.forget()
	outcome := sched.Completed
	if err != nil {
		outcome = sched.Failed
	}
	r.resolve(w, outcome, value, err)
	r.ended()
}

// crashed gives the outcome of a run that panicked or called runtime.Goexit.
// It is called deferred, on the stack of the crash.
func (r *record) crashed(w *workerLocal, recovered any) {
	err := r.pool.crashError(recovered)
	defer r.finish(w, nil, err)
	r.pool.reportPanic(recovered)
}

// timedOut gives the outcome of a run at its deadline, unless it just ended.
func (r *record) timedOut() {
	if !r.fate.CompareAndSwap(started, settled) {
		return
	}
	r.runFor = time.Since(r.startedAt)
	r.pool.overdue.Add(1)
	r.ctx.end(context.DeadlineExceeded, true)
	r.resolve(nil, sched.Failed, nil, context.DeadlineExceeded)
}

// resolveUnrun gives the outcome of a record that was claimed so as not to run.
func (r *record) resolveUnrun(o sched.Outcome, err error) {
	r.fate.Store(unrun)
	r.ctx.end(context.Canceled, true)
	r.forget()
	r.resolve(nil, o, nil, err)
	r.ended()
}

// cancel resolves the record unrun if nobody claimed it, and reports whether it
// did. If the task is running, its context ends.
func (r *record) cancel(cause error) bool {
	if r.cancelUnstarted(cause) {
		return true
	}
	r.ctx.end(cause, true)
	return false
}

// cancelUnstarted is cancel for a record that is let alone once it is running.
func (r *record) cancelUnstarted(cause error) bool {
	if !r.claim() {
		return false
	}
	r.cancelClaimed(cause)
	return true
}

// cancelClaimed resolves a claimed record as cancelled.
func (r *record) cancelClaimed(cause error) {
	r.resolveUnrun(sched.Cancelled, notRun(cause, r.ctx.outer))
}

// forget lets go of the function. The timer's goroutine must not call it: the
// runner may be about to read what it clears.
func (r *record) forget() {
	r.task = nil
	if r.typed != nil {
		r.typed.forget()
	}
}

// resolve gives the outcome, in the order callback, counters, waiters. Only who
// settled the record may call it.
func (r *record) resolve(w *workerLocal, o sched.Outcome, value any, err error) {
	r.value, r.err = value, err
	callback := r.callback
	if callback == nil {
		r.conclude(w, o)
		return
	}
	r.callback = nil
	defer r.conclude(w, o) // deferred: a callback may call runtime.Goexit
	if r.typed != nil && err == nil {
		value = r.typed.result()
	}
	r.pool.contain(func() {
		callback(Result{
			TaskID:    r.taskID(),
			Value:     value,
			Error:     err,
			Duration:  r.runFor,
			StartedAt: r.startedAt,
		})
	})
}

func (r *record) conclude(w *workerLocal, o sched.Outcome) {
	p := r.pool
	if r.err != nil && r.errorTo == toWait {
		p.kept.add(r.err)
	}
	if r.group != nil {
		r.group.memberFailed(r.err) // before waiters of the pool see the task settled
	}
	if w != nil {
		w.worker.Settle(o)
	} else {
		p.engine.Settle(o)
	}
	r.bell.ring()
}

// ended is called once the function has returned, or never will be called; that
// may be after the outcome.
func (r *record) ended() {
	if r.group != nil {
		r.group.memberEnded(r)
	}
}

// watchOuter cancels the record when its submitter's context ends. It is called
// after the record was accepted: an outcome before that would count a task as
// settled that was not yet counted as accepted.
func (r *record) watchOuter() {
	c := &r.ctx
	c.mu.Lock()
	defer c.mu.Unlock()
	c.followOuter(func(err error) {
		if !r.cancelUnstarted(err) {
			c.end(err, false)
		}
	})
}
