package sched

// park sleeps until the worker is woken to search, or dismissed.
//
// The worker pushes itself onto the stack, gives up searching in the same step, and only
// then checks all queues once more. A submitter claims a slot and then reads the idle
// word. Whichever of the two words is written first, the other side reads it later: so
// the worker sees the item, or the submitter sees the worker parked, or a searcher whose
// own last check is still to come.
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

// pushParked pushes w onto the stack of parked workers and, if searching, takes it out of
// the count of searchers. It reports whether the stack was empty.
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

// parked returns the number of workers on the stack.
func (s *Scheduler[T]) parked(st idleState) int {
	if st.top() == 0 {
		return 0
	}
	return int(s.slots.all()[st.top()-1].depth.Load())
}

// anyWaiting reports whether a queue has an item, published or only claimed: publishing
// may be seen late, after the submitter's load of the idle word. If the item is in an
// overflow queue it sets flagOverflow, because the pusher may not have done so yet.
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

// startSearching counts one more searcher, or reports false if there are enough.
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

// stopSearching counts one searcher less. The last one makes sure that nothing is left to
// a searcher that is gone.
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
