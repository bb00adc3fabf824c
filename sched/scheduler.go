package sched

import (
	"runtime"
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/threads"
)

// A Scheduler runs items on workers. Any goroutine may call its methods at any
// time, unless they say otherwise.
//
// I1: settled ≤ accepted, and equal only if nothing is waiting, running or being
// submitted. Each accepted item is settled once.
//
// Progress: submitting and taking an item use no lock. A goroutine stopped in the
// middle of a push or a pop holds up its own ring and no other. Spawning a worker
// takes a short lock.
//
// In the terms of the Go memory model, submitting an item synchronizes before its
// Run, and Settle before the return of a Wait that it releases.
//
// Use New. A Scheduler must not be copied.
type Scheduler[T any] struct {
	cfg          Config[T]
	maxSearching int
	searchRounds int
	spins        bool // spinning pays: there is more than one processor

	queues  []queue[T]      // all queues: the rings, requeue, an overflow queue for each ring; or the source
	primary []queue[T]      // queues without the overflow queues
	rings   []queue[T]      // the part of queues for external items
	hints   []submitHint[T] // by stack hash
	requeue *queue[T]       // items that were accepted before; nil with a source
	_       cacheline.Pad

	idle         idleWord       // searchers and parked workers
	pollDeadline atomics.Uint64 // ns; see arrivalGap
	_            cacheline.Pad

	// flags are requests to the workers. Each worker reads them between two items.
	flags atomics.Uint32
	_     cacheline.Pad

	inline     inlineCounter // items that their submitter runs itself
	workers    workerCount
	started    atomics.Bool
	closing    atomics.Bool // Close was called
	slots      workerSlots[T]
	blocked    blockedList[T]
	external   tally // items settled by goroutines that are no workers
	quiet      waitlist
	terminated waitlist
	reaper     reaper
	throttle   throttle
	gap        arrivalGap
	handover   handover
}

// The bits of Scheduler.flags.
const (
	flagRoom     = 1 << iota // a submitter waits for room, and none is on its way
	flagExcess               // there may be more workers than wanted
	flagOverflow             // an overflow queue has items, or had some

	// excessVersion is added each time flagExcess is set. A worker that found no
	// excess clears the flag only if it was not set again since the check.
	excessVersion
)

// New returns a Scheduler that accepts items and does not run them yet. The caller
// must pass a valid Config: New checks nothing.
func New[T any](cfg Config[T]) *Scheduler[T] {
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = 5 * time.Second
	}
	procs := runtime.GOMAXPROCS(0)
	s := &Scheduler[T]{cfg: cfg}
	s.maxSearching = max(1, procs/2)
	s.gap.clock, s.gap.runQueueBusy, s.gap.pollDeadline = threads.NewClock(), threads.NewRunQueue().Waiting, &s.pollDeadline
	if procs > 1 {
		s.searchRounds = searchRounds
		s.spins = true
		s.handover.on = !cfg.NoHandover
	}
	if procs > 1 && procs <= runtime.NumCPU() && cfg.Pacer == nil {
		s.gap.limit = cfg.SpinTime
	}
	s.makeQueues(procs)
	s.workers.word.Store(uint64(cfg.Workers) << 32)
	s.blocked.init(s)
	s.quiet.init(s.isQuiet)
	s.terminated.init(s.isTerminated)
	return s
}

// Start starts the workers, and reports false if it was called before.
func (s *Scheduler[T]) Start() bool {
	if !s.started.CompareAndSwap(false, true) {
		return false
	}
	s.ensureSearcher()
	return true
}

// Workers returns the number of workers wanted, 0 after Halt.
func (s *Scheduler[T]) Workers() int {
	size, _ := s.workers.load()
	return size
}

// Alive returns the number of workers alive.
func (s *Scheduler[T]) Alive() int {
	_, alive := s.workers.load()
	return alive
}

// Active returns the number of busy workers.
func (s *Scheduler[T]) Active() int {
	active := 0
	for _, w := range s.slots.all() {
		if w.busy.Load() {
			active++
		}
	}
	// The sum is of many instants, the bound of one.
	size, alive := s.workers.load()
	return min(active, max(size, alive))
}

// Queued returns the number of items that wait.
func (s *Scheduler[T]) Queued() int {
	n := 0
	for i := range s.queues {
		n += s.queues[i].Len()
	}
	return n
}

// Parks returns how often workers parked.
func (s *Scheduler[T]) Parks() uint64 {
	var sum uint64
	for _, w := range s.slots.all() {
		sum += w.parks.Load()
	}
	return sum
}

// Steals returns how many items workers took from another queue than their last
// one: another ring, an overflow queue or requeue. A worker's first queue is the
// ring of its slot's number, modulo the number of rings. With a Source there is
// one queue, and no steal.
func (s *Scheduler[T]) Steals() uint64 {
	var sum uint64
	for _, w := range s.slots.all() {
		sum += w.steals.Load()
	}
	return sum
}
