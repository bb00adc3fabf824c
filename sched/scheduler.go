package sched

import (
	"runtime"
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/threads"
)

// A Scheduler runs items on workers. Its methods may be called by any goroutine
// at any time unless they say otherwise.
//
// Accepted items are settled once: I1: settled ≤ accepted, and equal only when
// nothing is waiting, running or on its way.
//
// Progress: submitting and taking an item use no lock; a goroutine stopped in
// the middle of a push or a pop holds up its own ring and no other. Spawning a
// worker takes a short lock.
//
// In the terms of the Go memory model, submitting an item synchronizes before
// Run of it, and Settle before the return of a Wait that it let go.
//
// Use New. A Scheduler must not be copied.
type Scheduler[T any] struct {
	cfg          Config[T]
	maxSearching int
	searchRounds int
	spins        bool // spinning pays: there is more than one processor

	queues  []queue[T]      // where items wait: the rings, returns, then an overflow queue for each ring; or the source
	primary []queue[T]      // the part of queues that workers look at if nobody calls to the overflow queues: all others
	rings   []queue[T]      // the part of queues for submitters from outside
	hints   []submitHint[T] // which of rings a submitter takes
	requeue *queue[T]       // items that were accepted before; nil with a source
	_       cacheline.Pad

	idle         idleWord       // who could take up new work
	pollDeadline atomics.Uint64 // when who searches on will have looked again, see arrivalGap
	_            cacheline.Pad

	// look is read by each worker between any two items: a bit is up if somebody
	// wants something of the workers.
	flags atomics.Uint32
	_     cacheline.Pad

	inline     inlineCounter // items that their submitter runs itself
	workers    workerCount
	started    atomics.Bool
	closing    atomics.Bool // Close was called
	slots      workerSlots[T]
	blocked    blockedList[T]
	external   tally // settled by goroutines that are no workers
	quiet      waitlist
	terminated waitlist
	reaper     reaper
	throttle   throttle
	gap        arrivalGap
	handover   handover
}

// The bits of Scheduler.look.
const (
	flagRoom     = 1 << iota // a submitter waits for room, and none is on its way
	flagExcess               // there may be more workers than wanted
	flagOverflow             // there are items in an overflow queue, or were

	// excessVersion is added with each flagExcess put up, so that a worker that found no
	// excess takes the bit down only if there was no call since it looked.
	excessVersion
)

// New returns a Scheduler that accepts items and does not run them yet. The
// caller vouches for the Config.
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

// Start lets the workers begin, and reports false if it was called before.
func (s *Scheduler[T]) Start() bool {
	if !s.started.CompareAndSwap(false, true) {
		return false
	}
	s.ensureSearcher()
	return true
}

// Workers returns how many workers there may be, 0 after Halt.
func (s *Scheduler[T]) Workers() int {
	size, _ := s.workers.load()
	return size
}

// Alive returns how many workers there are.
func (s *Scheduler[T]) Alive() int {
	_, alive := s.workers.load()
	return alive
}

// Active returns how many workers are at items.
func (s *Scheduler[T]) Active() int {
	active := 0
	for _, w := range s.slots.all() {
		if w.busy.Load() {
			active++
		}
	}
	// The sum is of many instants, the bound is of one.
	size, alive := s.workers.load()
	return min(active, max(size, alive))
}

// Queued returns how many items are waiting in rings and overflow queues.
func (s *Scheduler[T]) Queued() int {
	n := 0
	for i := range s.queues {
		n += s.queues[i].Len()
	}
	return n
}

// Parks returns how often workers went to sleep for want of an item.
func (s *Scheduler[T]) Parks() uint64 {
	var sum uint64
	for _, w := range s.slots.all() {
		sum += w.parks.Load()
	}
	return sum
}

// Steals returns how many items workers took from another queue than the one they were
// at: another ring, an overflow queue or the returns. At first that is the ring of their slot's
// number, modulo the number of rings. With a Source there is one queue, and no steal.
func (s *Scheduler[T]) Steals() uint64 {
	var sum uint64
	for _, w := range s.slots.all() {
		sum += w.steals.Load()
	}
	return sum
}
