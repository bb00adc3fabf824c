package pool

import (
	"context"
	"fmt"

	"github.com/user/millrace/pool/histogram"
	"github.com/user/millrace/sched"
)

// A FuncPool calls one function for many values of type T on a bounded number of workers.
// The queue holds the values themselves, without a closure for each, so that submitting
// one allocates nothing. Use NewFunc. A bounded queue allocates room for all its values at
// once: submit large values by pointer.
//
// The rules of a WorkerPool and its tasks hold for a FuncPool and its calls. Start, Stop,
// Wait, WaitContext, Resize, Stats and Validate are those of a WorkerPool.
type FuncPool[T any] struct {
	core *WorkerPool
	s    *sched.Scheduler[call[T]] // the core's engine
	fn   func(context.Context, T) error
}

// NewFunc returns a pool that calls fn for each submitted value. Like New it never fails:
// Validate, Start and every submission report an invalid configuration, or a nil fn as
// ErrNilTask. Options about tasks, such as WithTaskTimeout, hold for the calls. All calls
// have priority 0.
func NewFunc[T any](cfg Config, fn func(ctx context.Context, v T) error, opts ...Option) *FuncPool[T] {
	core := newPool(cfg, opts)
	p := &FuncPool[T]{core: core, fn: fn}
	if core.err == nil && fn == nil {
		core.err = fmt.Errorf("%w: fn: %w", ErrInvalidConfig, ErrNilTask)
	}
	if core.err != nil {
		core.mode = recordAll
		return p
	}
	c := engineConfig(core, call[T].priority)
	c.Run = p.runner()
	if core.cfg.labels {
		c.Run = labelled(c.Run, func(c call[T]) *ticket { return c.item.ticket() })
	}
	c.Crashed = func(w *sched.Worker[call[T]], i call[T], recovered any) {
		core.crashed(localOf(w), i.item, recovered)
	}
	c.Discard = func(i call[T]) { core.handBack(i.item) }
	p.s = sched.New(c)
	core.engine = callEngine[T]{p.s}
	return p
}

// Validate returns nil, or an error that names each bad field of the configuration.
func (p *FuncPool[T]) Validate() error { return p.core.Validate() }

// Start lets the pool make calls.
func (p *FuncPool[T]) Start(ctx context.Context) error { return p.core.Start(ctx) }

// Stop ends the pool gracefully.
func (p *FuncPool[T]) Stop(ctx context.Context) error { return p.core.Stop(ctx) }

// Wait waits until no call is pending, and returns the errors of calls since the last
// Wait.
func (p *FuncPool[T]) Wait() error { return p.core.Wait() }

// WaitContext is Wait until ctx ends at most.
func (p *FuncPool[T]) WaitContext(ctx context.Context) error { return p.core.WaitContext(ctx) }

// Resize sets the number of workers.
func (p *FuncPool[T]) Resize(n int) { p.core.Resize(n) }

// Stats returns statistics that count each call as a task.
func (p *FuncPool[T]) Stats() Stats { return p.core.Stats() }

// QueueWait returns the waiting times of calls; see WorkerPool.QueueWait.
func (p *FuncPool[T]) QueueWait() histogram.Histogram { return p.core.QueueWait() }

// RunTime returns the run times of calls; see WorkerPool.RunTime.
func (p *FuncPool[T]) RunTime() histogram.Histogram { return p.core.RunTime() }

// runner returns the run function of the scheduler. A method value would be called through
// another function, and calls in an inlined function literal are not inlined.
//
//go:noinline
func (p *FuncPool[T]) runner() func(w *sched.Worker[call[T]], c call[T]) {
	return func(w *sched.Worker[call[T]], c call[T]) {
		if c.item != (item{}) {
			runTicket(localOf(w), c.item.ticket(), w.Age())
			return
		}
		if err := p.fn(&localOf(w).ctx, c.v); err != nil {
			core, local := p.core, localOf(w)
			if core.failedWithoutRecord(local, core.cfg.retry.retries, err) {
				core.retryWithRecord(local, p.task(c.v), w.Age(), err)
			}
			return
		}
		w.Settle(sched.Completed)
	}
}

// task returns the call for v as a task.
func (p *FuncPool[T]) task(v T) Task {
	return errFunc(func(ctx context.Context) error { return p.fn(ctx, v) })
}

// A call is an element of the queue of a FuncPool: a value, or a ticket as an item for a
// call that needs a record.
type call[T any] struct {
	item item
	v    T
}

func (c call[T]) priority() int {
	if c.item.ticket() == nil {
		return 0
	}
	return c.item.priority()
}

// A callEngine is the scheduler of a FuncPool as an engine. A value appears as the zero
// item: a task without a ticket and without an id.
type callEngine[T any] struct{ *sched.Scheduler[call[T]] }

var _ engine = callEngine[int]{}

func (e callEngine[T]) TrySubmit(i item) sched.Status {
	return e.Scheduler.TrySubmit(call[T]{item: i})
}

func (e callEngine[T]) Submit(i item, done <-chan struct{}) sched.Status {
	return e.Scheduler.Submit(call[T]{item: i}, done)
}

func (e callEngine[T]) SubmitNested(i item) sched.Status {
	return e.Scheduler.SubmitNested(call[T]{item: i})
}

func (e callEngine[T]) Return(i item, age uint64) {
	e.Scheduler.Return(call[T]{item: i}, age)
}

func (e callEngine[T]) Evict() (item, bool) {
	c, ok := e.Scheduler.Evict()
	return c.item, ok
}
