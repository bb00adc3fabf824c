package pool

import (
	"context"
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/pool/internal/taskctx"
	"github.com/user/millrace/sched"
)

// run runs a claimed record. w is nil on a goroutine that is not a worker of the pool,
// or is a worker inside another task.
func (r *record) run(w *workerLocal) {
	if w == nil {
		if err := r.pool.awaitRate(r.runContext()); err != nil {
			r.giveUp(err)
			return
		}
	}
	if r.group != nil && r.group.skips(r) {
		return
	}
	if err := r.start(); err != nil {
		r.cancelClaimed(err)
		return
	}
	if w == nil {
		r.runInline()
		return
	}
	r.begin()
	atomics.StorePointerRelease(&w.record, r)
	if r.pool.mode == hookAll {
		r.callBetweenHooks(func(value any, err error) {
			atomics.StorePointerRelease(&w.record, nil)
			r.finish(w, value, err)
		})
		return
	}
	value, err := r.call(r.runContext())
	atomics.StorePointerRelease(&w.record, nil)
	r.finish(w, value, err)
}

// start starts a claimed record, or returns why it must not run.
func (r *record) start() error {
	ctx := r.runContext()
	if err := ctx.StartErr(); err != nil {
		return err // the watcher of the context has not run yet
	}
	if cause := r.cancelled.Load(); cause != nil && r.runs > 0 {
		return cause // the cancellation came between two runs and found nothing to call off
	}
	if r.state.move(notStarted, started) {
		r.runs++
		return nil
	}
	return r.cancelled.Load() // it was called off
}

// runInline runs a record on a goroutine that is not a worker. If the task calls
// runtime.Goexit, the goroutine ends after the outcome is given.
func (r *record) runInline() {
	p, ctx := r.pool, r.runContext()
	p.inline.add(ctx, r)
	returned := false
	defer func() {
		p.inline.remove(ctx)
		if !returned {
			r.crashed(nil, recover())
		}
	}()
	r.begin() // after add: Stop must know of the run even if its time is out at once
	if p.mode == hookAll {
		r.callBetweenHooks(func(value any, err error) {
			returned = true
			r.finish(nil, value, err)
		})
		return
	}
	value, err := r.call(ctx)
	returned = true
	r.finish(nil, value, err)
}

// begin reads the clock if the record needs the time, and sets the timer.
func (r *record) begin() {
	if r.callback == nil && r.timeout == 0 && r.observed == nil {
		return
	}
	r.runAt = time.Now()
	if r.startedAt.IsZero() {
		r.startedAt = r.runAt
	}
	r.observeStart()
	if r.timeout > 0 {
		ctx, run, last := r.runContext(), r.state.run(), !r.retriesLeft()
		ctx.SetDeadline(r.runAt.Add(r.timeout))
		r.timer = time.AfterFunc(r.timeout, func() { r.timedOut(ctx, run, last) })
	}
}

func (r *record) call(ctx context.Context) (any, error) {
	if r.typed != nil {
		return nil, r.typed.call(ctx)
	}
	return r.task.Execute(ctx)
}

// finish ends a run whose function has returned: it settles the record or lets it run
// again.
func (r *record) finish(w *workerLocal, value any, err error) {
	switch {
	case r.state.move(started, over):
	case r.state.move(late, over):
		value, err = nil, context.DeadlineExceeded
	default:
		r.overdueEnded()
		return
	}
	again := err != nil && r.retriesLeft()
	r.endRun()
	defer func() { // deferred: a hook may call runtime.Goexit
		if again {
			r.retry(w, err)
			return
		}
		r.settleRun(w, value, r.failure(err, nil))
	}()
	r.callEnded(r.runFor, err)
}

// crashed settles a record whose task panicked or called runtime.Goexit. It is deferred
// and runs on the stack of the crash.
func (r *record) crashed(w *workerLocal, recovered any) {
	err := r.pool.crashError(recovered)
	defer func() { // deferred: the handler may call runtime.Goexit
		if !r.state.move(started, over) && !r.state.move(late, over) {
			r.overdueEnded()
			return
		}
		r.endRun()
		defer r.settleRun(w, nil, r.failure(err, nil)) // deferred: a hook may call it too
		r.callEnded(r.runFor, err)
	}()
	r.pool.reportPanic(recovered)
}

// timedOut ends a run at its deadline, unless the run just ended. It settles the record
// if the run is the last.
func (r *record) timedOut(ctx *taskctx.Context, run uint32, last bool) {
	if !last {
		if r.state.moveIn(run, started, late) {
			ctx.EndOwn(context.DeadlineExceeded)
		}
		return
	}
	if !r.state.moveIn(run, started, over) {
		return
	}
	r.runFor = time.Since(r.runAt)
	r.pool.overdue.Add(1)
	ctx.EndOwn(context.DeadlineExceeded)
	r.settle(nil, sched.Failed, nil, r.failure(context.DeadlineExceeded, nil))
}

// overdueEnded is called once the function of a timed out task has returned.
func (r *record) overdueEnded() {
	var took time.Duration
	if r.observed != nil {
		took = time.Since(r.runAt)
		r.observeEnd(took)
	}
	r.runContext().EndOwn(context.Canceled)
	r.forget()
	defer func() { // deferred: a hook may call runtime.Goexit
		r.pool.overdue.Add(-1)
		r.ended()
	}()
	r.callEnded(took, context.DeadlineExceeded)
}

// endRun stops the timer of a run that is over, notes its time and ends its context.
func (r *record) endRun() {
	if r.timer != nil {
		r.timer.Stop()
	}
	if !r.runAt.IsZero() {
		r.runFor = time.Since(r.runAt)
		r.observeEnd(r.runFor)
	}
	r.runContext().EndOwn(context.Canceled)
}
