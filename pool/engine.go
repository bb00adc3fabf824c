package pool

import (
	"github.com/user/millrace/pool/internal/watchdog"
	"github.com/user/millrace/sched"
)

// An engine is the scheduler of a pool, seen without the type of what stands in
// its queue: a sched.Scheduler of items, or one of the typed values of a FuncPool
// among which items stand, too.
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

// engineConfig returns what the engine of p is configured with beside what it
// does with the things in its queue: Run, Crashed and Discard. priority returns the
// priority of one.
func engineConfig[T any](p *WorkerPool, priority func(T) int) sched.Config[T] {
	c := sched.Config[T]{
		Workers:       p.cfg.Workers,
		Capacity:      p.cfg.QueueSize,
		OnWorkerStart: func(w *sched.Worker[T]) { hired(p, w) },
		OnBusyChange:  func(w *sched.Worker[T], begins bool) { localOf(w).shift(begins) },

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
		c.OnBusyChange = func(w *sched.Worker[T], begins bool) {
			localOf(w).shift(begins)
			if begins {
				p.watchdog.Wake()
			}
		}
	}
	return c
}

// hired is called on each new goroutine of a worker.
func hired[T any](p *WorkerPool, w *sched.Worker[T]) {
	clearLabels() // those of the goroutine that started this one
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
