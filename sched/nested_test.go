package sched

import "testing"

// Goal: what an item submits stays behind what is in the lane, though the ring of its
// worker has room again.
func TestNestedItemsOfAWorkerStayBehindTheLane(t *testing.T) {
	s := New(Config[int]{Workers: 1, Capacity: 1})
	s.crew.join()
	w := s.roster.enter(s)
	for v := range 2 {
		must(t, w.SubmitNested(v)) // one in the ring, one in the lane
	}
	if _, ok := s.Evict(); !ok {
		t.Fatal("no item in the ring")
	}
	must(t, w.SubmitNested(2))
	if ring, lane := s.rings[0].len(), s.rings[0].lane.len(); ring != 0 || lane != 2 {
		t.Errorf("%d items in the ring and %d in the lane, want 0 and 2", ring, lane)
	}
}

// Goal: what an item submits wakes a worker, since its own may run that item for long.
func TestNestedItemOfAWorkerWakesAnother(t *testing.T) {
	s := New(Config[int]{Workers: 2, Capacity: 2})
	s.crew.join()
	s.crew.join()
	w := s.roster.enter(s)
	s.pushParked(s.roster.enter(s), false)
	must(t, w.SubmitNested(1))
	if st := s.idle.load(); s.parked(st) != 0 || st.searching() != 1 {
		t.Errorf("%d parked, %d searching, want 0 and 1", s.parked(st), st.searching())
	}
}
