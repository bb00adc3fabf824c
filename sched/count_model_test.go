//go:build model

package sched

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Goal: isQuiet is never true while something is pending throughout, wherever it is suspended and
// whatever is accepted and settled meanwhile.
func TestQuietPutAsideMissesNothingPending(t *testing.T) {
	in := []func(s *Scheduler[int]){
		func(s *Scheduler[int]) { s.TrySubmit(1) },
		func(s *Scheduler[int]) { s.pushOverflow(1, s.rings[0].overflow) },
		func(s *Scheduler[int]) { s.AcceptInline() },
	}
	for first := range in {
		for second := range in {
			for k := 1; k <= 40; k++ {
				s := New(Config[int]{Workers: 1, Capacity: 4, rings: 2})
				w := s.slots.occupy(s)
				in[first](s) // is pending throughout
				var quiet bool
				interrupt(func() { quiet = s.isQuiet() }, map[int]func(){k: func() {
					in[second](s)
					if k%2 == 0 {
						s.Settle(Completed)
					} else {
						w.Settle(Completed)
					}
				}})
				require.False(t, quiet,
					"ways %d, %d: put aside at step %d, isQuiet says yes with an item pending", first, second, k)
				if s.Settle(Completed); !s.isQuiet() && k < 5 {
					t.Fatal("isQuiet says no though all is settled")
				}
			}
		}
	}
}
