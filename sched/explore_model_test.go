//go:build model

package sched

import (
	"flag"
	"testing"

	"github.com/user/millrace/internal/threads"
)

var (
	exploreSeed = flag.Uint64("explore.seed", 0, "explore this seed only")
	exploreRuns = flag.Uint64("explore.runs", 0, "explore so many seeds")
)

// exploreSeeds runs a scenario on the schedules of many seeds. The scenario
// returns its scheduler, which is looked at when all have ended.
func exploreSeeds(t *testing.T, scenario func(e *explorer) *Scheduler[int]) {
	first, last := uint64(1), uint64(2000)
	if testing.Short() {
		last = 300
	}
	if *exploreRuns > 0 {
		last = *exploreRuns
	}
	if *exploreSeed > 0 {
		first, last = *exploreSeed, *exploreSeed
	}
	for seed := first; seed <= last; seed++ {
		var s *Scheduler[int]
		why := explore(seed, func(e *explorer) { s = scenario(e) })
		if why == "" {
			why = invariants(s)
		}
		if why != "" {
			t.Fatalf("seed %d: %s (replay with -explore.seed=%d)", seed, why, seed)
		}
	}
}

// finish stops s and waits till it is gone.
func finish(s *Scheduler[int]) *Scheduler[int] {
	s.Close()
	s.Wait(nil)
	s.Halt()
	s.Join(nil)
	return s
}

// meeting is a scheduler of items 0, which wait inside Run for an item 1, and
// others, which do not.
func meeting(e *explorer, workers int) *Scheduler[int] {
	b := threads.NewParker()
	s := New(Config[int]{Workers: workers, Capacity: 4, Rings: 1 + e.Choose(2), Run: func(w *Worker[int], v int) {
		switch v {
		case 0:
			b.Park(nil)
		case 1:
			b.Unpark()
		}
		w.Settle(Completed)
	}})
	s.searchTurns = e.Choose(2)
	s.Start()
	return s
}

// Goal: an item that can start does, whatever a worker before it does.
//
// Method: A waits for B inside Run. They are submitted at once, again and again
// when the workers are idle, with the reaper at work in between.
func TestExploreItemsThatMeet(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		s := meeting(e, 2)
		for round := range uint64(3) {
			e.spawn("submitter", func() { s.TrySubmit(0) })
			e.spawn("submitter", func() { s.TrySubmit(1) })
			for s.Accepted() < 2*round+2 {
				threads.Pause()
			}
			s.Wait(nil)
		}
		return finish(s)
	})
}

// Goal: the same while the number of workers goes down and up again.
func TestExploreItemsThatMeetAcrossResize(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		s := meeting(e, 1+e.Choose(3))
		for round := range uint64(3) {
			e.spawn("submitter", func() { s.TrySubmit(0) })
			e.spawn("resizer", func() {
				s.Resize(1 + e.Choose(3))
				s.Resize(2)
			})
			e.spawn("submitter", func() { s.TrySubmit(2); s.TrySubmit(1) })
			for s.Accepted() < 3*round+3 {
				threads.Pause()
			}
			s.Wait(nil)
		}
		return finish(s)
	})
}
