package sched

import (
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// fairnessInterval is how many items a worker takes before it starts its look for
// the next one at another queue than usual, so that nothing waits for ever behind
// others. 61 is what Go's own scheduler takes: no task pattern keeps step with a
// prime.
const fairnessInterval = 61

// spinForRefill is called where the queue that had an item last has none. It lets items gather
// there for a while, if they come from outside.
func (w *Worker[T]) spinForRefill() {
	if w.s.spins && !w.s.isOverflow(w.lastIdx) {
		threads.Spin(int(w.spinBudget))
		w.spinBudget = nextSpin(w.spinBudget, w.last.len())
	}
}

// next takes an item from the first queue that has one, beginning with the one that
// had one last, and at times at random. The overflow queues of others come last.
func (w *Worker[T]) next() (v T, status ringbuffer.Status) {
	s := w.s
	queues, i := s.primary, w.lastIdx
	called := s.flags.Load()&flagOverflow != 0
	if called {
		queues = s.queues
	}
	w.taken++
	if w.taken > fairnessInterval {
		w.taken = 0
		if !w.staysAtOverflow() {
			i = s.nextOverflow(w.random.IntN(len(queues)))
		}
		if called {
			s.lowerOverflow() // others may have taken the last
		}
	}
	status = ringbuffer.Empty
	if s.isOverflow(i) {
		if v, status = w.takeFrom(i); status == ringbuffer.Done {
			return v, status
		}
		i = s.homeOf(w.slot)
	}
	for k := range queues {
		if k >= len(s.primary) {
			i = k
		}
		v, answer := w.takeFrom(i)
		switch answer {
		case ringbuffer.Done:
			return v, answer
		case ringbuffer.Busy:
			status = answer
		}
		if i++; i == len(s.primary) {
			i = 0
		}
	}
	if called {
		s.lowerOverflow()
	}
	return v, status
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

// takeFrom takes an item from the queue of that index, and notes that it had one. An overflow queue
// of others that has few it leaves to them, but for this one.
func (w *Worker[T]) takeFrom(i int) (v T, status ringbuffer.Status) {
	from := &w.s.queues[i]
	v, age, status := from.poll()
	if status != ringbuffer.Done {
		return v, status
	}
	w.age = age
	if i != w.lastIdx {
		w.steals.Add(1)
		if !w.s.isOverflow(i) || from == w.home.overflow || from.isLong() {
			w.lastIdx, w.last = i, from
		}
	}
	return v, status
}

// isLong reports whether an overflow queue has more items than run before a worker looks elsewhere.
func (q *queue[T]) isLong() bool { return q.len() > fairnessInterval }

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
	if n := w.last.len(); w.lastLen == 0 || n < w.lastLen {
		w.lastLen = n
		return true
	}
	w.lastLen = 0 // it may get longer now
	return false
}
