package pheap

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

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
		got := cap(a.items)
		assert.Equal(t, room, got, "%s: room for %d", what, got)
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
