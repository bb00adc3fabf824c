package sched

import "testing"

// Goal: patience grows while it gathers much, shrinks while it does not, and stays
// within its bounds.
func TestPatienceFollowsWhatItGathers(t *testing.T) {
	follow := func(patience uint32, gathered int) uint32 {
		for range 20 {
			patience = adapt(patience, gathered)
		}
		return patience
	}
	const enough = maxPatience/worthwhile + 1
	for _, c := range []struct {
		from     uint32
		gathered int
		to       uint32
	}{
		{minPatience, 1024, maxPatience},
		{minPatience, enough, maxPatience},
		{maxPatience, enough, maxPatience},
		{maxPatience, 0, minPatience},
	} {
		if got := follow(c.from, c.gathered); got != c.to {
			t.Errorf("from %d, gathering %d each time: %d, want %d", c.from, c.gathered, got, c.to)
		}
	}
}
