package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A reaper lets workers go that were parked for long. It is one timer, which
// runs while more than one worker is parked.
//
// Workers are woken last parked first, so under steady light load those at the
// bottom of the stack sleep on; the reaper takes them out however busy the top
// is.
type reaper struct {
	armed  atomics.Bool // a timer is set, or firing
	timer  atomics.Pointer[threads.Timer]
	period atomics.Uint64 // counts the firings
}

// armReaper sets the timer unless it is set. It is called after a worker was put
// on the stack; reap clears armed and then looks at the stack.
func (s *Scheduler[T]) armReaper() {
	if s.reaper.armed.Load() || !s.reaper.armed.CompareAndSwap(false, true) {
		return
	}
	s.setReaper()
}

func (s *Scheduler[T]) setReaper() {
	s.reaper.timer.Store(threads.AfterFunc(s.cfg.IdleTimeout, s.reap))
	if s.crew.halted() {
		s.disarmReaper() // Halt may have looked for the timer before it was there
	}
}

// disarmReaper stops the timer if it has not fired.
func (s *Scheduler[T]) disarmReaper() {
	if t := s.reaper.timer.Swap(nil); t != nil && t.Stop() {
		s.reaper.armed.Store(false)
		s.gone.check()
	}
}

// reap lets go the workers that have been parked for a whole period. It counts
// as a searching worker while the stack is in its hands: a submitter that comes
// meanwhile leaves its item to the last look in stopSearching.
func (s *Scheduler[T]) reap() {
	now := s.reaper.period.Add(1)
	parked := s.takeParked()
	stay := parked[:0]
	for i, w := range parked {
		if i > 0 && w.parkedIn+1 < now {
			w.retired = true
			w.parker.Unpark()
		} else {
			stay = append(stay, w)
		}
	}
	for i := len(stay) - 1; i >= 0; i-- {
		s.pushParked(stay[i], false)
	}
	s.stopSearching()
	for s.crew.over() && s.wakeAny() { // Resize or Halt may have missed those in hand
	}

	if len(stay) > 1 {
		s.setReaper()
		return
	}
	s.reaper.armed.Store(false)
	if s.severalParked() {
		s.armReaper()
	}
	s.gone.check()
}

// takeParked empties the stack, and returns what was on it from the top down.
func (s *Scheduler[T]) takeParked() []*Worker[T] {
	st := s.idle.load()
	for !s.idle.swap(st, st.withTop(0).searcher(1)) {
		st = s.idle.load()
	}
	var parked []*Worker[T]
	all := s.roster.all()
	for top := st.top(); top != 0; {
		w := all[top-1]
		parked = append(parked, w)
		top = int(w.below.Load())
	}
	return parked
}

// severalParked reports whether more than one worker is parked.
func (s *Scheduler[T]) severalParked() bool {
	top := s.idle.load().top()
	return top != 0 && s.roster.all()[top-1].below.Load() != 0
}
