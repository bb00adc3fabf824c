package sched

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/threads"
)

// Goal: a submitter yields to the worker that it woke if all others sleep, and does not
// if one is awake, or if it woke nobody.
//
// Method: a handover that costs too much is not tried, and its cost then shows that it
// was asked for.
func TestSubmitterHandsOverWhereAllSleep(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for _, c := range []struct {
		name          string
		alive, parked int
		want          bool
	}{
		{"all sleep", 2, 2, true},
		{"one is awake", 2, 1, false},
		{"nobody sleeps", 2, 0, false},
	} {
		s := New(Config[int]{Workers: c.alive})
		for i := range c.alive {
			s.workers.join()
			if w := s.slots.occupy(s); i < c.parked {
				s.pushParked(w, false)
			}
		}
		s.handover.cost.Store(int64(2 * maxHandoverCost))
		require.True(t, s.TryFast(1), "%s: refused", c.name)
		assert.Equal(t, c.want, s.handover.cost.Load() < int64(2*maxHandoverCost), "%s: asked for a handover", c.name)
	}
}

// Goal: a submitter yields while that costs little, and otherwise keeps its processor and tries
// again later.
func TestHandoverStopsIfItCosts(t *testing.T) {
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
			then := time.Duration(h.cost.Load())
			assert.Equal(t, c.then, then, "on: %v, cost %v: then %v", c.on, c.cost, then)
		}
	})
}

// Goal: a submitter that yields lets the worker run on its processor.
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
		assert.Equal(t, want, with.handover.on, "%d processors", procs)
		assert.False(t, without.handover.on, "%d processors", procs)
	}
}
