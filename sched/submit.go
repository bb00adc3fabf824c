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

// A submitHint is where submitters with the same random.StackHash keep what they learned.
//
// They stay with one ring until it is full, then with the next; and one that may
// wait for room and finds its ring full spins for a while before it looks for
// room, so that room for a run of items spins.
type submitHint[T any] struct {
	ring       atomics.Pointer[queue[T]] // the one they use
	spinBudget atomics.Uint32            // how long they spin
	_          [cacheline.Size - 12]byte
}

// hint returns that of the caller.
func (s *Scheduler[T]) hint() *submitHint[T] { return &s.hints[random.StackHash(len(s.hints))] }

// TryFast is one attempt to submit v, to the ring that the caller uses, and reports
// whether it was accepted. If not, SubmitSlow is to follow, or nothing.
func (s *Scheduler[T]) TryFast(v T) bool {
	var status ringbuffer.Status
	ring := s.hint().ring.Load()
	switch { // as ring.offer, but inlined
	case ring.ptrs != nil:
		status = ring.ptrs.Offer(v)
	case ring.ring != nil:
		status = ring.ring.Offer(v)
	case ring.list != nil:
		status = ring.list.Offer(v)
	default:
		status = ring.source.Offer(v)
	}
	if status != ringbuffer.Done {
		return false
	}
	if s.shouldWake() {
		s.wakeAndYield()
	}
	return true
}

// TrySubmit offers v to the rings, and answers Accepted, Full or Stopped.
func (s *Scheduler[T]) TrySubmit(v T) Status { return s.trySubmitAt(s.hint(), v) }

// trySubmitAt offers v to one ring after the other, from that of the hint, which
// keeps the one that took it.
func (s *Scheduler[T]) trySubmitAt(hint *submitHint[T], v T) Status {
	first := hint.ring.Load()
	for {
		busy := false
		for ring := first; ; {
			switch ring.offer(v) {
			case ringbuffer.Done:
				if ring != first {
					hint.ring.Store(ring)
				}
				s.notify()
				return Accepted
			case ringbuffer.Closed:
				return s.refuse()
			case ringbuffer.Busy:
				busy = true
			}
			if ring = ring.next; ring == first {
				break
			}
		}
		if !busy {
			return Full
		}
		threads.Pause()
	}
}

// refuse answers Stopped, having seen one queue closed. It closes all others first:
// so whoever is refused can say that from now on all are.
func (s *Scheduler[T]) refuse() Status {
	s.Close()
	return Stopped
}

// Submit offers v to the rings and waits for room where there is none. It
// answers Accepted, Stopped, NotStarted, or Abandoned if done was closed first.
func (s *Scheduler[T]) Submit(v T, done <-chan struct{}) Status {
	if s.TryFast(v) {
		return Accepted
	}
	return s.SubmitSlow(v, done)
}

// SubmitSlow is Submit after a TryFast that failed: it lets room gather, looks
// for room anywhere, and then waits.
func (s *Scheduler[T]) SubmitSlow(v T, done <-chan struct{}) Status {
	hint := s.hint()
	if s.spins {
		spinBudget := hint.spinBudget.Load()
		threads.Spin(int(spinBudget))
		if next := nextSpin(spinBudget, hint.ring.Load().free()); next != spinBudget {
			hint.spinBudget.Store(next)
		}
	}
	if status := s.trySubmitAt(hint, v); status != Full {
		return status
	}
	if !s.started.Load() {
		return NotStarted
	}
	return s.blocked.waitForRoom(v, done)
}

// SubmitNested offers v to the rings and, where they are full, to the overflow queue of the first,
// which has no bound; with a Source, to that and beyond its bound. It answers Accepted or
// Stopped, and never waits.
//
// While items are in that overflow queue, all that come this way go there: so they stay in order,
// and workers of that ring take them first. What is outside can wait for room; what items
// submit would else pile up behind it.
func (s *Scheduler[T]) SubmitNested(v T) Status { return s.submitNested(v, s.rings[0].overflow) }

// SubmitNested is Scheduler.SubmitNested for what an item that w runs submits. Any
// goroutine may call it.
func (w *Worker[T]) SubmitNested(v T) Status {
	overflow := w.home.overflow
	switch {
	case w.s.overflowUsed(overflow):
		return w.s.pushOverflow(v, overflow)
	case w.home.offer(v) == ringbuffer.Done:
		w.s.notify()
		return Accepted
	}
	return w.s.submitNested(v, overflow)
}

func (s *Scheduler[T]) submitNested(v T, overflow *queue[T]) Status {
	if source := s.cfg.Source; source != nil {
		if source.OfferBeyond(v) != ringbuffer.Done {
			return s.refuse()
		}
		s.notify()
		return Accepted
	}
	if !s.overflowUsed(overflow) {
		if status := s.TrySubmit(v); status != Full {
			return status
		}
	}
	return s.pushOverflow(v, overflow)
}

// TrySubmitBatch offers vs in order and returns how many were accepted. It
// answers Accepted if that is all of them, else Full or Stopped.
func (s *Scheduler[T]) TrySubmitBatch(vs []T) (accepted int, status Status) {
	hint := s.hint()
	first := hint.ring.Load()
	for ring, full := first, 0; full < len(s.rings); full++ {
		n, status := ring.offerBatch(vs[accepted:])
		accepted += n
		if n > 0 {
			s.notify()
		}
		switch status {
		case ringbuffer.Done:
			if ring != first {
				hint.ring.Store(ring)
			}
			return accepted, Accepted
		case ringbuffer.Closed:
			return accepted, s.refuse()
		case ringbuffer.Busy:
			full = -1 // all may have room again
			threads.Pause()
		}
		ring = ring.next
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

// AcceptInline counts an item as accepted that the caller will run or settle itself,
// and reports true, or false if the scheduler is closed.
func (s *Scheduler[T]) AcceptInline() bool {
	if s.inline.accept() {
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
		s.requeue.list.TryPush(v)
	}
	if s.workers.halted() {
		s.drain() // Halt may have looked before v was there
		return
	}
	s.notify()
}

// Evict takes the oldest item of the ring in which the caller would submit, and
// reports false if there is none. The caller settles it. It is not for a
// scheduler with a Source, whose next item is not its oldest.
func (s *Scheduler[T]) Evict() (v T, ok bool) {
	ring := s.hint().ring.Load()
	v, _, status := ring.poll()
	for ; status == ringbuffer.Busy; v, _, status = ring.poll() {
		threads.Pause()
	}
	if status != ringbuffer.Done {
		return v, false
	}
	if s.flags.Load()&flagRoom != 0 {
		s.blocked.roomMade()
	}
	return v, true
}
