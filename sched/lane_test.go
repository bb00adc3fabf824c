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
	if s.lane.len() != 0 {
		t.Error("a nested item went to the lane though it is drained and there is room")
	}
	stop(t, s)
}

// Goal: what an item submits goes to the ring its worker takes from first; if that
// is full, to another; and to none once the scheduler is closed.
func TestNestedItemsGoToTheRingOfTheirWorker(t *testing.T) {
	s := New(Config[int]{Workers: 2, Capacity: 4, Rings: 2})
	s.crew.join()
	s.crew.join()
	first, second := s.roster.enter(s), s.roster.enter(s)
	lengths := func() [3]int { return [3]int{s.rings[0].len(), s.rings[1].len(), s.lane.len()} }
	for _, c := range []struct {
		w    *Worker[int]
		want [3]int
	}{
		{second, [3]int{0, 1, 0}},
		{second, [3]int{0, 2, 0}},
		{second, [3]int{1, 2, 0}},
		{first, [3]int{2, 2, 0}},
		{first, [3]int{2, 2, 1}},
	} {
		must(t, c.w.SubmitNested(1))
		if got := lengths(); got != c.want {
			t.Errorf("items wait in rings and lane: %v, want %v", got, c.want)
		}
	}
	s.Close()
	if status := first.SubmitNested(1); status != Stopped {
		t.Errorf("%v once closed, want Stopped", status)
	}
}
