package pool

import (
	"context"
	"runtime/debug"
	"runtime/pprof"

	"github.com/puzpuzpuz/xsync/v3"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/pool/internal/taskctx"
	"github.com/user/millrace/sched"
)

// runItem runs an item that a worker took from the queue. It is not a method, because a
// method value is called through another function.
func runItem(w *sched.Worker[item], i item) {
	var err error
	switch i.kind() {
	case isErrFunc:
		err = i.errFunc()(&localOf(w).ctx)
	case isTaskFunc:
		_, err = i.taskFunc()(&localOf(w).ctx)
	case isFuncTask:
		err = runFuncTask(localOf(w), i.funcTask())
	default:
		runTicket(localOf(w), i.ticket(), w.Age())
		return
	}
	if err != nil {
		local := localOf(w)
		p := local.pool
		if p.failedWithoutRecord(local, p.cfg.retriesOf(i), err) {
			p.retryWithRecord(local, i.task(), w.Age(), err)
		}
		return
	}
	w.Settle(sched.Completed)
}

func runFuncTask(w *workerLocal, t *funcTask) error {
	atomics.StorePointerRelease(&w.task, t)
	_, err := t.fn(&w.ctx)
	atomics.StorePointerRelease(&w.task, nil)
	return err
}

func runTicket(w *workerLocal, t *ticket, age uint64) {
	if r := w.pool.redeem(t); r != nil {
		r.age = age
		r.run(w)
	}
}

// failedWithoutRecord settles a failed task without a record, or reports true if the task
// is to run again: retryWithRecord must follow.
func (p *WorkerPool) failedWithoutRecord(w *workerLocal, retries int, err error) (again bool) {
	if retries == 0 || !p.mayRetry() {
		p.unclaimed.add(err)
		w.worker.Settle(sched.Failed)
		return false
	}
	w.requeues.Add(1)
	return true
}

// retryWithRecord gives a task without a record one, and lets it run again.
func (p *WorkerPool) retryWithRecord(w *workerLocal, task Task, age uint64, err error) {
	r := p.newRecord(task)
	r.ranBefore()
	r.age = age
	w.taskReturned = true
	r.retry(w, err)
	w.taskReturned = false
}

// labelled wraps a run function for a pool with profiler labels.
func labelled[T any](run func(*sched.Worker[T], T), ticketOf func(T) *ticket) func(*sched.Worker[T], T) {
	return func(w *sched.Worker[T], v T) {
		if t := ticketOf(v); t != nil {
			if r := t.record.Load(); r != nil {
				pprof.SetGoroutineLabels(r.ctx.Outside())
			}
		}
		run(w, v)
		clearLabels()
	}
}

func clearLabels() { pprof.SetGoroutineLabels(context.Background()) }

// crashed settles a task that panicked or called runtime.Goexit on a worker. It is
// deferred and runs on the stack of the crash.
func (p *WorkerPool) crashed(w *workerLocal, i item, recovered any) {
	if p.cfg.labels {
		clearLabels()
	}
	if r := w.record.Swap(nil); r != nil {
		r.crashed(w, recovered)
		return
	}
	if i.ticket() != nil || w.taskReturned {
		w.taskReturned = false
		return // the task had returned: a callback or hook crashed, and has handled it
	}
	err := p.crashError(recovered)
	defer func() { // deferred: the handler may call runtime.Goexit
		w.task.Store(nil)
		p.unclaimed.add(err)
		w.worker.Settle(sched.Failed)
	}()
	p.reportPanic(recovered)
}

// crashError returns the error of a task that panicked with recovered or, if that is nil,
// called runtime.Goexit. With WithCrashOnPanic it panics again, above the stack of the
// first panic.
func (p *WorkerPool) crashError(recovered any) error {
	if recovered == nil {
		return ErrGoexit
	}
	if p.cfg.crashOnPanic {
		panic(recovered)
	}
	p.panicked.Inc()
	return &PanicError{Value: recovered, Stack: debug.Stack()}
}

func (p *WorkerPool) reportPanic(recovered any) {
	if recovered != nil && p.cfg.PanicHandler != nil {
		p.callUser(func() { p.cfg.PanicHandler(recovered) })
	}
}

// callUser calls a callback, handler, hook or collector, and recovers its panic. It
// cannot stop runtime.Goexit: the caller defers what must happen after f.
func (p *WorkerPool) callUser(f func()) {
	returned := false
	defer func() {
		if !returned {
			p.userPanics.Inc()
			_ = recover()
		}
	}()
	f()
	returned = true
}

// inlineRuns holds the runs of records on goroutines of users: those of submitters under
// CallerRuns and those of waiters inside tasks. The context of a run is its key.
type inlineRuns struct {
	records *xsync.MapOf[*taskctx.Context, *record]
	ended   broadcast
}

func (i *inlineRuns) init() {
	i.records = xsync.NewMapOf[*taskctx.Context, *record]()
}

func (i *inlineRuns) add(ctx *taskctx.Context, r *record) {
	i.records.Store(ctx, r)
	if d := r.pool.watchdog; d != nil {
		d.Wake()
	}
}

func (i *inlineRuns) remove(ctx *taskctx.Context) {
	i.records.Delete(ctx)
	i.ended.send()
}

func (i *inlineRuns) count() int { return i.records.Size() }

// wait blocks until no run is left and reports true, or false if done was closed first.
func (i *inlineRuns) wait(done <-chan struct{}) bool {
	for {
		ended := i.ended.next() // before the count, so as not to miss an end
		if i.count() == 0 {
			return true
		}
		select {
		case <-ended:
		case <-done:
			return false
		}
	}
}
