package pheap

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Once a push has counted what left the heap, none needs to count again until as many have come in.
func TestRoomIsCountedOnce(t *testing.T) {
	h := New[int](Config{Capacity: 2, Shards: 1})
	for i := range 2 {
		h.Offer(i, 0)
	}
	for range 2 {
		h.Poll()
	}
	h.Offer(2, 0)
	got := h.limit.Load()
	assert.Equal(t, uint64(4), got, "limit %d after 2 items have left a heap for 2", got)
}
