package sched

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/internal/threads"
)

// Goal: a submitter yields while that costs it little, and where it was maxHandoverCost keeps its
// processor until some time has passed.
func TestHandoverStopsWhereItIsDear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := threads.NewClock()
		for _, c := range []struct {
			on         bool
			cost, then time.Duration // no time passes in a yield here
		}{
			{true, 0, 0},
			{true, maxHandoverCost, maxHandoverCost - maxHandoverCost/4},
			{true, 2 * maxHandoverCost, 2*maxHandoverCost - 2*maxHandoverCost/16}, // as if it had not yielded
			{false, maxHandoverCost, maxHandoverCost},
		} {
			h := handover{on: c.on}
			h.cost.Store(int64(c.cost))
			h.yield(clock)
			if then := time.Duration(h.cost.Load()); then != c.then {
				t.Errorf("on: %v, cost %v: then %v, want %v", c.on, c.cost, then, c.then)
			}
		}
	})
}

// Goal: whoever yields lets others run on its processor.
func TestHandoverLetsTheWorkerRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	h, clock := handover{on: true}, threads.NewClock()
	var ran atomic.Bool
	threads.Go(func() { ran.Store(true) })
	for range 1000 {
		h.cost.Store(0)
		h.yield(clock)
		if ran.Load() {
			return
		}
	}
	t.Error("after 1000 handovers the other goroutine had not run")
}

// Goal: there is a handover on more than one processor, unless the Config says no.
func TestHandoverFollowsTheConfig(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for procs, want := range map[int]bool{1: false, 2: true} {
		runtime.GOMAXPROCS(procs)
		with, without := New(Config[int]{Workers: 1}), New(Config[int]{Workers: 1, NoHandover: true})
		if with.handover.on != want || without.handover.on {
			t.Errorf("%d processors: %v, and %v without", procs, with.handover.on, without.handover.on)
		}
	}
}

// Goal: how many workers are parked is known at any time.
func TestParkedIsTheDepthOfTheStack(t *testing.T) {
	const n = 5
	s := New(Config[int]{Workers: n})
	for parked := range n {
		if got := s.parked(s.idle.load()); got != parked {
			t.Errorf("%d, want %d", got, parked)
		}
		s.workers.join()
		s.pushParked(s.slots.occupy(s), false)
	}
	for parked := n; parked > 0; parked-- {
		if got := s.parked(s.idle.load()); got != parked {
			t.Errorf("%d, want %d", got, parked)
		}
		s.wakeOne(false)
	}
	if got := s.parked(s.idle.load()); got != 0 {
		t.Errorf("%d, want none", got)
	}
}
