package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/random"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// A Worker is a goroutine that runs items, and the slot that it fills: when the
// goroutine ends, the next one in the slot keeps its counters.
//
// Only its own goroutine may call its methods, inside Run, Crashed or OnWorkerStart,
// unless they say otherwise.
type Worker[T any] struct {
	// Local is for the user of the Scheduler. OnWorkerStart may set it.
	Local any

	s          *Scheduler[T]
	slot       int
	parker     *threads.Parker
	searching  bool      // counted as searching in the idle word
	leaving    bool      // no longer counted as alive; the goroutine is about to end
	lastIdx    int       // index of last among the queues
	last       *queue[T] // the queue that last had an item
	home       *queue[T] // the ring for nested items; never changes
	spinBudget uint32    // turns of threads.Spin before it polls other queues
	taken      uint      // items since the last random poll, or stay
	stays      uint      // how often it stayed at an overflow queue instead
	lastLen    int       // length of the overflow queue some stays ago; 0 if unknown
	age        uint64    // of the current item, from the source
	permit     permit
	random     random.Source

	// retired and parkedIn move back and forth with the stack of parked workers. The
	// worker writes them before it is pushed and reads them after it was unparked; the
	// reaper owns them in between.
	retired  bool   // set by the reaper: woken to leave, not to search
	parkedIn uint64 // the reaper's period

	// Written by this worker, read by all.
	settled tally
	busy    atomics.Bool   // running items
	below   atomics.Uint32 // slot of the worker parked before this one plus 1, or 0
	depth   atomics.Uint32 // number of parked workers when it parked, itself included
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

// homeOf returns the index of a slot's home ring.
func (s *Scheduler[T]) homeOf(slot int) int { return slot % len(s.rings) }

// Slot returns the number of the worker's slot, from 0.
func (w *Worker[T]) Slot() int { return w.slot }

// Age returns the age of the current item, for Scheduler.Return; 0 without a Source.
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

// end gives the slot back, or to another goroutine if an item ended this one by
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

// run runs v and then all it finds without searching. It reports whether it polled all
// queues in vain. A panic ends it early, so that one deferred call serves many items.
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

// runOne runs v alone: the next item needs a permit first.
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
	if onChange := w.s.cfg.OnBusyChange; onChange != nil {
		onChange(w, busy)
	}
}
