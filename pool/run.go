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

// runItem runs what a worker took from the queue. It is no method: a method value is
// called through another function.
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

// failedWithoutRecord gives the outcome of a task without a record that failed, or
// reports true if it is to run again: retryWithRecord must follow.
func (p *WorkerPool) failedWithoutRecord(w *workerLocal, retries int, err error) (again bool) {
	if retries == 0 || !p.mayRetry() {
		p.unclaimed.add(err)
		w.worker.Settle(sched.Failed)
		return false
	}
	w.returns.Add(1)
	return true
}

// retryWithRecord lets a task without a record run again, for which it gets one.
func (p *WorkerPool) retryWithRecord(w *workerLocal, task Task, age uint64, err error) {
	r := p.newRecord(task)
	r.ranBefore()
	r.age = age
	w.taskReturned = true
	r.retry(w, err)
	w.taskReturned = false
}

// labelled makes of what runs the things in a queue what does so in a pool with
// profiler labels.
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

// crashed gives the outcome of a task that panicked or called runtime.Goexit on
// a worker. It is called deferred, on the stack of the crash.
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
		return // the task had returned; something called for it did this, and took care of it
	}
	err := p.crashError(recovered)
	defer func() { // deferred: the handler may call runtime.Goexit
		w.task.Store(nil)
		p.unclaimed.add(err)
		w.worker.Settle(sched.Failed)
	}()
	p.reportPanic(recovered)
}

// crashError returns the outcome of a task that panicked with recovered, or, if
// that is nil, called runtime.Goexit. Where a panic is to end the process it
// panics again, with the stack of the first panic still below it.
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

// callUser calls f, a function of the user's that is no task, and keeps a panic of
// it from going further. runtime.Goexit cannot be kept: what must happen after f
// is deferred by the caller.
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

// inlineRuns holds the runs of records on goroutines other than the pool's own:
// those of submitters under CallerRuns, and of waiters inside tasks. Each is known
// by its context.
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

// wait blocks until none is running and reports true, or false if done was
// closed first.
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
