package sched

import "github.com/user/millrace/internal/threads"

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

// parked returns how many workers are on the stack.
func (s *Scheduler[T]) parked(st idleState) int {
	if st.top() == 0 {
		return 0
	}
	return int(s.slots.all()[st.top()-1].depth.Load())
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

// park sleeps until the worker is woken to search, or let go.
//
// The worker puts itself on the stack, gives up searching with the same step,
// and only then looks at all queues once more. A submitter claims a place, and then
// reads the idle word. Whichever of the two words is written first, the other
// side's look comes after it: either the worker sees the item, or the submitter
// sees the worker parked, or a searcher whose own last look is still to come.
func (w *Worker[T]) park() {
	s := w.s
	w.parks.Add(1)
	w.parkedIn = s.reaper.period.Load()
	alone := s.pushParked(w, w.searching)
	w.searching = false
	if !alone {
		s.armReaper()
	}
	if s.workers.over() {
		s.wakeOne(false)
	} else if s.anyWaiting() {
		s.wakeOne(true)
	}
	w.parker.Park(nil)
	w.searching = !w.retired // as unpark counted it
}

// pushParked puts w on the stack of parked workers, and takes it out of the count
// of searching ones if it was in. It reports whether the stack was empty.
func (s *Scheduler[T]) pushParked(w *Worker[T], searching bool) (alone bool) {
	for {
		st := s.idle.load()
		w.below.Store(uint32(st.top()))
		w.depth.Store(uint32(s.parked(st) + 1))
		next := st.withTop(w.slot + 1)
		if searching {
			next = next.searcher(-1)
		}
		if s.idle.swap(st, next) {
			return st.top() == 0
		}
	}
}

// anyWaiting reports whether some queue has an item, published or only claimed: what
// publishes one may be seen late, and the submitter's look at the idle word be over.
// If it is in an overflow queue workers are called there: whoever pushed it may not have come to that.
func (s *Scheduler[T]) anyWaiting() bool {
	for i := range s.queues {
		if s.queues[i].waiting() {
			if s.isOverflow(i) {
				s.raiseOverflow()
			}
			return true
		}
	}
	return false
}

// startSearching counts one more worker as searching, and reports false if
// enough are.
func (s *Scheduler[T]) startSearching() bool {
	for {
		st := s.idle.load()
		if st.searching() >= s.maxSearching {
			return false
		}
		if s.idle.swap(st, st.searcher(1)) {
			return true
		}
	}
}

// stopSearching counts one worker less as searching. The last one sees to it that
// nothing is left to a searcher that is no more.
func (s *Scheduler[T]) stopSearching() {
	for {
		st := s.idle.load()
		next := st.searcher(-1)
		if s.idle.swap(st, next) {
			if next.searching() == 0 {
				s.ensureSearcher()
			}
			return
		}
	}
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
