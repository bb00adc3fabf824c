package pool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	uberatomic "go.uber.org/atomic"

	"github.com/user/millrace/pool/internal/taskctx"
	"github.com/user/millrace/sched"
)

// Stop stops the pool gracefully. As soon as it begins, every submission is refused
// with ErrStopped, including submissions that wait for room. Stop then waits until the
// queue has drained and running tasks have ended.
//
// If ctx ends first, the grace period ends:
//
//   - The contexts of running tasks are cancelled.
//   - Every task that has not started is settled with the outcome ErrStopped, and Stop
//     waits for its callback.
//   - Stop returns a *StopError that unwraps to the error of ctx.
//
// If ctx has no deadline, the grace period is Config.ShutdownTimeout. A nil error means
// that every accepted task has its outcome, and that no goroutine and no timer of the
// pool is left.
//
// Stop may be called again and concurrently. The first ctx to end ends the grace period
// for all calls; each call returns when its own ctx ends. A Stop after a failed one
// waits for the tasks that still run. It returns a *StopError with the same tasks that
// never ran, or nil if there are none.
//
// Stop before Start settles the queued tasks with the outcome ErrStopped; the cause of
// its *StopError is ErrNotStarted.
//
// If ctx derives from a task of the pool, Stop returns ErrInsideTask at once. A Stop
// with another context, called inside a task or a callback, waits for that task until
// ctx ends or, if ctx has no deadline, for Config.ShutdownTimeout.
func (p *WorkerPool) Stop(ctx context.Context) error {
	if p.err != nil {
		return p.err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if p.root.AncestorOf(ctx) != nil {
		return ErrInsideTask
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.cfg.ShutdownTimeout)
		defer cancel()
	}
	if p.beginStop() {
		p.drain(ctx)
	} else {
		p.forceStop(ErrNotStarted)
	}
	return p.join(ctx)
}

// beginStop closes the pool to submissions and reports whether it was started.
func (p *WorkerPool) beginStop() (started bool) {
	p.life.Lock()
	p.stopping = true
	started = p.started.Load()
	p.life.Unlock()
	p.engine.Close()
	return started
}

// drain waits until all accepted tasks are settled and lets the workers exit. If ctx
// ends first, it ends the grace period.
func (p *WorkerPool) drain(ctx context.Context) {
	if deadline, bounded := ctx.Deadline(); bounded {
		p.retries.endBy(deadline)
	}
	if p.engine.Wait(ctx.Done()) {
		p.engine.Halt()
	} else {
		p.forceStop(ctx.Err())
	}
}

// join waits until nothing of the pool is left or ctx ends, and returns the error of
// Stop.
func (p *WorkerPool) join(ctx context.Context) error {
	if !p.awaitExit(ctx.Done()) {
		p.forceStop(ctx.Err())
		if running := p.stillRunning(); running.Count > 0 {
			return p.forcedStop.report(running)
		}
		p.awaitExit(nil) // the remaining workers run no task and are about to exit
	}
	if p.watchdog != nil {
		p.watchdog.Stop(ctx.Done())
	}
	p.release()
	return p.forcedStop.report(TaskList{})
}

// awaitExit waits, after Halt, until all workers have exited, all tasks are settled and
// the functions that run on other goroutines have returned. It reports false if done
// was closed first.
func (p *WorkerPool) awaitExit(done <-chan struct{}) bool {
	return p.engine.Join(done) && p.engine.Wait(done) && p.inline.wait(done)
}

// release releases the contexts that Start made. It must be called once no task runs.
func (p *WorkerPool) release() {
	p.life.Lock()
	defer p.life.Unlock()
	if p.unwatch != nil {
		p.unwatch()
		p.cancel(ErrStopped)
	}
}

// A forcedStop is the end of the grace period. It happens at most once.
type forcedStop struct {
	begun      atomic.Bool
	handedBack chan struct{} // closed when all tasks that had not started are settled

	cause uberatomic.Error // why the grace period ended; nil before

	mu       sync.Mutex
	neverRun TaskList // tasks settled with ErrStopped
}

func (e *forcedStop) init() {
	e.handedBack = make(chan struct{})
}

// forceStop ends the grace period for the given cause. It returns once all tasks that
// had not started are settled. If another call is settling them, it returns after
// ShutdownTimeout at the latest: that call may be waiting for a callback that made this
// one.
func (p *WorkerPool) forceStop(cause error) {
	e := &p.forcedStop
	if e.begun.CompareAndSwap(false, true) {
		p.beginStop()
		e.cause.Store(cause)
		p.engine.Halt()
		p.cancelTasks()
		p.retries.endBy(time.Unix(0, 0))
		close(e.handedBack)
		return
	}
	limit := time.NewTimer(p.cfg.ShutdownTimeout)
	defer limit.Stop()
	select {
	case <-e.handedBack:
	case <-limit.C:
	}
}

// handBack settles a task that the scheduler discards without a run. A task that may
// have a callback is settled on a new goroutine, because the callback may call
// runtime.Goexit. If the caller is a worker with another task, that task would be taken
// for the one that called it.
func (p *WorkerPool) handBack(i item) {
	p.cancelTasks() // first: a callback may take long
	if i.ticket() == nil {
		p.dropItem(i, ErrStopped)
		return
	}
	onNewGoroutine(func() { p.dropItem(i, ErrStopped) })
}

// onNewGoroutine calls f on a new goroutine and waits for it.
func onNewGoroutine(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// cancelTasks cancels the contexts of running tasks if the grace period has ended. It
// must be called only once no further task starts: a worker whose task returns early
// must not start the next one.
func (p *WorkerPool) cancelTasks() {
	if cause := p.forcedStop.cause.Load(); cause != nil && p.started.Load() {
		p.cancel(cause)
	}
}

// dropItem settles a task that left the queue without a run, unless another goroutine
// has claimed it.
func (p *WorkerPool) dropItem(i item, err error) {
	if t := i.ticket(); t != nil {
		if r := p.redeem(t); r != nil {
			p.dropRecord(r, err)
		}
		return
	}
	id := ""
	if t := i.funcTask(); t != nil {
		id = t.ID()
	}
	p.noteUnrun(id, err)
	p.unclaimed.add(err)
	p.engine.Settle(sched.Dropped)
}

// dropRecord is dropItem for a claimed record. A record that ran before is settled
// with its last error.
func (p *WorkerPool) dropRecord(r *record, err error) {
	if r.runs > 0 {
		r.cancelClaimed(err)
		return
	}
	p.noteUnrun(r.taskID(), err)
	r.settleUnrun(sched.Dropped, err)
}

// noteUnrun adds a task that never ran to the report of Stop, if Stop is the reason.
func (p *WorkerPool) noteUnrun(id string, err error) {
	if !errors.Is(err, ErrStopped) {
		return
	}
	e := &p.forcedStop
	e.mu.Lock()
	defer e.mu.Unlock()
	e.neverRun.add(id)
}

// report returns the error of Stop: nil if every task ran and none is running.
func (e *forcedStop) report(running TaskList) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.neverRun.Count == 0 && running.Count == 0 {
		return nil
	}
	neverRun := e.neverRun
	neverRun.IDs = append([]string(nil), neverRun.IDs...)
	return &StopError{Cause: e.cause.Load(), NeverRun: neverRun, Running: running}
}

// running returns the number of accepted tasks that have no outcome yet or are overdue.
// Once no further task starts it never returns 0 too early: a task that times out is
// overdue before it is settled.
func (p *WorkerPool) running() int {
	settled := p.engine.Settled().Sum()
	return int(p.engine.Accepted()-settled) + max(int(p.overdue.Load()), 0)
}

// stillRunning lists the running tasks.
func (p *WorkerPool) stillRunning() TaskList {
	running := TaskList{Count: p.running()}
	note := func(id string) {
		if id != "" {
			running.IDs = append(running.IDs, id)
		}
	}
	for _, local := range p.workers.all() {
		if r := local.record.Load(); r != nil {
			note(r.taskID())
		} else if t := local.task.Load(); t != nil {
			note(t.ID())
		}
	}
	p.inline.records.Range(func(_ *taskctx.Context, r *record) bool {
		note(r.taskID())
		return true
	})
	return running
}
