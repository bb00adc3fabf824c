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

// Goal: a worker takes from the lane of its own ring first, then from the others', and
// from the rings when all lanes are empty.
func TestLanesComeBeforeRings(t *testing.T) {
	const outside = 100
	var ran []int
	s := New(Config[int]{Workers: 1, Capacity: 4, Rings: 2, Run: func(w *Worker[int], v int) {
		ran = append(ran, v)
		w.Settle(Completed)
	}})
	for v := range 4 {
		must(t, s.TrySubmit(outside+v))
	}
	must(t, s.submitNested(1, s.rings[0].lane))
	must(t, s.submitNested(3, s.rings[1].lane))
	must(t, s.submitNested(2, s.rings[0].lane))
	must(t, s.submitNested(4, s.rings[1].lane))
	s.Start()
	s.Wait(nil)
	if len(ran) != 8 || !slices.Equal(ran[1:5], []int{1, 2, 3, 4}) {
		t.Errorf("ran %v, want 1 to 4 after one from outside", ran)
	}
	if s.look.Load()&lookLane != 0 {
		t.Error("the lanes are still called for")
	}
	if got := s.Steals(); got != 3 {
		t.Errorf("%d steals, want 3: from the other lane, back to a ring, and from the other ring", got)
	}
	stop(t, s)
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
