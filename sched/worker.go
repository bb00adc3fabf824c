package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/random"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// searchRounds is how often a searching worker looks at all queues again before it parks,
// if items come seldom.
const (
	searchRounds = 16
	pauseEvery   = 8  // of these looks the worker lets others run
	spinTurns    = 50 // between two other looks: ns
)

// A Worker is one goroutine that runs items, or rather the slot it fills: when
// one ends the next to take the slot goes on with its counters.
//
// Its methods may only be called by its own goroutine, inside Run, Crashed or
// OnWorkerStart.
type Worker[T any] struct {
	// Local is for the user of the Scheduler. OnWorkerStart may set it.
	Local any

	s          *Scheduler[T]
	slot       int
	parker     *threads.Parker
	searching  bool      // counted so in the idle word
	leaving    bool      // no longer counted as alive; its goroutine is to end
	lastIdx    int       // the queue that had an item last
	last       *queue[T] // the same
	home       *queue[T] // the ring for what its items submit; never changes
	spinBudget uint32    // how long it spins where there is no item
	taken      uint      // items since it last looked elsewhere first, or stayed
	stays      uint      // how often it stayed at an overflow queue instead
	lastLen    int       // how many items that had some stays ago, 0 if that does not matter
	age        uint64    // of the item in hand, as the source told
	permit     permit
	random     random.Source

	// retired and parkedIn are handed to and fro with the stack of parked
	// workers: the worker writes before it is pushed and reads after it was
	// unparked, the reaper in between.
	retired  bool   // by the reaper: woken to leave, not to search
	parkedIn uint64 // the reaper's period

	// Written by this worker.
	settled tally
	busy    atomics.Bool   // at items
	below   atomics.Uint32 // the slot parked before this one plus 1, or 0
	depth   atomics.Uint32 // how many were parked, this one included
	parks   atomics.Uint64
	steals  atomics.Uint64
	_       cacheline.Pad
}

func newWorker[T any](s *Scheduler[T], slot int) *Worker[T] {
	at := s.homeOf(slot)
	return &Worker[T]{
		s:          s,
		slot:       slot,
		spinBudget: minSpin,
		parker:     threads.NewParker(),
		lastIdx:    at,
		last:       &s.rings[at],
		home:       &s.rings[at],
		random:     random.NewSource(uint64(slot)),
	}
}

// homeOf returns which of the rings is home to the worker of a slot.
func (s *Scheduler[T]) homeOf(slot int) int { return slot % len(s.rings) }

// Slot returns the number of the worker's slot, 0 for the first.
func (w *Worker[T]) Slot() int { return w.slot }

// Settle counts an accepted item as settled.
func (w *Worker[T]) Settle(o Outcome) {
	count := &w.settled.count[o]
	atomics.StoreRelease(count, count.Load()+1) // nobody else writes it
}

// SubmitNested is Scheduler.SubmitNested for what an item that w runs submits. Any
// goroutine may call it.
func (w *Worker[T]) SubmitNested(v T) Status {
	overflow := w.home.overflow
	switch {
	case w.s.overflowUsed(overflow):
		return w.s.pushOverflow(v, overflow)
	case w.home.offer(v) == ringbuffer.Done:
		w.s.notify()
		return Accepted
	}
	return w.s.submitNested(v, overflow)
}

// Age returns the age of the item in hand, for Scheduler.Return; 0 without a
// Source.
func (w *Worker[T]) Age() uint64 { return w.age }

// main is the worker's goroutine.
func (w *Worker[T]) main() {
	defer w.end()
	if onStart := w.s.cfg.OnWorkerStart; onStart != nil {
		onStart(w)
	}
	for searchedAll := false; ; {
		v, ok := w.find(searchedAll)
		if !ok {
			return
		}
		w.setBusy(true)
		if w.s.cfg.Pacer == nil {
			searchedAll = w.run(v)
		} else {
			w.runOne(v)
		}
	}
}

// end gives the slot back, or to another goroutine if a task ended this one by
// runtime.Goexit.
func (w *Worker[T]) end() {
	if !w.leaving {
		threads.Go(w.main)
		return
	}
	w.leaving = false
	w.s.slots.vacate(w)
	w.s.terminated.check()
}

// run runs v and then whatever it finds without searching, and reports whether it
// looked everywhere in vain. A panic ends it early: that makes one deferred call do for
// many items.
func (w *Worker[T]) run(v T) (searchedAll bool) {
	finished := false
	defer w.afterCrash(&v, &finished)
	s, run := w.s, w.s.cfg.Run
	for {
		if s.flags.Load()&flagRoom != 0 {
			s.blocked.roomMade()
		}
		run(w, v)
		if s.flags.Load()&(flagExcess|flagOverflow) != 0 {
			if w.excess() {
				break
			}
			w.switchToOverflow()
		}
		var status ringbuffer.Status
		if w.taken < fairnessInterval {
			w.taken++
			switch { // as queue.poll, but inlined
			case w.last.ptrs != nil:
				v, status = w.last.ptrs.Poll()
			case w.last.ring != nil:
				v, status = w.last.ring.Poll()
			case w.last.list != nil:
				v, status = w.last.list.Poll()
			default:
				v, w.age, status = w.last.source.Poll()
			}
			if status == ringbuffer.Done {
				continue
			}
			w.spinForRefill()
		}
		if v, status = w.next(); status != ringbuffer.Done {
			searchedAll = true
			break
		}
	}
	finished = true
	return searchedAll
}

// runOne runs v: the next item needs a permit first.
func (w *Worker[T]) runOne(v T) {
	finished := false
	defer w.afterCrash(&v, &finished)
	if w.s.flags.Load()&flagRoom != 0 {
		w.s.blocked.roomMade()
	}
	w.s.cfg.Run(w, v)
	finished = true
}

// afterCrash is deferred by run and runOne.
func (w *Worker[T]) afterCrash(v *T, finished *bool) {
	if !*finished {
		w.s.cfg.Crashed(w, *v, recover())
	}
}

// excess reports whether there are too many workers, for which it looks only if
// there was a call. A worker asks before it takes an item: the one it has taken it
// runs.
func (w *Worker[T]) excess() bool {
	s := w.s
	flags := s.flags.Load()
	if flags&flagExcess == 0 {
		return false
	}
	if s.workers.over() {
		return true
	}
	s.flags.CompareAndSwap(flags, flags&^flagExcess) // fails if there was another call since
	return false
}

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

// mayLeave reports whether the worker is one too many; it is then no longer
// counted as alive, nor as searching.
func (w *Worker[T]) mayLeave() bool {
	if !w.s.workers.leaveIfOver() {
		return false
	}
	w.leaving = true
	if w.searching {
		w.searching = false
		w.s.stopSearching()
	}
	return true
}

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

// spinForItem looks at all queues again and again, for as long as that is worth it.
func (w *Worker[T]) spinForItem() (v T, ok bool) {
	spinner, ok := w.s.gap.tryStart()
	if !ok {
		return v, false
	}
	defer spinner.end()
	for !w.excess() {
		v, status := w.take()
		switch {
		case status == ringbuffer.Done:
			w.s.gap.end()
			return v, true
		case status == ringbuffer.Busy:
			threads.Pause()
		case !spinner.spin():
			return v, false
		}
	}
	return v, false
}

func (w *Worker[T]) setBusy(busy bool) {
	if w.busy.Load() == busy {
		return
	}
	w.busy.Store(busy)
	if shift := w.s.cfg.OnBusyChange; shift != nil {
		shift(w, busy)
	}
}
