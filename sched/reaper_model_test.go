//go:build model

package sched

import (
	"testing"
	"time"
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// workersOf returns a started scheduler with n workers that are nobody's goroutine,
// not parked and not searching.
func workersOf(n int) (*Scheduler[int], []*Worker[int]) {
	s := New(Config[int]{Workers: n, Capacity: 4, rings: 2, IdleTimeout: time.Hour, Discard: func(int) {}})
	s.started.Store(true)
	workers := make([]*Worker[int], n)
	for i := range workers {
		s.workers.join()
		workers[i] = s.slots.occupy(s)
	}
	return s, workers
}

// Goal: Halt leaves no timer, wherever the goroutine that sets it was suspended.
func TestTimerPutAsideWhileHalting(t *testing.T) {
	for k := 1; k <= 20; k++ {
		s, _ := workersOf(2)
		interrupt(s.armReaper, map[int]func(){k: func() { s.Close(); s.Halt() }})
		if s.workers.halted() && s.reaper.armed() {
			t.Fatalf("put aside at step %d: a timer is left after Halt", k)
		}
	}
}

// Goal: the reaper does not forget workers that park while it has the stack.
func TestReaperPutAsideForgetsNobody(t *testing.T) {
	for k := 1; k <= 60; k++ {
		s, workers := workersOf(4)
		park := func(w *Worker[int]) {
			w.parkedIn = s.reaper.period.Load()
			if !s.pushParked(w, false) {
				s.armReaper()
			}
		}
		park(workers[0])
		s.reaper.setting.Store(new(reaperSetting)) // its timer has just fired
		want := 1
		interrupt(s.reap, map[int]func(){k: func() { park(workers[1]); park(workers[2]); want = 3 }})
		if s.multipleParked() && !s.reaper.armed() {
			t.Fatalf("put aside at step %d: several are parked and no timer is set", k)
		}
		n := 0
		for top := s.idle.load().top(); top != 0; top = int(s.slots.all()[top-1].below.Load()) {
			n++
		}
		if n != want || s.idle.load().searching() != 0 {
			t.Fatalf("put aside at step %d: %d parked, want %d; %d count as searching", k, n, want, s.idle.load().searching())
		}
	}
}

// timers counts those that are set; the first fires before its setter goes on.
type timers struct {
	interrupter
	set   map[int]func()
	first bool
}

func (x *timers) Step(hook.Op, unsafe.Pointer) {}

func (x *timers) AfterFunc(_ time.Duration, f func()) func() bool {
	id := len(x.set)
	for x.set[id] != nil {
		id++
	}
	x.set[id] = f
	if !x.first {
		x.first = true
		delete(x.set, id)
		f()
		id = -1
	}
	return func() bool {
		_, ok := x.set[id]
		delete(x.set, id)
		return ok
	}
}

// Goal: Halt stops the running timer, even if the goroutine that set the one before it was
// suspended before it stored that.
func TestTimerStoredLateHidesNoOther(t *testing.T) {
	s, workers := workersOf(3)
	x := &timers{set: map[int]func(){}}
	hook.Current = x
	for _, w := range workers {
		s.pushParked(w, false)
	}
	s.armReaper() // it fires at once, and sets another: three are parked
	s.Close()
	s.Halt()
	hook.Current = nil
	if len(x.set) != 0 || s.reaper.armed() {
		t.Errorf("%d timers run after Halt, armed: %t", len(x.set), s.reaper.armed())
	}
}
