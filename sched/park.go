package sched

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

// parked returns how many workers are on the stack.
func (s *Scheduler[T]) parked(st idleState) int {
	if st.top() == 0 {
		return 0
	}
	return int(s.slots.all()[st.top()-1].depth.Load())
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
