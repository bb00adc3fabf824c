package sched

import (
	"runtime"
	"testing"
)

// Goal: a submitter yields to the worker that it woke if all others sleep, and does not
// if one is awake, or if it woke nobody.
//
// Method: a handover that was too dear is not tried, and its cost then shows that it
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
			s.crew.join()
			if w := s.roster.enter(s); i < c.parked {
				s.pushParked(w, false)
			}
		}
		s.handover.cost.Store(int64(2 * dear))
		if !s.Offer(1) {
			t.Fatalf("%s: refused", c.name)
		}
		if got := s.handover.cost.Load() < int64(2*dear); got != c.want {
			t.Errorf("%s: asked for a handover: %v", c.name, got)
		}
	}
}
