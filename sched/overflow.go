package sched

// isOverflow reports whether queues[i] is an overflow queue.
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

// overflowUsed reports whether an overflow queue has items.
func (s *Scheduler[T]) overflowUsed(overflow *queue[T]) bool {
	return s.flags.Load()&flagOverflow != 0 && (overflow.list.Ready() || overflow.waiting()) // Ready costs less
}

// overflowWaiting reports whether any overflow queue has an item.
func (s *Scheduler[T]) overflowWaiting() bool {
	for i := range s.rings {
		if s.rings[i].overflow.waiting() {
			return true
		}
	}
	return false
}

// raiseOverflow makes workers poll the overflow queues.
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
	if s.overflowWaiting() { // a pusher may have seen the flag still set
		s.raiseOverflow()
	}
}

// nextOverflow returns the first overflow queue from i on, in a circle, that has an
// item. It returns i if none has, or if queues[i] is no overflow queue.
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
	return i // none has one: the loop came round
}

// isLong reports whether an overflow queue has more items than a worker runs before
// it polls elsewhere.
func (q *queue[T]) isLong() bool { return q.Len() > fairnessInterval }

// switchToOverflow makes the worker take from its own overflow queue next, if an item
// is there.
func (w *Worker[T]) switchToOverflow() {
	s := w.s
	if s.flags.Load()&flagOverflow != 0 && w.last != w.home.overflow && w.home.overflow.list.Ready() {
		w.lastIdx, w.last = len(s.primary)+s.homeOf(w.slot), w.home.overflow
	}
}

// staysAtOverflow is asked when it is time to poll elsewhere. It reports true if the
// worker had better stay at its overflow queue, because that is long: an item from
// elsewhere could submit more items than run until the next such poll, without end.
// The worker leaves only if the queue did not get shorter in fairnessInterval stays.
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
