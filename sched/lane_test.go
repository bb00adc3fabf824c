package sched

import (
	"slices"
	"testing"
)

// Goal: nested items that found no room run before those that wait in the rings, and in
// order, though there be room meanwhile; and then the rings take them again.
func TestLaneComesFirst(t *testing.T) {
	const outside = 100
	var ran []int
	s := New(Config[int]{Workers: 1, Capacity: 2, Run: func(w *Worker[int], v int) {
		ran = append(ran, v)
		w.Settle(Completed)
	}})
	must(t, s.TrySubmit(outside))
	must(t, s.TrySubmit(outside+1))
	must(t, s.SubmitNested(1))
	must(t, s.SubmitNested(2))
	if v, ok := s.Evict(); !ok || v != outside {
		t.Fatalf("evicted %d, %v", v, ok)
	}
	s.Settle(Completed)
	must(t, s.SubmitNested(3)) // there is room, but not for it
	must(t, s.TrySubmit(outside+2))
	s.Start()
	s.Wait(nil)
	if want := []int{outside + 1, 1, 2, 3, outside + 2}; !slices.Equal(ran, want) {
		t.Errorf("ran %v, want %v: a worker begins at its ring", ran, want)
	}
	if s.look.Load()&lookLane != 0 {
		t.Error("the lane is still called for")
	}
	must(t, s.SubmitNested(4))
	if s.rings[0].lane.len() != 0 {
		t.Error("a nested item went to the lane though it is drained and there is room")
	}
	stop(t, s)
}

// Goal: a worker takes from the lane of its own ring first, then from the rings, and from
// the lanes of others when both are empty.
func TestLanesOfOthersComeLast(t *testing.T) {
	var ran []int
	s := New(Config[int]{Workers: 1, Capacity: 4, Rings: 2, Run: func(w *Worker[int], v int) {
		ran = append(ran, v)
		w.Settle(Completed)
	}})
	for i := range 2 {
		s.rings[0].offer(100 + i)
		s.rings[1].offer(200 + i)
	}
	must(t, s.submitNested(1, s.rings[0].lane))
	must(t, s.submitNested(3, s.rings[1].lane))
	must(t, s.submitNested(2, s.rings[0].lane))
	must(t, s.submitNested(4, s.rings[1].lane))
	s.Start()
	s.Wait(nil)
	if want := []int{100, 1, 2, 101, 200, 201, 3, 4}; !slices.Equal(ran, want) {
		t.Errorf("ran %v, want %v: a worker begins at its ring", ran, want)
	}
	stop(t, s)
	if s.look.Load()&lookLane != 0 {
		t.Error("the lanes are still called for")
	}
	if got := s.Steals(); got != 4 {
		t.Errorf("%d steals, want 4: back at a ring, the other ring, and twice from the other lane", got)
	}
}

// Goal: items of a lane whose own workers are all busy do not wait for ever behind those
// that keep the rings of the others full: of a few one goes now and then, and of many all.
func TestLaneOfOthersIsVisited(t *testing.T) {
	for items, most := range map[int]int{elsewhereEvery: 300, 50 * elsewhereEvery: 4} {
		inLane, outside := 0, 0
		var s *Scheduler[int]
		s = New(Config[int]{Workers: 1, Capacity: 16, Rings: 8, Run: func(w *Worker[int], v int) {
			if v == 0 {
				outside++
			} else {
				inLane++
			}
			if inLane < items && outside <= most*items {
				s.rings[0].offer(0)
			}
			w.Settle(Completed)
		}})
		s.rings[0].offer(0)
		for range items {
			must(t, s.pushLane(1, s.rings[5].lane))
		}
		s.Start()
		s.Wait(nil)
		stop(t, s)
		if inLane != items || outside > most*items {
			t.Errorf("%d of %d items in the lane of others ran beside %d others", inLane, items, outside)
		}
	}
}

// Goal: where each item from outside submits many, and there are always such items, those
// that wait do not become more and more.
func TestLanesDoNotPileUp(t *testing.T) {
	for _, children := range []int{elsewhereEvery, 1000, 100 * elsewhereEvery} {
		const parents = 10
		longest, begun := 0, 0
		var s *Scheduler[int]
		s = New(Config[int]{Workers: 1, Capacity: 2, Run: func(w *Worker[int], v int) {
			longest = max(longest, s.Queued())
			if v == 0 {
				begun++
				for range min(2, parents-begun) {
					s.TrySubmit(0)
				}
				for range children {
					must(t, w.SubmitNested(1))
				}
			}
			w.Settle(Completed)
		}})
		must(t, s.TrySubmit(0))
		s.Start()
		s.Wait(nil)
		stop(t, s)
		if limit := 2 + elsewhereEvery + children; begun < parents || longest > limit {
			t.Errorf("%d items wait, want at most %d", longest, limit)
		}
	}
}

// Goal: items that submit themselves, over and over, do not keep out those from outside,
// be they few or many.
func TestLaneDoesNotKeepOthersOut(t *testing.T) {
	const limit = 10 * elsewhereEvery * elsewhereEvery
	for _, loops := range []int{1, 10 * elsewhereEvery} {
		rounds, ended := 0, false
		s := New(Config[int]{Workers: 1, Capacity: 1, Run: func(w *Worker[int], v int) {
			switch {
			case v == 0:
				ended = true
			case !ended && rounds < limit:
				must(t, w.s.pushLane(v, w.home.lane))
				rounds++
				if rounds == 1 {
					must(t, w.s.TrySubmit(0)) // now that the worker is at the lane
				}
			}
			w.Settle(Completed)
		}})
		for range loops {
			must(t, s.pushLane(1, s.rings[0].lane))
		}
		s.Start()
		s.Wait(nil)
		stop(t, s)
		if rounds == limit {
			t.Errorf("%d items submitted themselves %d times before one from outside ran", loops, rounds)
		}
	}
}

// Goal: lanes that others drained are called for no more after a while, though the rings have
// items all the time.
func TestDrainedLanesAreNotCalledFor(t *testing.T) {
	const items = 2 * elsewhereEvery
	calls := 0
	var s *Scheduler[int]
	s = New(Config[int]{Workers: 1, Capacity: items, Run: func(w *Worker[int], v int) {
		if s.look.Load()&lookLane != 0 {
			calls++
		}
		w.Settle(Completed)
	}})
	for v := range items {
		must(t, s.TrySubmit(v))
	}
	s.callToLanes()
	s.Start()
	s.Wait(nil)
	stop(t, s)
	if calls > elsewhereEvery+1 {
		t.Errorf("called for beside %d of %d items", calls, items)
	}
}

// Goal: whoever sees an item in a lane has workers look there, though who pushed it has not
// come to that.
func TestItemInALaneIsCalledFor(t *testing.T) {
	s := New(Config[int]{Workers: 1, Capacity: 1})
	s.rings[0].lane.list.TryPush(1)
	if !s.anyWaiting() || s.look.Load()&lookLane == 0 {
		t.Error("nobody is called to the lane")
	}
}

// Goal: what an item submits goes to the ring its worker takes from first; if that
// is full, to another; where all are, to the lane of that ring; and to none once the
// scheduler is closed.
func TestNestedItemsGoToTheRingOfTheirWorker(t *testing.T) {
	s := New(Config[int]{Workers: 2, Capacity: 4, Rings: 2})
	s.crew.join()
	s.crew.join()
	first, second := s.roster.enter(s), s.roster.enter(s)
	lengths := func() [4]int {
		return [4]int{s.rings[0].len(), s.rings[1].len(), s.rings[0].lane.len(), s.rings[1].lane.len()}
	}
	for _, c := range []struct {
		w    *Worker[int]
		want [4]int
	}{
		{second, [4]int{0, 1, 0, 0}},
		{second, [4]int{0, 2, 0, 0}},
		{second, [4]int{1, 2, 0, 0}},
		{first, [4]int{2, 2, 0, 0}},
		{first, [4]int{2, 2, 1, 0}},
		{second, [4]int{2, 2, 1, 1}},
	} {
		must(t, c.w.SubmitNested(1))
		if got := lengths(); got != c.want {
			t.Errorf("items wait in rings and lanes: %v, want %v", got, c.want)
		}
	}
	s.Close()
	if status := first.SubmitNested(1); status != Stopped {
		t.Errorf("%v once closed, want Stopped", status)
	}
}
