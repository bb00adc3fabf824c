package pool

import (
	"context"

	"github.com/user/millrace/pool/internal/taskctx"
	"github.com/user/millrace/sched"
)

// settle gives a record its outcome, in the order callback, counters, waiters. Only the
// goroutine whose state transition decided the outcome may call it.
func (r *record) settle(w *workerLocal, o sched.Outcome, value any, err error) {
	r.value, r.err = value, err
	p, callback := r.pool, r.callback
	defer func() { // deferred: a callback may call runtime.Goexit
		if err != nil && r.errorTo == toWait {
			p.unclaimed.add(err)
		}
		if r.group != nil {
			r.group.memberFailed(err) // before waiters of the pool see the task settled
		}
		if w != nil {
			w.worker.Settle(o)
		} else {
			p.engine.Settle(o)
		}
		r.completion.complete()
	}()
	if callback == nil && p.collector == nil {
		return
	}
	r.callback = nil
	result := r.result(Outcome(o))
	if p.collector != nil {
		defer p.callUser(func() { p.collector.TaskDone(result) })
	}
	if callback != nil {
		p.callUser(func() { callback(result) })
	}
}

// result returns the outcome for callbacks and collectors.
func (r *record) result(o Outcome) Result {
	value := r.value
	if r.typed != nil && r.err == nil {
		value = r.typed.result()
	}
	return Result{
		TaskID:    r.taskID(),
		Value:     value,
		Error:     r.err,
		Duration:  r.runFor,
		StartedAt: r.startedAt,
		Runs:      r.runs,
		Outcome:   o,
	}
}

// settleRun settles a record whose function has returned for the last time.
func (r *record) settleRun(w *workerLocal, value any, err error) {
	r.forget()
	outcome := sched.Completed
	if err != nil {
		outcome = sched.Failed
	}
	r.settle(w, outcome, value, err)
	r.ended()
}

// settleUnrun settles a record that was claimed in order not to run.
func (r *record) settleUnrun(o sched.Outcome, err error) {
	r.state.skip()
	r.runContext().EndOwn(context.Canceled)
	r.forget()
	r.settle(nil, o, nil, err)
	r.ended()
}

// cancel keeps the record from running again. It reports whether this call prevented a
// run; the outcome may follow later. If the task is running, its context ends.
func (r *record) cancel(cause error) bool {
	r.cancelled.Store(cause)
	if r.cancelUnstarted(cause) {
		return true
	}
	calledOff := r.state.move(notStarted, calledOff)
	r.runContext().EndOwn(cause)
	return calledOff
}

// cancelUnstarted is cancel for a record that has not started. It leaves alone a
// record that another goroutine has claimed.
func (r *record) cancelUnstarted(cause error) bool {
	if !r.claim() && !r.pool.retries.take(r) {
		return false
	}
	first := r.state.move(notStarted, calledOff) // false: another cancel was first
	r.cancelClaimed(cause)
	return first
}

// cancelClaimed settles a claimed record as cancelled, or, if it ran before, as
// failed.
func (r *record) cancelClaimed(cause error) {
	if r.runs > 0 {
		r.settleUnrun(sched.Failed, r.failure(r.lastErr, cause))
		return
	}
	r.settleUnrun(sched.Cancelled, notRun(cause, r.ctx.Submitter()))
}

// giveUp settles a claimed record whose context ended while the record waited to run.
func (r *record) giveUp(err error) {
	p := r.pool
	if p.forcedStop.begun.Load() {
		p.dropRecord(r, ErrStopped)
		return
	}
	r.cancelClaimed(err)
}

// forget clears the function and the error of the previous run. The timer's goroutine
// must not call it: the runner may be about to read them.
func (r *record) forget() {
	r.task, r.lastErr = nil, nil
	if r.typed != nil {
		r.typed.forget()
	}
}

// ended is called once the function has returned for the last time, or will never be
// called. That may be after the outcome.
func (r *record) ended() {
	if r.group != nil {
		r.group.memberEnded(r)
	}
}

// watchSubmitter cancels the record when its submitter's context ends. For the first run
// it must be called after the record was accepted. Otherwise the task could count as
// settled before it counts as accepted.
func (r *record) watchSubmitter(ctx *taskctx.Context) {
	ctx.WatchSubmitter(func(err error) {
		if !r.cancelUnstarted(err) {
			ctx.End(err)
		}
	})
}
