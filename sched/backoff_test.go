package sched

import "testing"

// Goal: budget grows while it spins much, shrinks while it does not, and stays
// within its bounds.
func TestSpinBudgetFollowsWhatItGathers(t *testing.T) {
	follow := func(spinBudget uint32, gathered int) uint32 {
		for range 20 {
			spinBudget = nextSpin(spinBudget, gathered)
		}
		return spinBudget
	}
	const enough = maxSpin/spinPerItem + 1
	for _, c := range []struct {
		from     uint32
		gathered int
		to       uint32
	}{
		{minSpin, 1024, maxSpin},
		{minSpin, enough, maxSpin},
		{maxSpin, enough, maxSpin},
		{maxSpin, 0, minSpin},
	} {
		if got := follow(c.from, c.gathered); got != c.to {
			t.Errorf("from %d, gathering %d each time: %d, want %d", c.from, c.gathered, got, c.to)
		}
	}
}
