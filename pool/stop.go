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

// Stop ends the pool gracefully. Once it has begun, every submission is refused with
// ErrStopped, those waiting for room included. Stop then waits for the queue to drain
// and for running tasks to end.
//
// If ctx ends first, the grace ends: the contexts of running tasks are cancelled, every
// task that has not started is resolved as ErrStopped, and Stop returns a *StopError
// that unwraps to the error of ctx. If ctx has no deadline, Config.ShutdownTimeout is
// the deadline. A nil error means that every accepted task was resolved, and that no
// goroutine and no timer of the pool is left.
//
// Stop waits for the callbacks of the tasks that it resolves.
//
// It may be called again and by many goroutines. The first ctx to end ends the grace
// for all calls, and each call returns by its own ctx. A Stop after one that failed
// waits for the tasks still running; it returns a *StopError with the same never-run
// tasks, or nil if there are none. Stop before Start hands back the queued tasks, with
// ErrNotStarted as the cause.
//
// If ctx derives from a task of the pool, Stop returns ErrInsideTask at once. Called
// from inside a task or a callback with another context, Stop waits for its own caller
// until ShutdownTimeout.
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

// beginStop closes the pool, and reports whether it was started.
func (p *WorkerPool) beginStop() (started bool) {
	p.life.Lock()
	p.stopping = true
	started = p.started.Load()
	p.life.Unlock()
	p.engine.Close()
	return started
}

// drain waits until everything accepted is settled and lets the workers leave.
// If ctx ends first, drain ends the grace.
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

// join waits until nothing of the pool is left, or until ctx ends, and reports what was
// lost.
func (p *WorkerPool) join(ctx context.Context) error {
	if !p.awaitExit(ctx.Done()) {
		p.forceStop(ctx.Err())
		if running := p.stillRunning(); running.Count > 0 {
			return p.forcedStop.report(running)
		}
		p.awaitExit(nil) // the remaining goroutines run no task and are about to end
	}
	if p.watchdog != nil {
		p.watchdog.Stop(ctx.Done())
	}
	p.release()
	return p.forcedStop.report(TaskList{})
}

// awaitExit waits, after Halt, until all workers have left, all tasks are resolved and
// all functions on submitters' goroutines have returned. It reports false if done was
// closed first.
func (p *WorkerPool) awaitExit(done <-chan struct{}) bool {
	return p.engine.Join(done) && p.engine.Wait(done) && p.inline.wait(done)
}

// release ends the contexts that Start made, once nothing runs any more.
func (p *WorkerPool) release() {
	p.life.Lock()
	defer p.life.Unlock()
	if p.unwatch != nil {
		p.unwatch()
		p.cancel(ErrStopped)
	}
}

// A forcedStop is the end of the grace, which happens at most once.
type forcedStop struct {
	begun      atomic.Bool
	handedBack chan struct{} // closed once every task that had not started is resolved

	cause uberatomic.Error

	mu       sync.Mutex
	neverRun TaskList
}

func (e *forcedStop) init() {
	e.handedBack = make(chan struct{})
}

// forceStop ends the grace for the given cause, and returns once all tasks that had not
// started are resolved. If another call is doing so, this one waits for it at most for
// ShutdownTimeout, because the other may be waiting for a callback that made this call.
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

// handBack resolves a task that the scheduler discards. A task that may have a callback
// is resolved on a new goroutine: the callback may end it by runtime.Goexit, and if the
// caller were a worker, its current task would be taken for the one that called it.
func (p *WorkerPool) handBack(i item) {
	p.cancelTasks() // before a callback takes its time
	if i.ticket() == nil {
		p.dropItem(i, ErrStopped)
		return
	}
	onNewGoroutine(func() { p.dropItem(i, ErrStopped) })
}

// onNewGoroutine calls f on a new goroutine and waits for it to end.
func onNewGoroutine(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// cancelTasks ends the contexts of running tasks if the grace has ended. It is called
// once no further task starts: a worker whose task returns early must not start the
// next one.
func (p *WorkerPool) cancelTasks() {
	if cause := p.forcedStop.cause.Load(); cause != nil && p.started.Load() {
		p.cancel(cause)
	}
}

// dropItem settles a task that left the queue without a run, unless it is settled
// already.
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

// dropRecord is dropItem for a claimed record. The outcome of a record that ran before
// is its last error.
func (p *WorkerPool) dropRecord(r *record, err error) {
	if r.runs > 0 {
		r.cancelClaimed(err)
		return
	}
	p.noteUnrun(r.taskID(), err)
	r.settleUnrun(sched.Dropped, err)
}

// noteUnrun adds a task that Stop hands back to its report.
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
// Once nothing starts any more it never returns 0 too early: a task that times out is
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
