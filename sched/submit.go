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
	return s.trySubmit(v, 0)
}

// trySubmit is TrySubmit for a submitter that, having found its ring full, spins
// that many turns before it looks for room.
func (s *Scheduler[T]) trySubmit(v T, patience int) Status {
	place := random.Place(len(s.places))
	at := int(s.places[place].ring.Load())
	if ring := s.rings[at].ring; ring != nil && ring.Offer(v) == ringbuffer.Done {
		s.notify()
		return Accepted
	}
	threads.Spin(patience)
	status, taken := s.trySubmitFrom(at, v)
	if taken != at {
		s.places[place].ring.Store(uint32(taken))
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

// patience is how long, in turns of about a nanosecond, a submitter spins that
// found its ring full and may wait for room. It lets room gather for a run of
// items; a submitter that took each place as it came free would pass the ring's
// cache lines to and fro with the worker.
const patience = 300

// A place is where submitters with the same random.Place keep the ring they use.
// They stay with one until it is full, then with the next: a submitter that went
// back to a full ring after each item a worker takes from it would pass that
// ring's cache lines to and fro with the worker.
type place struct {
	_    cacheline.Pad
	ring atomics.Uint32
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
	if status := s.trySubmit(v, s.patience); status != Full {
		return status
	}
	if !s.started.Load() {
		return NotStarted
	}
	return s.blocked.waitForRoom(v, done)
}

// SubmitNested offers v to the rings and then to the lane, which has no bound.
// It answers Accepted or Stopped, and never waits.
func (s *Scheduler[T]) SubmitNested(v T) Status {
	if status := s.TrySubmit(v); status != Full {
		return status
	}
	if !s.lane.list.TryPush(v) {
		return s.refuse()
	}
	s.notify()
	return Accepted
}

// TrySubmitBatch offers vs in order and returns how many were accepted. It
// answers Accepted if that is all of them, else Full or Stopped.
func (s *Scheduler[T]) TrySubmitBatch(vs []T) (accepted int, status Status) {
	at := s.place()
	for i := range s.rings {
		n, st := s.rings[(at+i)%len(s.rings)].offerBatch(vs[accepted:])
		accepted += n
		if n > 0 {
			s.notify()
		}
		switch {
		case accepted == len(vs):
			return accepted, Accepted
		case st == ringbuffer.Closed:
			return accepted, s.refuse()
		}
	}
	// What was seen busy is worth a second look before the answer is Full.
	for accepted < len(vs) {
		if status, _ := s.trySubmitFrom(at, vs[accepted]); status != Accepted {
			return accepted, status
		}
		accepted++
	}
	return accepted, Accepted
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
// time and finds room always. After Halt it is discarded.
func (s *Scheduler[T]) Return(v T) {
	s.returns.list.TryPush(v)
	if s.crew.halted() {
		s.drain() // Halt may have looked before v was there
		return
	}
	s.notify()
}

// Evict takes the oldest item of the ring in which the caller would submit, and
// reports false if there is none. The caller settles it.
func (s *Scheduler[T]) Evict() (v T, ok bool) {
	v, status := s.rings[s.place()].poll()
	if status != ringbuffer.Done {
		return v, false
	}
	if s.look.Load()&lookRoom != 0 {
		s.blocked.roomMade()
	}
	return v, true
}
