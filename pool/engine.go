package pool

import (
	"github.com/user/millrace/pool/internal/watchdog"
	"github.com/user/millrace/sched"
)

// An engine is the scheduler of a pool without the type of its queue's elements: items,
// or the calls of a FuncPool, which may be items too.
type engine interface {
	TrySubmit(i item) sched.Status
	Submit(i item, done <-chan struct{}) sched.Status
	SubmitNested(i item) sched.Status
	AcceptInline() bool
	Evict() (item, bool)
	Return(i item, age uint64)
	Settle(sched.Outcome)

	Start() bool
	Resize(n int)
	Close()
	Closed() bool
	Halt()
	Wait(done <-chan struct{}) bool
	Join(done <-chan struct{}) bool

	Accepted() uint64
	Settled() sched.Settled
	Queued() int
	Active() int
	Workers() int
	Alive() int
	Parks() uint64
	Steals() uint64
	Throttled() uint64
}

var _ engine = (*sched.Scheduler[item])(nil)

// engineConfig returns the configuration of the engine of p, except for Run, Crashed and
// Discard. priority returns the priority of a queue element.
func engineConfig[T any](p *WorkerPool, priority func(T) int) sched.Config[T] {
	c := sched.Config[T]{
		Workers:       p.cfg.Workers,
		Capacity:      p.cfg.QueueSize,
		OnWorkerStart: func(w *sched.Worker[T]) { workerStarted(p, w) },
		OnBusyChange:  func(w *sched.Worker[T], busy bool) { localOf(w).setBusy(busy) },

		SpinTime:   p.cfg.search,
		NoHandover: p.cfg.keepProcessor,
	}
	if p.cfg.Priority {
		q := newPriorityQueue(&p.cfg, priority)
		c.Source, p.nextAge = q, q.NextAge
	}
	if p.limiter != nil {
		c.Pacer = newPacer(p.limiter)
	}
	if p.watchdog != nil {
		c.OnBusyChange = func(w *sched.Worker[T], busy bool) {
			localOf(w).setBusy(busy)
			if busy {
				p.watchdog.Wake()
			}
		}
	}
	return c
}

// workerStarted is called on each new goroutine of a worker.
func workerStarted[T any](p *WorkerPool, w *sched.Worker[T]) {
	clearLabels() // inherited from the goroutine that started this one
	if w.Local == nil {
		local := newWorkerLocal(p, w)
		w.Local = local
		p.workers.add(local)
	}
	if p.watchdog != nil {
		localOf(w).goroutine.Store(watchdog.GoroutineNumber())
	}
}

func localOf[T any](w *sched.Worker[T]) *workerLocal { return w.Local.(*workerLocal) }
