package sched

import (
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// find returns the next item, having searched or parked for it, or reports false if the
// worker is to leave. With searchedAll it does not poll the queues before it searches.
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
			s.ensureSearcher() // the others may be busy since, and none was spawned while w counted
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

const (
	searchRounds = 16 // polls of all queues before a worker parks, if arrivals are rare
	pauseEvery   = 8  // polls between two yields to other goroutines
	spinTurns    = 50 // turns between two other polls, about 1 ns each
)

// search polls all queues searchRounds times. Every pauseEvery polls it yields to other
// goroutines, which may be ready to submit. Polls that found a source busy do not count:
// the holder may be about to run a long item, and wakes nobody.
func (w *Worker[T]) search() (v T, ok bool) {
	s := w.s
	for round := 0; !w.excess(); round++ {
		v, status := w.take()
		switch {
		case status == ringbuffer.Done:
			if round > 1 {
				s.gap.end()
			}
			return v, true
		case w.permit.denied != 0:
			w.awaitPermit()
			return v, false
		case status == ringbuffer.Busy:
			round--
			threads.Pause()
			continue
		case round == s.searchRounds:
			return v, false
		case round == 1: // not sooner: immediate arrivals are not worth reading the clock
			s.gap.begin()
		}
		if round%pauseEvery == 0 {
			threads.Pause()
		} else {
			threads.Spin(spinTurns)
		}
	}
	return v, false
}

// next takes an item from the first queue that has one, beginning with the last one,
// and at intervals with a random one. Foreign overflow queues come last.
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
			s.lowerOverflow() // others may have taken the last item
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

// fairnessInterval is how many items a worker takes before its next poll begins at a
// random queue, so that nothing waits forever behind others. Go's scheduler uses 61 too:
// no task pattern keeps step with a prime.
const fairnessInterval = 61

// takeFrom takes an item from queues[i] and makes that queue the last one. A foreign
// overflow queue becomes the last one only if it is long.
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

// spinForRefill is called when the last queue has no item. It spins while items
// accumulate there, if they are external.
func (w *Worker[T]) spinForRefill() {
	if w.s.spins && !w.s.isOverflow(w.lastIdx) {
		threads.Spin(int(w.spinBudget))
		w.spinBudget = nextSpin(w.spinBudget, w.last.Len())
	}
}
