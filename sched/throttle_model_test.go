//go:build model

package sched

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Goal: Join says so only when no timer is left, wherever Halt was put aside.
//
// Method: one worker, which set the timer, and leaves as soon as it may.
func TestHaltPutAsideHidesNoTimer(t *testing.T) {
	for k := 1; k <= 30; k++ {
		s, workers := workersOf(1)
		s.cfg.Pacer = newBudget(0, 0)
		s.TrySubmit(1)
		w := workers[0]
		w.searching = s.startSearching()
		w.search()
		s.Close()
		interrupt(s.Halt, map[int]func(){k: func() {
			if s.workers.leaveIfOver() && s.isTerminated() && s.throttle.wait.Load() != nil {
				t.Errorf("put aside at step %d: all is said to be gone, and a timer is set", k)
			}
		}})
		require.Nil(t, s.throttle.wait.Load(), "put aside at step %d: a timer is left after Halt", k)
	}
}
