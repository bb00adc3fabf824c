package pool_test

import (
	"sync"
	"testing"

	"github.com/user/millrace/pool"
)

func TestFateMovesFromOneStateOnly(t *testing.T) {
	states := []uint32{pool.NotStarted, pool.CalledOff, pool.Unrun, pool.Started, pool.Late, pool.Over}
	for _, at := range states {
		for _, from := range states {
			for _, to := range states {
				var f pool.Fate
				f.SetRun(7)
				f.Move(pool.NotStarted, at)
				if moved := f.Move(from, to); moved != (from == at) || moved && f.State() != to || !moved && f.State() != at || f.Run() != 7 {
					t.Errorf("at %d, from %d to %d: %v, at %d of run %d", at, from, to, moved, f.State(), f.Run())
				}
			}
		}
	}
}

// Goal: what is meant for one run does nothing to another.
func TestFateMoveInIsForOneRun(t *testing.T) {
	for _, run := range []uint32{0, 1, 1<<29 - 1} {
		var f pool.Fate
		f.SetRun(run)
		f.Move(pool.NotStarted, pool.Started)
		for _, other := range []uint32{run + 1, run - 1} {
			if f.MoveIn(other, pool.Started, pool.Over) {
				t.Errorf("run %d was taken for %d", run, other)
			}
		}
		if f.MoveIn(run, pool.NotStarted, pool.Over) || !f.MoveIn(run, pool.Started, pool.Over) || f.State() != pool.Over {
			t.Errorf("at %d of run %d", f.State(), f.Run())
		}
		f.Again()
		if f.State() != pool.NotStarted || f.Run() == run || f.MoveIn(run, pool.NotStarted, pool.Over) {
			t.Errorf("at %d of run %d", f.State(), f.Run())
		}
	}
}

// Goal: the number of a run may wrap: the state stays clear of it.
func TestFateRunWraps(t *testing.T) {
	var f pool.Fate
	f.SetRun(1<<29 - 1)
	f.Move(pool.NotStarted, pool.Over)
	f.Again()
	if f.Run() != 0 || f.State() != pool.NotStarted {
		t.Errorf("at %d of run %d", f.State(), f.Run())
	}
}

func TestFateNeverRuns(t *testing.T) {
	for state, want := range map[uint32]bool{
		pool.NotStarted: false, pool.CalledOff: true, pool.Unrun: true, pool.Started: false, pool.Late: false, pool.Over: false,
	} {
		var f pool.Fate
		f.Move(pool.NotStarted, state)
		if f.NeverRuns() != want {
			t.Errorf("at %d: %v", state, !want)
		}
		f.Skip()
		if !f.NeverRuns() || f.State() != pool.Unrun {
			t.Errorf("skipped at %d: at %d", state, f.State())
		}
	}
}

// Goal: of many that take the same step, one does.
func TestFateOneTakesTheStep(t *testing.T) {
	var f pool.Fate
	for run := range uint32(rounds(5_000)) {
		var taken tally
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				moved := i%2 == 0 && f.Move(pool.NotStarted, pool.Over) || i%2 == 1 && f.MoveIn(run, pool.NotStarted, pool.Over)
				if moved {
					taken.n.Add(1)
				}
			})
		}
		all.Wait()
		taken.want(t, 1)
		f.Again()
	}
}
