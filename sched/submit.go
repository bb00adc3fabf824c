package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/random"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// A Status says what became of a submission.
type Status uint8

const (
	Accepted   Status = iota
	Full              // every ring was full at some instant of the call
	Stopped           // Close was called
	Abandoned         // the submitter waited for room and gave up
	NotStarted        // it would have had to wait, and no worker was started yet
)

// place returns the index of the ring in which the caller submits.
func (s *Scheduler[T]) place() int {
	return int(s.places[random.Place(len(s.places))].ring.Load())
}

// TrySubmit offers v to the rings, and answers Accepted, Full or Stopped.
func (s *Scheduler[T]) TrySubmit(v T) Status {
	place := &s.places[random.Place(len(s.places))]
	at := int(place.ring.Load())
	if ring := s.rings[at].ring; ring != nil && ring.Offer(v) == ringbuffer.Done {
		s.notify()
		return Accepted
	}
	return s.trySubmitAt(place, at, v)
}

// trySubmitAt offers v to all rings, from the one at index at, and keeps the one
// that took it as that of the place.
func (s *Scheduler[T]) trySubmitAt(place *place, at int, v T) Status {
	status, taken := s.trySubmitFrom(at, v)
	if taken != at {
		place.ring.Store(uint32(taken))
	}
	return status
}

// trySubmitFrom offers v to one ring after the other, from the one at index at,
// and returns the index of the last one tried.
func (s *Scheduler[T]) trySubmitFrom(at int, v T) (Status, int) {
	for {
		busy := false
		for range s.rings {
			switch s.rings[at].offer(v) {
			case ringbuffer.Done:
				s.notify()
				return Accepted, at
			case ringbuffer.Closed:
				return s.refuse(), at
			case ringbuffer.Busy:
				busy = true
			}
			if at++; at == len(s.rings) {
				at = 0
			}
		}
		if !busy {
			return Full, at
		}
		threads.Pause()
	}
}

// A place is where submitters with the same random.Place keep what they learned.
//
// They stay with one ring until it is full, then with the next; and one that may
// wait for room and finds its ring full spins for a while before it looks for
// room, so that room for a run of items gathers. A submitter that took each place
// in the rings as it came free would pass their cache lines to and fro with the
// workers.
//
// The spin doubles each time it gathered much room and is halved each time it did
// not: with items that take long the submitter had better park and leave its
// processor to a worker.
type place struct {
	_        cacheline.Pad
	ring     atomics.Uint32 // index of the ring they use
	patience atomics.Uint32 // how long they spin, see threads.Spin
}

// The bounds of the spin. Measured with no-op items, 8 workers and 1 to 64
// submitters: 50–65 ns an item with none, 28–33 with 300, 25–27 with 1000.
const (
	minPatience = 16
	maxPatience = 1000
	worthwhile  = 64 // one place more in this time
)

// submitPatiently is TrySubmit for a submitter that may wait for room.
func (s *Scheduler[T]) submitPatiently(v T) Status {
	place := &s.places[random.Place(len(s.places))]
	at := int(place.ring.Load())
	if ring := s.rings[at].ring; ring != nil && ring.Offer(v) == ringbuffer.Done {
		s.notify()
		return Accepted
	}
	if ring := s.rings[at].ring; ring != nil && s.parallel {
		place.letGather(ring.Cap(), ring.Len)
	}
	return s.trySubmitAt(place, at, v)
}

// letGather spins while a ring that was full is drained, and adapts to what came
// of it.
func (p *place) letGather(capacity int, length func() int) {
	patience := p.patience.Load()
	threads.Spin(int(patience))
	adapted := max(patience/2, minPatience)
	if gathered := capacity - length(); gathered*worthwhile > int(patience) {
		adapted = min(patience*2, maxPatience)
	}
	if adapted != patience {
		p.patience.Store(adapted)
	}
}

// refuse answers Stopped, having seen one way closed. It closes all others first:
// so whoever is refused can say that from now on all are.
func (s *Scheduler[T]) refuse() Status {
	s.Close()
	return Stopped
}

// Submit offers v to the rings and waits for room where there is none. It
// answers Accepted, Stopped, NotStarted, or Abandoned if done was closed first.
func (s *Scheduler[T]) Submit(v T, done <-chan struct{}) Status {
	if status := s.submitPatiently(v); status != Full {
		return status
	}
	if !s.started.Load() {
		return NotStarted
	}
	return s.blocked.waitForRoom(v, done)
}

// SubmitNested offers v to the rings and then to the lane, which has no bound;
// with a Source, to that and beyond its bound. It answers Accepted or Stopped, and
// never waits.
func (s *Scheduler[T]) SubmitNested(v T) Status {
	if source := s.cfg.Source; source != nil {
		if source.OfferBeyond(v) != ringbuffer.Done {
			return s.refuse()
		}
	} else {
		if status := s.TrySubmit(v); status != Full {
			return status
		}
		if !s.lane.list.TryPush(v) {
			return s.refuse()
		}
	}
	s.notify()
	return Accepted
}

// TrySubmitBatch offers vs in order and returns how many were accepted. It
// answers Accepted if that is all of them, else Full or Stopped.
func (s *Scheduler[T]) TrySubmitBatch(vs []T) (accepted int, status Status) {
	place := &s.places[random.Place(len(s.places))]
	first := int(place.ring.Load())
	at := first
	full := 0 // rings seen full since the last that was not
	for full < len(s.rings) {
		n, status := s.rings[at].offerBatch(vs[accepted:])
		accepted += n
		if n > 0 {
			s.notify()
		}
		switch status {
		case ringbuffer.Done:
			if at != first {
				place.ring.Store(uint32(at))
			}
			return accepted, Accepted
		case ringbuffer.Closed:
			return accepted, s.refuse()
		case ringbuffer.Busy:
			full = -1
			threads.Pause()
		}
		full++
		if at++; at == len(s.rings) {
			at = 0
		}
	}
	return accepted, Full
}

// SubmitBatch offers vs in order and waits for room where there is none. It
// returns how many were accepted, and Accepted if that is all of them, else the
// answer to the next one, as Submit gives it.
func (s *Scheduler[T]) SubmitBatch(vs []T, done <-chan struct{}) (accepted int, status Status) {
	for {
		n, status := s.TrySubmitBatch(vs[accepted:])
		accepted += n
		if status != Full {
			return accepted, status
		}
		if status := s.Submit(vs[accepted], done); status != Accepted {
			return accepted, status
		}
		if accepted++; accepted == len(vs) {
			return accepted, Accepted
		}
	}
}

// Enter counts an item as accepted that the caller will run or settle itself,
// and reports true, or false if the scheduler is closed.
func (s *Scheduler[T]) Enter() bool {
	if s.inline.enter() {
		return true
	}
	s.refuse()
	return false
}

// Return takes back an item that was accepted before: it is counted no second
// time and finds room always. age is what Worker.Age said of it; without a Source
// it means nothing. After Halt the item is discarded.
func (s *Scheduler[T]) Return(v T, age uint64) {
	if source := s.cfg.Source; source != nil {
		source.Return(v, age)
	} else {
		s.returns.list.TryPush(v)
	}
	if s.crew.halted() {
		s.drain() // Halt may have looked before v was there
		return
	}
	s.notify()
}

// Evict takes the oldest item of the ring in which the caller would submit, and
// reports false if there is none. The caller settles it. It is not for a
// scheduler with a Source, whose next item is not its oldest.
func (s *Scheduler[T]) Evict() (v T, ok bool) {
	v, _, status := s.rings[s.place()].poll()
	if status != ringbuffer.Done {
		return v, false
	}
	if s.look.Load()&lookRoom != 0 {
		s.blocked.roomMade()
	}
	return v, true
}
