package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// notify lets a parked worker search, unless one is searching already or nobody
// is parked. It is called after an item was pushed, never before.
func (s *Scheduler[T]) notify() {
	if s.shouldWake() {
		s.wake()
	}
}

// shouldWake is the first look of notify: whether nobody searches and somebody is parked, or
// who searches may have lost its processor.
func (s *Scheduler[T]) shouldWake() bool { return s.idle.load().wants() || s.pollDeadline.Load() != 0 }

// wake is notify after that, and reports whether it woke a worker. A searcher
// that seems to have lost its processor does not count.
func (s *Scheduler[T]) wake() bool {
	if s.gap.spinnerStalled() {
		s.gap.end()
		return s.wakeOne(false)
	}
	return s.wakeOne(true)
}

// wakeOne wakes a parked worker to search, and reports false if nobody was parked.
// A searcher suffices if searcherSuffices is set: then it wakes nobody beside one.
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

// unpark wakes the top of the stack in st, counting it as searching from now on.
// It reports false if the idle word is no longer st.
func (s *Scheduler[T]) unpark(st idleState) bool {
	w := s.slots.all()[st.top()-1]
	if !s.idle.swap(st, st.withTop(int(w.below.Load())).searcher(1)) {
		return false
	}
	w.parker.Unpark()
	return true
}

// wakeAndYield is wake for the submitter of the item. It yields to the worker that it woke,
// if no other is at items.
func (s *Scheduler[T]) wakeAndYield() {
	st := s.idle.load()
	_, alive := s.workers.load()
	atRest := s.parked(st)+st.searching() >= alive
	if s.wake() && atRest {
		s.handover.yield(s.gap.clock)
	}
}

// A handover is a submitter's yield to the worker that it woke while all slept. Go
// puts a goroutine that was made ready next in line on the processor of the waker: if
// that one runs on, it waits there until another processor was woken and is allowed to
// take it, some 100 µs. After a yield it runs at once, and it is the submitter that
// another processor takes, or who waits until the item is done.
//
// What that costs submitters is measured. Where it is much, because items take long
// or no processor is idle, they keep their processor, and try again after a while.
type handover struct {
	on   bool
	cost atomics.Int64 // ns, the mean of the last few; what was not tried costs a little less each time
}

// maxHandoverCost is what a handover may cost a submitter.
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

// ensureSearcher is called by whoever may have left nobody searching. It wakes a worker
// if an item is waiting. And it spawns one if fewer than wanted are alive and none
// is parked: since submitters do not start goroutines, there must always be a
// worker for them to wake, or all there may be are busy.
func (s *Scheduler[T]) ensureSearcher() {
	for {
		st := s.idle.load()
		if st.searching() > 0 {
			return // that worker will come here
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
