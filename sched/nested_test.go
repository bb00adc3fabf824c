package sched

import "testing"

// Goal: what an item submits stays behind what is in the overflow queue, though the ring of its
// worker has room again.
func TestNestedItemsOfAWorkerStayBehindTheOverflow(t *testing.T) {
	s := New(Config[int]{Workers: 1, Capacity: 1})
	s.workers.join()
	w := s.slots.occupy(s)
	for v := range 2 {
		must(t, w.SubmitNested(v)) // one in the ring, one in the overflow queue
	}
	if _, ok := s.Evict(); !ok {
		t.Fatal("no item in the ring")
	}
	must(t, w.SubmitNested(2))
	if ring, overflow := s.rings[0].len(), s.rings[0].overflow.len(); ring != 0 || overflow != 2 {
		t.Errorf("%d items in the ring and %d in the overflow queue, want 0 and 2", ring, overflow)
	}
}

// Goal: what an item submits wakes a worker, since its own may run that item for long.
func TestNestedItemOfAWorkerWakesAnother(t *testing.T) {
	s := New(Config[int]{Workers: 2, Capacity: 2})
	s.workers.join()
	s.workers.join()
	w := s.slots.occupy(s)
	s.pushParked(s.slots.occupy(s), false)
	must(t, w.SubmitNested(1))
	if st := s.idle.load(); s.parked(st) != 0 || st.searching() != 1 {
		t.Errorf("%d parked, %d searching, want 0 and 1", s.parked(st), st.searching())
	}
}
