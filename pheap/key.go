package pheap

import (
	"math"
	"math/bits"
)

// A key says which of two items goes first: the one with the smaller key, as a number of
// 128 bits with rank as its upper half.
type key struct {
	rank uint64 // 0 for the largest priority; includes aging
	age  uint64 // position in the sequence of all pushes
}

// ageStep is the distance of two positions in that sequence. It leaves two bits free in a
// word that holds one. A century of pushes does not use up the positions.
const ageStep = 4

// before reports whether the item of key k goes before that of o.
func (k *key) before(o *key) bool { return k.smaller(o) != 0 }

// smaller returns 1 if k is smaller than o, otherwise 0. It has no branch: the smaller of
// two keys is unpredictable.
func (k *key) smaller(o *key) uint64 {
	_, borrow := bits.Sub64(k.age, o.age, 0)
	_, borrow = bits.Sub64(k.rank, o.rank, borrow)
	return borrow
}

// keyOf returns the key of an item pushed at the given position. Aging lowers the items
// that come instead of raising those that wait.
func (h *Heap[T]) keyOf(priority int, age uint64) key {
	p := int64(priority)
	if h.aging > 0 {
		gained := int64(age / ageStep / h.aging)
		p = max(p, math.MinInt64+gained) - gained
	}
	return key{^(uint64(p) ^ 1<<63), age}
}
