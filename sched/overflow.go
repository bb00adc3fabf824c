package sched

// isOverflow reports whether that is the index of an overflow queue among the queues.
func (s *Scheduler[T]) isOverflow(way int) bool { return way >= len(s.primary) }

// pushOverflow adds v to an overflow queue.
func (s *Scheduler[T]) pushOverflow(v T, overflow *queue[T]) Status {
	if !overflow.list.TryPush(v) {
		return s.refuse()
	}
	s.raiseOverflow()
	s.notify()
	return Accepted
}

// overflowUsed reports whether items are in an overflow queue.
func (s *Scheduler[T]) overflowUsed(overflow *queue[T]) bool {
	return s.flags.Load()&flagOverflow != 0 && (overflow.list.Ready() || overflow.waiting()) // Ready takes less
}

// overflowWaiting reports whether an item is in an overflow queue.
func (s *Scheduler[T]) overflowWaiting() bool {
	for i := range s.rings {
		if s.rings[i].overflow.waiting() {
			return true
		}
	}
	return false
}

// raiseOverflow has workers look at the overflow queues.
func (s *Scheduler[T]) raiseOverflow() {
	for flags := s.flags.Load(); flags&flagOverflow == 0; flags = s.flags.Load() {
		s.flags.CompareAndSwap(flags, flags|flagOverflow)
	}
}

// lowerOverflow ends that, if all overflow queues are empty.
func (s *Scheduler[T]) lowerOverflow() {
	flags := s.flags.Load()
	if flags&flagOverflow == 0 || s.overflowWaiting() || !s.flags.CompareAndSwap(flags, flags&^flagOverflow) {
		return
	}
	if s.overflowWaiting() { // who pushed may have seen the bit still up
		s.raiseOverflow()
	}
}

// nextOverflow returns the first overflow queue from i on, and around, that has an item; or i, if
// none has, or that is no overflow queue.
func (s *Scheduler[T]) nextOverflow(i int) int {
	if !s.isOverflow(i) {
		return i
	}
	for range s.rings {
		if s.queues[i].list.Ready() {
			break
		}
		if i++; i == len(s.queues) {
			i = len(s.primary)
		}
	}
	return i // if none has, it has gone all around
}

// isLong reports whether an overflow queue has more items than run before a worker looks elsewhere.
func (q *queue[T]) isLong() bool { return q.Len() > fairnessInterval }

// switchToOverflow makes the worker take from its overflow queue next, if an item is there.
func (w *Worker[T]) switchToOverflow() {
	s := w.s
	if s.flags.Load()&flagOverflow != 0 && w.last != w.home.overflow && w.home.overflow.list.Ready() {
		w.lastIdx, w.last = len(s.primary)+s.homeOf(w.slot), w.home.overflow
	}
}

// staysAtOverflow is asked where it is time to look elsewhere, and reports whether it is not,
// after all: the overflow queue that the worker is at has many items. What it took elsewhere could
// submit more than are run until it looks again, and that would go on without end. Only
// where the overflow queue gets no shorter as it is, the worker does look elsewhere.
func (w *Worker[T]) staysAtOverflow() bool {
	if !w.s.isOverflow(w.lastIdx) || !w.last.isLong() {
		w.stays, w.lastLen = 0, 0
		return false
	}
	w.stays++
	if w.stays%fairnessInterval != 0 {
		return true
	}
	if n := w.last.Len(); w.lastLen == 0 || n < w.lastLen {
		w.lastLen = n
		return true
	}
	w.lastLen = 0 // it may get longer now
	return false
}
