package pheap

import "math"

// A key says which of two items goes first: the one of larger rank, of equals the
// older.
type key struct {
	rank uint64 // the priority less what others gained on it, moved so that it orders as an unsigned number
	age  uint64 // the position in the sequence of all pushes
}

// ageStep is the distance of two positions in that sequence. It leaves two bits
// free in a word that holds one. Positions wrap with the word, so they are compared
// by their difference.
const ageStep = 4

// before reports whether the item of key k goes before that of o.
func (k *key) before(o *key) bool {
	return k.rank > o.rank || k.rank == o.rank && int64(k.age-o.age) < 0
}

// keyOf returns the key of an item pushed at the given position. Instead of raising
// those who wait, aging lowers those who come.
func (h *Heap[T]) keyOf(priority int, age uint64) key {
	p := int64(priority)
	if h.aging > 0 {
		gained := int64(h.pushed(age) / h.aging)
		p = max(p, math.MinInt64+gained) - gained
	}
	return key{uint64(p) ^ 1<<63, age}
}
