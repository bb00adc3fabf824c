package pool

import "testing"

// CheckStreamQueue checks that places given up hold nothing, and that places may be
// filled in any order.
func CheckStreamQueue(t *testing.T) {
	var q queue[*int]
	q.init(3)
	for round := range 10 {
		q.push(&round)
		if v, number, ok := q.pop(); !ok || v != &round || number != uint64(round) {
			t.Errorf("pop: %v, %d, %v", v, number, ok)
		}
		for _, place := range q.places {
			if place.v != nil || place.taken {
				t.Error("a place holds an element that was taken")
			}
		}
	}
	q.init(3)
	q.head = 0
	q.put(1, nil)
	if _, _, ok := q.pop(); ok {
		t.Error("the second came first")
	}
	q.put(0, nil)
	for want := range uint64(2) {
		if _, number, ok := q.pop(); !ok || number != want {
			t.Errorf("number %d, want %d", number, want)
		}
	}
}
