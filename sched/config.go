package sched

import (
	"time"

	"github.com/user/millrace/ringbuffer"
)

// MaxWorkers is the largest number of workers of a Scheduler.
const MaxWorkers = maxWorkers

// MaxCapacity is the largest Capacity of a Scheduler.
const MaxCapacity = ringbuffer.MaxCap

// A Config describes a Scheduler.
type Config[T any] struct {
	// Workers is the initial number of workers, in [1, MaxWorkers].
	Workers int

	// Capacity is the number of items that may wait, in [0, MaxCapacity]. 0 means
	// no bound. It is shared by one ring for each processor, at most Workers, so a
	// single worker has a single ring: strictly first in, first out.
	Capacity int

	// Source, if not nil, replaces the rings. Nested and returned items go there too,
	// and Capacity is not used.
	Source Source[T]

	// Run is called by a worker for each item it took. Run, or the goroutine that it
	// hands the item to, must settle the item once.
	Run func(w *Worker[T], v T)

	// Crashed is called, deferred, if Run panicked or called runtime.Goexit. recovered
	// is the value of the panic, nil for Goexit. The stack of the crash lies below it.
	// If Crashed panics in turn, the process ends.
	Crashed func(w *Worker[T], v T, recovered any)

	// Discard is called instead of Run for items that still wait after Halt, by the
	// goroutine that finds them. It must not panic or call runtime.Goexit.
	Discard func(v T)

	// OnWorkerStart, if not nil, is called first on each new goroutine of a worker.
	// It must not block: submitters wake no worker while it runs.
	OnWorkerStart func(w *Worker[T])

	// OnBusyChange, if not nil, is called when a worker becomes busy and when it finds
	// no more items: twice for a run of items of any length. It must not block.
	OnBusyChange func(w *Worker[T], begins bool)

	// Pacer, if not nil, is asked for a permit before each start of an item. While it
	// has none, items wait and workers sleep.
	Pacer Pacer

	// SpinTime is how long a worker that found nothing spins at most, if items
	// usually arrive within half of it. One worker at a time spins. 0 means that none
	// does. With a Pacer, or with more processors configured than exist, none does.
	SpinTime time.Duration

	// NoHandover keeps a submitter from yielding to the worker that it woke while all
	// were parked. The yield lets the worker run at once.
	NoHandover bool

	// IdleTimeout is how long a worker stays parked before it is dismissed, within a
	// factor of two. 0 means 5 seconds. One parked worker always stays.
	IdleTimeout time.Duration

	// rings is the number of rings that share Capacity; 0 except in tests: one for
	// each processor, at most Workers.
	rings int
}
