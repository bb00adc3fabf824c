package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// notify wakes a parked worker to search, unless one searches already or none is
// parked. It is called after an item was pushed, never before.
func (s *Scheduler[T]) notify() {
	if s.shouldWake() {
		s.wake()
	}
}

// shouldWake is the first check of notify: whether none searches and one is parked, or a
// spinner may be stalled.
func (s *Scheduler[T]) shouldWake() bool { return s.idle.load().wants() || s.pollDeadline.Load() != 0 }

// wake is the rest of notify. It reports whether it woke a worker. A stalled spinner
// does not count as a searcher.
func (s *Scheduler[T]) wake() bool {
	if s.gap.spinnerStalled() {
		s.gap.end()
		return s.wakeOne(false)
	}
	return s.wakeOne(true)
}

// wakeOne wakes a parked worker to search, and reports false if none is parked. With
// searcherSuffices it wakes none if one searches already.
func (s *Scheduler[T]) wakeOne(searcherSuffices bool) bool {
	for {
		st := s.idle.load()
		if st.top() == 0 || searcherSuffices && st.searching() > 0 {
			return false
		}
		if s.unpark(st) {
			if searcherSuffices {
				s.gap.end()
			}
			return true
		}
	}
}

// unpark wakes the top of the stack in st, counting it as searching from now on. It
// reports false if the idle word is no longer st.
func (s *Scheduler[T]) unpark(st idleState) bool {
	w := s.slots.all()[st.top()-1]
	if !s.idle.swap(st, st.withTop(int(w.below.Load())).searcher(1)) {
		return false
	}
	w.parker.Unpark()
	return true
}

// wakeAndYield is wake for the submitter of the item. It yields to the worker that it
// woke, if no other is busy.
func (s *Scheduler[T]) wakeAndYield() {
	st := s.idle.load()
	_, alive := s.workers.load()
	atRest := s.parked(st)+st.searching() >= alive
	if s.wake() && atRest {
		s.handover.yield(s.gap.clock)
	}
}

// A handover is a submitter's yield to the worker that it woke while all were parked.
// Go puts a goroutine that was made ready next in line on the waker's processor. If the
// waker computes on, the worker waits there until another processor has been woken and
// may take it, some 100 µs. After a yield it runs at once, and the submitter is taken by
// another processor or waits until the item is done.
//
// The cost to submitters is measured. If it is high, because items take long or no
// processor is idle, they keep their processor and try again later.
type handover struct {
	on   bool
	cost atomics.Int64 // ns, mean of the last few; decays with each handover not tried
}

// maxHandoverCost is the largest mean cost at which submitters hand over.
const maxHandoverCost = 100 * time.Microsecond

// yield yields, unless that was costly recently.
func (h *handover) yield(clock threads.Clock) {
	if !h.on {
		return
	}
	cost := h.cost.Load()
	if time.Duration(cost) > maxHandoverCost {
		h.cost.Store(cost - cost/16)
		return
	}
	before := clock.Now()
	threads.Pause()
	h.cost.Store(cost + (int64(clock.Now()-before)-cost)/4)
}

// ensureSearcher must be called by a goroutine that may have left no searcher. It wakes a
// worker if an item waits. It spawns one if fewer than wanted are alive and none is
// parked: submitters start no goroutines, so unless all wanted workers are busy there
// must be one to wake.
func (s *Scheduler[T]) ensureSearcher() {
	for {
		st := s.idle.load()
		if st.searching() > 0 {
			return // the searcher will come here
		}
		if st.top() != 0 {
			if s.anyWaiting() {
				s.wakeOne(true)
			}
			return
		}
		if size, alive := s.workers.load(); alive >= size {
			return
		}
		if !s.idle.swap(st, st.searcher(1)) {
			continue
		}
		if s.workers.join() {
			s.spawn()
			return
		}
		s.cancelSearch()
	}
}

// cancelSearch takes back the count of a searcher that was not spawned after all.
func (s *Scheduler[T]) cancelSearch() {
	for {
		st := s.idle.load()
		if s.idle.swap(st, st.searcher(-1)) {
			return
		}
	}
}

// spawn starts a worker that is already counted as alive and as searching.
func (s *Scheduler[T]) spawn() {
	w := s.slots.occupy(s)
	w.searching = true
	threads.Go(w.main)
}
