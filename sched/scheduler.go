package sched

import (
	"runtime"
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/threads"
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

	// Rings is how many rings share the capacity, at most one for each item of
	// it. 0 means one for each processor and no more than Workers: a single
	// worker has a single ring, strictly first in, first out.
	Rings int

	// Source, if not nil, stands in place of the rings, and nested and returned
	// items go there too; Capacity and Rings are then not used.
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
}

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

func (s *Scheduler[T]) makeQueues(procs int) {
	if source := s.cfg.Source; source != nil {
		s.queues = []queue[T]{{source: source}}
		s.primary, s.rings = s.queues, s.queues
	} else {
		s.makeRings(procs)
	}
	s.hints = make([]submitHint[T], len(s.rings))
	for i := range s.rings {
		s.rings[i].next = &s.rings[(i+1)%len(s.rings)]
		s.hints[i].ring.Store(&s.rings[i])
		s.hints[i].spinBudget.Store(minSpin)
	}
}

func (s *Scheduler[T]) makeRings(procs int) {
	cfg := &s.cfg
	n := cfg.Rings
	if n == 0 {
		n = min(procs, cfg.Workers)
	}
	if cfg.Capacity > 0 {
		n = min(n, cfg.Capacity)
	}
	s.queues = make([]queue[T], 2*n+1)
	s.primary, s.rings, s.requeue = s.queues[:n+1], s.queues[:n], &s.queues[n]
	s.requeue.list = ringbuffer.NewUnbounded[T](overflowSegment)
	for i := range s.rings {
		s.rings[i].overflow = &s.queues[n+1+i]
		s.rings[i].overflow.list = ringbuffer.NewUnbounded[T](overflowSegment)
		if cfg.Capacity == 0 {
			s.rings[i].list = ringbuffer.NewUnbounded[T](ringSegment)
			continue
		}
		// The first Capacity%n rings take one more, so that all add up exactly.
		capacity := cfg.Capacity / n
		if i < cfg.Capacity%n {
			capacity++
		}
		if ringbuffer.IsPtr[T]() {
			s.rings[i].ptrs = ringbuffer.NewPtrRing[T](capacity)
		} else {
			s.rings[i].ring = ringbuffer.NewMPMC[T](capacity)
		}
	}
}

// isOverflow reports whether that is the index of an overflow queue among the queues.
func (s *Scheduler[T]) isOverflow(way int) bool { return way >= len(s.primary) }

// Sizes of the first segment of what has no bound. A ring without bound starts
// with room for the bursts of an ordinary service; the overflow queues are used seldom.
const (
	ringSegment     = 1024
	overflowSegment = 64
)

// Start lets the workers begin, and reports false if it was called before.
func (s *Scheduler[T]) Start() bool {
	if !s.started.CompareAndSwap(false, true) {
		return false
	}
	s.ensureSearcher()
	return true
}

// Resize sets how many workers there may be; n is cut to 1 … MaxWorkers. It
// never blocks. More workers start on waiting items at once; with fewer, running
// items run on, and none starts while as many as n are running. After Halt it
// does nothing.
func (s *Scheduler[T]) Resize(n int) {
	if !s.workers.resize(min(max(n, 1), maxWorkers)) || !s.started.Load() {
		return
	}
	s.dismissExcess()
	s.ensureSearcher()
}

// dismissExcess makes workers beyond the size leave: parked ones are woken to
// find out, the others look between two items.
func (s *Scheduler[T]) dismissExcess() {
	if !s.workers.over() {
		return
	}
	s.raiseExcess()
	for s.workers.over() && s.wakeOne(false) {
	}
}

// raiseExcess makes workers look whether they are too many.
func (s *Scheduler[T]) raiseExcess() {
	for {
		flags := s.flags.Load()
		if s.flags.CompareAndSwap(flags, (flags|flagExcess)+excessVersion) {
			return
		}
	}
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
		n += s.queues[i].len()
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
