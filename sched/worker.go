package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/random"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
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

func (w *Worker[T]) setBusy(busy bool) {
	if w.busy.Load() == busy {
		return
	}
	w.busy.Store(busy)
	if shift := w.s.cfg.OnBusyChange; shift != nil {
		shift(w, busy)
	}
}
