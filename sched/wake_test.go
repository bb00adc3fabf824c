package sched

import (
	"runtime"
	"testing"
)

// Goal: a submitter yields to the worker that it woke if all others sleep, and does not
// if one is awake, or if it woke nobody.
//
// Method: a handover that was too maxHandoverCost is not tried, and its cost then shows that it
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
		if !s.TryFast(1) {
			t.Fatalf("%s: refused", c.name)
		}
		if got := s.handover.cost.Load() < int64(2*maxHandoverCost); got != c.want {
			t.Errorf("%s: asked for a handover: %v", c.name, got)
		}
	}
}
