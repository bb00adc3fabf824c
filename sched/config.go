package sched

import (
	"time"

	"github.com/user/millrace/ringbuffer"
)

// MaxWorkers is the largest number of workers a Scheduler can have.
const MaxWorkers = maxWorkers

// MaxCapacity is the largest Capacity a Scheduler can have.
const MaxCapacity = ringbuffer.MaxCap

// A Config says what a Scheduler is made of.
type Config[T any] struct {
	// Workers is how many workers there may be at first, 1 … MaxWorkers.
	Workers int

	// Capacity is how many items may wait, 0 … MaxCapacity. 0 means no bound.
	Capacity int

	// Source, if not nil, stands in place of the rings, and nested and returned
	// items go there too; Capacity is then not used.
	Source Source[T]

	// Run is called by a worker for each item it took. It, or whoever it hands
	// the item to, settles the item once.
	Run func(w *Worker[T], v T)

	// Crashed is called, deferred, where Run panicked or called runtime.Goexit:
	// recovered is the value of the panic, nil for Goexit. The stack of the
	// crash lies below it. If it panics in turn, the process ends.
	Crashed func(w *Worker[T], v T, recovered any)

	// Discard is called instead of Run for items still waiting after Halt, by
	// whoever finds them. It must not panic nor call runtime.Goexit.
	Discard func(v T)

	// OnWorkerStart, if not nil, is called first on each new goroutine of a worker. It
	// must not block, nor may OnBusyChange: while they run submitters wake nobody.
	OnWorkerStart func(w *Worker[T])

	// OnBusyChange, if not nil, is called when a worker goes to work and when it finds no
	// more: twice for a run of items, however long.
	OnBusyChange func(w *Worker[T], begins bool)

	// Pacer, if not nil, is asked for a permit before each start of an item. While it
	// has none, items wait and workers sleep.
	Pacer Pacer

	// Search is for how long a worker that found nothing searches on at most, where
	// items come in half of that as a rule; one worker at a time does. 0 means not at all. None
	// does with a Pacer, nor where Go was told of more processors than there are.
	SpinTime time.Duration

	// NoHandover lets a submitter go on at once that woke a worker while all slept.
	// Else it yields to that worker; see handover.
	NoHandover bool

	// IdleTimeout is how long a worker stays parked before it is let go, within
	// a factor of two. 0 means 5 seconds. One parked worker always stays.
	IdleTimeout time.Duration

	rings int // how many rings share the capacity; 0 but in tests: one for each processor, at most Workers
}
