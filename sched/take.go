package sched

import (
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// find returns the next item, having searched or slept for it, or reports false
// if the worker is to leave. Where it looked everywhere just now, it searches at once.
func (w *Worker[T]) find(searchedAll bool) (v T, ok bool) {
	s := w.s
	if !searchedAll && !w.searching && !w.excess() {
		if v, status := w.take(); status == ringbuffer.Done {
			return v, true
		}
	}
	for {
		if !w.searching {
			w.searching = s.startSearching()
		}
		if w.searching {
			if v, ok = w.search(); ok {
				return v, w.found()
			}
		}
		if w.permit.held {
			w.returnPermit()
		}
		w.setBusy(false)
		s.quiet.check()
		if w.searching {
			if v, ok = w.spinForItem(); ok {
				return v, w.found()
			}
		}
		if w.mayLeave() {
			return v, false
		}
		w.park()
		if w.retired {
			w.retired = false
			w.leaving = true
			s.workers.leave()
			s.ensureSearcher() // the others may all be busy since, and none was spawned while w counted
			return v, false
		}
	}
}

// found ends a search that found an item.
func (w *Worker[T]) found() bool {
	w.searching = false
	w.s.stopSearching()
	return true
}

// searchRounds is how often a searching worker looks at all queues again before it parks,
// if items come seldom.
const (
	searchRounds = 16
	pauseEvery   = 8  // of these looks the worker lets others run
	spinTurns    = 50 // between two other looks: ns
)

// search looks at all queues a number of times. Now and then it lets others run, who may
// have been made ready to submit. Looks that found a source busy do not count: who
// holds it may be about to run a long item, and wakes nobody.
func (w *Worker[T]) search() (v T, ok bool) {
	s := w.s
	for turn := 0; !w.excess(); turn++ {
		v, status := w.take()
		switch {
		case status == ringbuffer.Done:
			if turn > 1 {
				s.gap.end()
			}
			return v, true
		case w.permit.denied != 0:
			w.awaitPermit()
			return v, false
		case status == ringbuffer.Busy:
			turn--
			threads.Pause()
			continue
		case turn == s.searchRounds:
			return v, false
		case turn == 1: // not sooner: what comes at once is worth no look at the clock
			s.gap.begin()
		}
		if turn%pauseEvery == 0 {
			threads.Pause()
		} else {
			threads.Spin(spinTurns)
		}
	}
	return v, false
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

// fairnessInterval is how many items a worker takes before it starts its look for
// the next one at another queue than usual, so that nothing waits for ever behind
// others. 61 is what Go's own scheduler takes: no task pattern keeps step with a
// prime.
const fairnessInterval = 61

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

// spinForRefill is called where the queue that had an item last has none. It lets items gather
// there for a while, if they come from outside.
func (w *Worker[T]) spinForRefill() {
	if w.s.spins && !w.s.isOverflow(w.lastIdx) {
		threads.Spin(int(w.spinBudget))
		w.spinBudget = nextSpin(w.spinBudget, w.last.Len())
	}
}
