//go:build model

package sched

import (
	"flag"
	"slices"
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

// pair returns a scheduler of items 0, which wait inside Run for an item 1, and
// others, which do not.
func pair(e *explorer, workers int) *Scheduler[int] { return pacedPair(e, workers, nil) }

func pacedPair(e *explorer, workers int, pacer Pacer) *Scheduler[int] {
	b := threads.NewParker()
	s := New(perhapsShelf(e, Config[int]{Workers: workers, Capacity: 4, Rings: 1 + e.Choose(2), Pacer: pacer, Run: func(w *Worker[int], v int) {
		switch v {
		case 0:
			b.Park(nil)
		case 1:
			b.Unpark()
		}
		w.Settle(Completed)
	}}))
	s.maxSearching = 1 + e.Choose(2)
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
		s := pair(e, 2)
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
		s := pair(e, 1+e.Choose(3))
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

// Goal: once Resize returned, no worker takes another item while as many as wanted
// are running; once Join returned, nothing of the user's is called.
//
// Method: a worker may start the one item it had decided on before Resize
// returned, so only its second since then is held against it.
func TestExploreShrinkStartsNone(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		wanted, running, gone := 3, 0, false
		started := map[int]int{} // by slot, since the last Resize
		s := New(Config[int]{
			Workers: wanted, Capacity: 8, Rings: 1,
			Run: func(w *Worker[int], v int) {
				if running >= wanted && started[w.Slot()] > 0 {
					e.fail("item %d starts beside %d others, %d are wanted", v, running, wanted)
				}
				started[w.Slot()]++
				running++
				for range e.Choose(4) {
					threads.Pause()
				}
				running--
				w.Settle(Completed)
			},
			Shift: func(*Worker[int], bool) {
				if gone {
					e.fail("Shift after Join")
				}
			},
		})
		s.searchTurns = 0
		s.Start()
		e.spawn("resizer", func() {
			for range 4 {
				n := 1 + e.Choose(3)
				wanted = max(wanted, n)
				s.Resize(n)
				wanted = n
				clear(started)
			}
		})
		for v := range 8 {
			s.TrySubmit(v)
		}
		finish(s)
		gone = true
		return s
	})
}

// Goal: an accepted item is run or discarded, once, and a refused one never,
// however submitters, those who give up, Close, Halt and Wait meet.
func TestExploreEachItemHasOneEnd(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		const submitters, each = 3, 2
		var ends, accepted [submitters * each]int
		stopped, gone := false, false
		end := func(v int) {
			if gone {
				e.fail("item %d ends after Join", v)
			}
			ends[v]++
		}
		capacity := 1 + e.Choose(2)
		s := New(perhapsShelf(e, Config[int]{Workers: 1 + e.Choose(2), Capacity: capacity, Rings: 1 + e.Choose(capacity)}))
		s.cfg.Run = func(w *Worker[int], v int) { end(v); w.Settle(Completed) }
		s.cfg.Discard = func(v int) { end(v); s.Settle(Dropped) }
		s.cfg.Shift = func(*Worker[int], bool) {
			if gone {
				e.fail("Shift after Join")
			}
		}
		s.searchTurns = 0
		s.Start()
		var left int
		for i := range submitters {
			done := make(chan struct{})
			left++
			e.spawn("submitter", func() {
				defer func() { left-- }()
				for v := i * each; v < (i+1)*each; v++ {
					before := stopped
					var st Status
					if e.Choose(4) == 0 {
						st = s.SubmitNested(v)
					} else {
						st = s.Submit(v, done)
					}
					switch {
					case st == Accepted && before:
						e.fail("item %d was accepted after another was refused", v)
					case st == Accepted:
						accepted[v]++
					case st == Stopped:
						stopped = true
					}
				}
			})
			if e.Choose(2) == 0 {
				left++
				e.spawn("impatience", func() { threads.Pause(); close(done); left-- })
			}
		}
		if e.Choose(2) == 0 {
			left++
			e.spawn("closer", func() { s.Close(); stopped = true; left-- })
		}
		if e.Choose(2) == 0 {
			left++
			e.spawn("evicter", func() {
				if v, ok := s.Evict(); ok {
					ends[v]++ // it is no longer the scheduler's
					s.Settle(Dropped)
				}
				left--
			})
		}
		if e.Choose(2) == 0 {
			s.Wait(nil)
		}
		s.Close()
		stopped = true
		if e.Choose(2) == 0 {
			s.Wait(nil)
		}
		s.Halt()
		s.Join(nil)
		gone = true
		for left > 0 {
			threads.Pause()
		}
		if ends != accepted {
			e.fail("ends %v, accepted %v", ends, accepted)
		}
		return s
	})
}

// Goal: a submitter does not sleep beside a free place, with nobody to come who
// would wake it.
//
// Method: more submitters than places and workers, some of which give up, then
// silence.
func TestExploreBlockedSubmittersGoIn(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		capacity := 1 + e.Choose(3)
		s := New(perhapsShelf(e, Config[int]{Workers: 1 + e.Choose(2), Capacity: capacity, Rings: 1 + e.Choose(capacity), Run: func(w *Worker[int], _ int) {
			w.Settle(Completed)
		}}))
		s.searchTurns = 0
		for range capacity {
			s.TrySubmit(0)
		}
		s.Start()
		left := 0
		for range 4 {
			var done chan struct{}
			if e.Choose(2) == 0 {
				done = make(chan struct{})
				left++
				e.spawn("impatience", func() { threads.Pause(); close(done); left-- })
			}
			left++
			e.spawn("submitter", func() { s.Submit(1, done); left-- })
		}
		s.Wait(nil)
		for left > 0 {
			threads.Pause()
		}
		return finish(s)
	})
}

// Goal: who waited first goes in first, though others take the place it was woken
// for.
func TestExploreBlockedSubmittersKeepTheirOrder(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		const first, second, others = 1, 2, 3
		hold := threads.NewParker()
		var order []int
		s := New(Config[int]{Workers: 1, Capacity: 1, Run: func(w *Worker[int], v int) {
			if v == 0 {
				hold.Park(nil)
			}
			order = append(order, v)
			w.Settle(Completed)
		}})
		s.searchTurns = 0
		s.Start()
		s.TrySubmit(0)
		for s.Active() == 0 {
			threads.Pause()
		}
		s.TrySubmit(others)
		left := 0
		for _, v := range []int{first, second} {
			left++
			e.spawn("submitter", func() { s.Submit(v, nil); left-- })
			for s.blocked.queue.len < v {
				threads.Pause()
			}
		}
		left++
		e.spawn("barger", func() {
			for range 6 {
				s.TrySubmit(others)
			}
			left--
		})
		hold.Unpark()
		for left > 0 {
			threads.Pause()
		}
		s.Wait(nil)
		if i, j := slices.Index(order, first), slices.Index(order, second); i > j {
			e.fail("the order is %v", order)
		}
		return finish(s)
	})
}

// Goal: Full is answered for a full ring, not for one whose slot is about to be
// free.
//
// Method: two take an item each. Once one of them has, there is room.
func TestExploreFullMeansFull(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		s := New(Config[int]{Workers: 1, Capacity: 2, Rings: 1, Run: func(w *Worker[int], _ int) { w.Settle(Completed) }})
		s.TrySubmit(0)
		s.TrySubmit(1)
		left := 1
		evict := func() {
			if _, ok := s.Evict(); ok {
				s.Settle(Dropped)
			}
		}
		e.spawn("evicter", func() { evict(); left-- })
		evict()
		if e.Choose(2) == 0 {
			if st := s.TrySubmit(2); st != Accepted {
				e.fail("TrySubmit = %d after a place was made", st)
			}
		} else if n, st := s.TrySubmitBatch([]int{2}); n != 1 {
			e.fail("TrySubmitBatch = %d, %d after a place was made", n, st)
		}
		for left > 0 {
			threads.Pause()
		}
		s.Start()
		s.Wait(nil)
		return finish(s)
	})
}
