package sched

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Goal: the spin budget grows while much accumulates, shrinks while little does, and stays
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
		assert.Equal(t, c.to, follow(c.from, c.gathered), "from %d, gathering %d each time", c.from, c.gathered)
	}
}
