package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/random"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// A Status is the outcome of a submission.
type Status uint8

const (
	Accepted   Status = iota
	Full              // every ring was full at some instant of the call
	Stopped           // Close was called
	Abandoned         // the submitter stopped waiting for room
	NotStarted        // it would have had to wait, and no worker was started yet
)

// A submitHint is shared by submitters with the same stack hash. They stay with one
// ring until it is full, then with the next. One that may wait and finds its ring
// full spins before it polls for room, so that room for a run of items accumulates.
type submitHint[T any] struct {
	ring       atomics.Pointer[queue[T]] // the one they use
	spinBudget atomics.Uint32            // turns of threads.Spin
	_          [cacheline.Size - 12]byte
}

// hint returns the caller's submit hint.
func (s *Scheduler[T]) hint() *submitHint[T] { return &s.hints[random.StackHash(len(s.hints))] }

// TryFast is one attempt to submit v, to the caller's ring, and reports whether it
// was accepted. If not, the caller may continue with SubmitSlow.
func (s *Scheduler[T]) TryFast(v T) bool {
	var status ringbuffer.Status
	ring := s.hint().ring.Load()
	switch { // as queue.offer, but inlined
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

// TrySubmit offers v to the rings. It answers Accepted, Full or Stopped.
func (s *Scheduler[T]) TrySubmit(v T) Status { return s.trySubmitAt(s.hint(), v) }

// trySubmitAt offers v to one ring after the other, beginning with the hint's, and
// updates the hint to the ring that took it.
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

// refuse answers Stopped after one queue was seen closed. It closes all others first,
// so that once one submit is refused, all are.
func (s *Scheduler[T]) refuse() Status {
	s.Close()
	return Stopped
}

// Submit offers v to the rings and waits if there is no room. It answers Accepted,
// Stopped, NotStarted, or Abandoned if done was closed first.
func (s *Scheduler[T]) Submit(v T, done <-chan struct{}) Status {
	if s.TryFast(v) {
		return Accepted
	}
	return s.SubmitSlow(v, done)
}

// SubmitSlow is Submit after TryFast failed: it spins while room accumulates, polls all
// rings for room, and then waits.
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

// SubmitNested offers v to the rings. If they are full, it adds v to the overflow queue
// of the first one, which has no bound. With a Source it adds v there, beyond the bound.
// It answers Accepted or Stopped, and never waits.
//
// While that overflow queue has items, all nested items go there. So they stay in
// order, and workers of that ring take them first. External submitters can wait for
// room; nested items would otherwise pile up behind theirs.
func (s *Scheduler[T]) SubmitNested(v T) Status { return s.submitNested(v, s.rings[0].overflow) }

// SubmitNested is Scheduler.SubmitNested for what the worker's item submits. Any
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

// TrySubmitBatch offers vs in order and returns how many were accepted. It answers
// Accepted if all were, otherwise Full or Stopped.
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

// SubmitBatch offers vs in order and waits if there is no room. It returns how many
// were accepted, and Accepted if all were, otherwise Submit's answer for the next one.
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

// AcceptInline counts an item as accepted that the caller will run or settle itself. It
// reports false if the scheduler is closed.
func (s *Scheduler[T]) AcceptInline() bool {
	if s.inline.accept() {
		return true
	}
	s.refuse()
	return false
}

// Return takes back an item that was accepted before. It is not counted again and
// always finds room. age is the item's Worker.Age; it is ignored without a Source.
// After Halt the item is discarded.
func (s *Scheduler[T]) Return(v T, age uint64) {
	if source := s.cfg.Source; source != nil {
		source.Return(v, age)
	} else {
		s.requeue.list.TryPush(v)
	}
	if s.workers.halted() {
		s.drain() // Halt may have checked before v was there
		return
	}
	s.notify()
}

// Evict takes the oldest item of the caller's ring, and reports false if there is none.
// The caller settles it. It must not be used with a Source, whose next item need not be
// its oldest.
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
