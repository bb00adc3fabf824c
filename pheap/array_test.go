package pheap

import "testing"

// An array is cut in half when a quarter full and not before, and never below what it
// keeps.
func TestArrayIsCutWhenAQuarterFull(t *testing.T) {
	var a array[int]
	fill := func(n int) {
		for i := len(a.items); i < n; i++ {
			a.push(item[int]{key{rank: uint64(i)}, i})
		}
	}
	drain := func(n int) {
		for len(a.items) > n {
			a.pop()
		}
	}
	want := func(what string, room int) {
		t.Helper()
		if got := cap(a.items); got != room {
			t.Errorf("%s: room for %d, want %d", what, got, room)
		}
	}
	fill(4 * keptItems)
	want("full", 4*keptItems)
	drain(keptItems + 1)
	want("one more than a quarter", 4*keptItems)
	drain(keptItems)
	want("a quarter", 2*keptItems)
	drain(0)
	want("empty", keptItems)
}
