package pool_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/pool"
)

func TestRunStateMovesFromOneStateOnly(t *testing.T) {
	states := []uint32{pool.NotStarted, pool.CalledOff, pool.NeverRan, pool.Started, pool.Late, pool.Over}
	for _, at := range states {
		for _, from := range states {
			for _, to := range states {
				var s pool.RunState
				s.SetRun(7)
				s.Move(pool.NotStarted, at)
				if moved := s.Move(from, to); moved != (from == at) || moved && s.State() != to || !moved && s.State() != at || s.Run() != 7 {
					t.Errorf("at %d, from %d to %d: %v, at %d of run %d", at, from, to, moved, s.State(), s.Run())
				}
			}
		}
	}
}

// Goal: a step meant for one run does not affect another.
func TestRunStateMoveInIsForOneRun(t *testing.T) {
	for _, run := range []uint32{0, 1, 1<<29 - 1} {
		var s pool.RunState
		s.SetRun(run)
		s.Move(pool.NotStarted, pool.Started)
		for _, other := range []uint32{run + 1, run - 1} {
			assert.False(t, s.MoveIn(other, pool.Started, pool.Over), "run %d was taken for %d", run, other)
		}
		if s.MoveIn(run, pool.NotStarted, pool.Over) || !s.MoveIn(run, pool.Started, pool.Over) || s.State() != pool.Over {
			t.Errorf("at %d of run %d", s.State(), s.Run())
		}
		s.Again()
		assert.Equal(t, uint32(pool.NotStarted), s.State())
		assert.NotEqual(t, run, s.Run())
		assert.False(t, s.MoveIn(run, pool.NotStarted, pool.Over))
	}
}

// Goal: the number of a run may wrap without changing the state.
func TestRunStateRunWraps(t *testing.T) {
	var s pool.RunState
	s.SetRun(1<<29 - 1)
	s.Move(pool.NotStarted, pool.Over)
	s.Again()
	assert.Zero(t, s.Run())
	assert.Equal(t, uint32(pool.NotStarted), s.State())
}

func TestRunStateNeverRuns(t *testing.T) {
	for state, want := range map[uint32]bool{
		pool.NotStarted: false, pool.CalledOff: true, pool.NeverRan: true, pool.Started: false, pool.Late: false, pool.Over: false,
	} {
		var s pool.RunState
		s.Move(pool.NotStarted, state)
		assert.Equal(t, want, s.NeverRuns(), "at %d", state)
		s.Skip()
		assert.True(t, s.NeverRuns(), "skipped at %d", state)
		assert.Equal(t, uint32(pool.NeverRan), s.State(), "skipped at %d", state)
	}
}

// Goal: one of many goroutines that take the same step succeeds.
func TestRunStateOneTakesTheStep(t *testing.T) {
	var s pool.RunState
	for run := range uint32(rounds(5_000)) {
		var taken tally
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				moved := i%2 == 0 && s.Move(pool.NotStarted, pool.Over) || i%2 == 1 && s.MoveIn(run, pool.NotStarted, pool.Over)
				if moved {
					taken.n.Add(1)
				}
			})
		}
		all.Wait()
		taken.want(t, 1)
		s.Again()
	}
}
