package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A reaper dismisses workers that were parked for long. It is one timer, which runs while
// more than one worker is parked.
//
// Workers are woken last parked, first woken. Under steady light load those at the bottom
// of the stack sleep on, and the reaper takes them out however busy the top is.
type reaper struct {
	setting atomics.Pointer[reaperSetting] // nil if no timer is set or firing
	period  atomics.Uint64                 // number of firings
}

// A reaperSetting is one setting of the timer. Each has its own, so that a timer that fires
// before it is stored cannot be taken for the next one.
type reaperSetting struct {
	timer atomics.Pointer[threads.Timer]
}

func (r *reaper) armed() bool { return r.setting.Load() != nil }

// armReaper sets the timer unless it is set. It is called after a worker was pushed onto
// the stack; reap clears the setting and then checks the stack.
func (s *Scheduler[T]) armReaper() {
	if s.reaper.armed() {
		return
	}
	if set := new(reaperSetting); s.reaper.setting.CompareAndSwap(nil, set) {
		s.setReaper(set)
	}
}

// setReaper sets the timer of a setting that is stored. By the time the timer is stored it
// may have fired, and another setting may have replaced this one.
func (s *Scheduler[T]) setReaper(set *reaperSetting) {
	set.timer.Store(threads.AfterFunc(s.cfg.IdleTimeout, s.reap))
	if s.workers.halted() {
		s.disarmReaper() // Halt may have checked for the timer before it was there
	}
}

// disarmReaper stops the timer if it has not fired.
func (s *Scheduler[T]) disarmReaper() {
	set := s.reaper.setting.Load()
	if set == nil {
		return
	}
	if t := set.timer.Load(); t != nil && t.Stop() {
		s.reaper.setting.Store(nil)
		s.terminated.check()
	}
}

// reap dismisses the workers that have been parked for a whole period. It counts as a
// searcher while it holds the stack: submitters leave their items meanwhile to the last
// check in stopSearching.
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
	for s.workers.over() && s.wakeOne(false) { // Resize or Halt may have missed those it held
	}

	if len(stay) > 1 {
		next := new(reaperSetting)
		s.reaper.setting.Store(next)
		s.setReaper(next)
		return
	}
	s.reaper.setting.Store(nil)
	if s.multipleParked() {
		s.armReaper()
	}
	s.terminated.check()
}

// takeParked empties the stack and returns what was on it, from the top down.
func (s *Scheduler[T]) takeParked() []*Worker[T] {
	st := s.idle.load()
	for !s.idle.swap(st, st.withTop(0).searcher(1)) {
		st = s.idle.load()
	}
	var parked []*Worker[T]
	all := s.slots.all()
	for top := st.top(); top != 0; {
		w := all[top-1]
		parked = append(parked, w)
		top = int(w.below.Load())
	}
	return parked
}

// multipleParked reports whether more than one worker is parked.
func (s *Scheduler[T]) multipleParked() bool {
	top := s.idle.load().top()
	return top != 0 && s.slots.all()[top-1].below.Load() != 0
}
