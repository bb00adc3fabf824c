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

	// Hired, if not nil, is called first on each new goroutine of a worker. It
	// must not block, nor may Shift: while they run submitters wake nobody.
	Hired func(w *Worker[T])

	// Shift, if not nil, is called when a worker goes to work and when it finds no
	// more: twice for a run of items, however long.
	Shift func(w *Worker[T], begins bool)

	// Pacer, if not nil, is asked for a permit before each start of an item. While it
	// has none, items wait and workers sleep.
	Pacer Pacer

	// Search is for how long a worker that found nothing searches on at most, where
	// items come in half of that as a rule; one worker at a time does. 0 means not at all. None
	// does with a Pacer, nor where Go was told of more processors than there are.
	Search time.Duration

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
// the middle of a push or a pop holds up its own ring and no other. Hiring a
// worker takes a short lock.
//
// In the terms of the Go memory model, submitting an item synchronizes before
// Run of it, and Settle before the return of a Wait that it let go.
//
// Use New. A Scheduler must not be copied.
type Scheduler[T any] struct {
	cfg          Config[T]
	maxSearching int
	searchTurns  int
	gathers      bool // spinning pays: there is more than one processor

	ways    []way[T]   // where items wait: the rings, returns, then a lane for each ring; or the source
	usual   []way[T]   // the part of ways that workers look at if nobody calls to the lanes: all others
	rings   []way[T]   // the part of ways for submitters from outside
	places  []place[T] // which of rings a submitter takes
	returns *way[T]    // items that were accepted before; nil with a source
	_       cacheline.Pad

	idle idleWord       // who could take up new work
	due  atomics.Uint64 // when who searches on will have looked again, see gapEstimate
	_    cacheline.Pad

	// look is read by each worker between any two items: a bit is up if somebody
	// wants something of the workers.
	look atomics.Uint32
	_    cacheline.Pad

	inline    gate // items that their submitter runs itself
	crew      crewWord
	started   atomics.Bool
	closing   atomics.Bool // Close was called
	roster    roster[T]
	blocked   blockedList[T]
	elsewhere tally // settled by goroutines that are no workers
	quiet     waitset
	gone      waitset
	reaper    reaper
	pace      pace
	gap       gapEstimate
	handover  handover
}

// The bits of Scheduler.look.
const (
	lookRoom  = 1 << iota // a submitter waits for room, and none is on its way
	lookLeave             // there may be more workers than wanted
	lookLane              // there are items in a lane, or were

	// lookCall is added with each lookLeave put up, so that a worker that found no
	// excess takes the bit down only if there was no call since it looked.
	lookCall
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
	s.gap.clock, s.gap.crowded, s.gap.due = threads.NewClock(), threads.NewRunQueue().Waiting, &s.due
	if procs > 1 {
		s.searchTurns = searchTurns
		s.gathers = true
		s.handover.on = !cfg.NoHandover
	}
	if procs > 1 && procs <= runtime.NumCPU() && cfg.Pacer == nil {
		s.gap.limit = cfg.Search
	}
	s.makeWays(procs)
	s.crew.word.Store(uint64(cfg.Workers) << 32)
	s.blocked.init(s)
	s.quiet.init(s.isQuiet)
	s.gone.init(s.isGone)
	return s
}

func (s *Scheduler[T]) makeWays(procs int) {
	if source := s.cfg.Source; source != nil {
		s.ways = []way[T]{{source: source}}
		s.usual, s.rings = s.ways, s.ways
	} else {
		s.makeRings(procs)
	}
	s.places = make([]place[T], len(s.rings))
	for i := range s.rings {
		s.rings[i].next = &s.rings[(i+1)%len(s.rings)]
		s.places[i].ring.Store(&s.rings[i])
		s.places[i].patience.Store(minPatience)
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
	s.ways = make([]way[T], 2*n+1)
	s.usual, s.rings, s.returns = s.ways[:n+1], s.ways[:n], &s.ways[n]
	s.returns.list = ringbuffer.NewUnbounded[T](firstLane)
	for i := range s.rings {
		s.rings[i].lane = &s.ways[n+1+i]
		s.rings[i].lane.list = ringbuffer.NewUnbounded[T](firstLane)
		if cfg.Capacity == 0 {
			s.rings[i].list = ringbuffer.NewUnbounded[T](firstRing)
			continue
		}
		// The first Capacity%n rings take one more, so that all add up exactly.
		capacity := cfg.Capacity / n
		if i < cfg.Capacity%n {
			capacity++
		}
		if ringbuffer.IsWord[T]() {
			s.rings[i].words = ringbuffer.NewWords[T](capacity)
		} else {
			s.rings[i].ring = ringbuffer.NewMPMC[T](capacity)
		}
	}
}

// isLane reports whether that is the index of a lane among the ways.
func (s *Scheduler[T]) isLane(way int) bool { return way >= len(s.usual) }

// Sizes of the first segment of what has no bound. A ring without bound starts
// with room for the bursts of an ordinary service; the lanes are used seldom.
const (
	firstRing = 1024
	firstLane = 64
)

// Start lets the workers begin, and reports false if it was called before.
func (s *Scheduler[T]) Start() bool {
	if !s.started.CompareAndSwap(false, true) {
		return false
	}
	s.standBy()
	return true
}

// Resize sets how many workers there may be; n is cut to 1 … MaxWorkers. It
// never blocks. More workers start on waiting items at once; with fewer, running
// items run on, and none starts while as many as n are running. After Halt it
// does nothing.
func (s *Scheduler[T]) Resize(n int) {
	if !s.crew.resize(min(max(n, 1), maxWorkers)) || !s.started.Load() {
		return
	}
	s.dismissExcess()
	s.standBy()
}

// dismissExcess makes workers beyond the size leave: parked ones are woken to
// find out, the others look between two items.
func (s *Scheduler[T]) dismissExcess() {
	if !s.crew.over() {
		return
	}
	s.callForExcess()
	for s.crew.over() && s.wakeAny() {
	}
}

// callForExcess makes workers look whether they are too many.
func (s *Scheduler[T]) callForExcess() {
	for {
		look := s.look.Load()
		if s.look.CompareAndSwap(look, (look|lookLeave)+lookCall) {
			return
		}
	}
}

// Workers returns how many workers there may be, 0 after Halt.
func (s *Scheduler[T]) Workers() int {
	size, _ := s.crew.load()
	return size
}

// Alive returns how many workers there are.
func (s *Scheduler[T]) Alive() int {
	_, alive := s.crew.load()
	return alive
}

// Active returns how many workers are at items.
func (s *Scheduler[T]) Active() int {
	active := 0
	for _, w := range s.roster.all() {
		if w.busy.Load() {
			active++
		}
	}
	// The sum is of many instants, the bound is of one.
	size, alive := s.crew.load()
	return min(active, max(size, alive))
}

// Queued returns how many items are waiting in rings and lanes.
func (s *Scheduler[T]) Queued() int {
	n := 0
	for i := range s.ways {
		n += s.ways[i].len()
	}
	return n
}

// Parks returns how often workers went to sleep for want of an item.
func (s *Scheduler[T]) Parks() uint64 {
	var sum uint64
	for _, w := range s.roster.all() {
		sum += w.parks.Load()
	}
	return sum
}

// Steals returns how many items workers took from another way than the one they were
// at: another ring, a lane or the returns. At first that is the ring of their slot's
// number, modulo the number of rings. With a Source there is one way, and no steal.
func (s *Scheduler[T]) Steals() uint64 {
	var sum uint64
	for _, w := range s.roster.all() {
		sum += w.steals.Load()
	}
	return sum
}
