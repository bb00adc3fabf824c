package sched

import "testing"

// Goal: a submitter stays with the ring that took its last item until that is
// full, even when there is room again in the one before.
func TestSubmitterStaysWithItsRing(t *testing.T) {
	s := New(Config[int]{Workers: 2, Rings: 2, Capacity: 8})
	lens := func() [2]int { return [2]int{s.rings[0].len(), s.rings[1].len()} }
	submit := func(n int) {
		for range n {
			if st := s.TrySubmit(1); st != Accepted {
				t.Fatalf("TrySubmit = %d", st)
			}
		}
	}
	submit(4)
	first := 0
	if lens()[1] != 0 {
		first = 1
	}
	if l := lens(); l[first] != 4 || l[1-first] != 0 {
		t.Fatalf("four items are in rings of %v", l)
	}
	submit(1)
	s.rings[first].poll()
	submit(3)
	if l := lens(); l[first] != 3 || l[1-first] != 4 {
		t.Errorf("the rings hold %v, and the second of them was in use", l)
	}
	submit(1)
	if st := s.TrySubmit(1); st != Full {
		t.Errorf("TrySubmit = %d with both rings full", st)
	}
}
