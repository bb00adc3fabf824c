package pheap

import "math/bits"

// A key says which of two items goes first.
type key struct {
	rank uint64 // the priority, moved so that it orders as an unsigned number
	age  uint64 // the position in the sequence of all pushes
}

// ageStep is the distance of two positions in that sequence. It leaves two bits
// free in a word that holds one. Positions wrap with the word, so they are compared
// by their difference.
const ageStep = 4

func rankOf(priority int) uint64 { return uint64(int64(priority)) ^ 1<<63 }

// before reports whether the item of key k goes before that of o, of two items in
// a heap with the given aging.
func (k key) before(o key, aging uint64) bool {
	if aging != 0 {
		return k.beforeAged(o, aging)
	}
	return k.rank > o.rank || k.rank == o.rank && k.older(o)
}

func (k key) older(o key) bool { return int64(k.age-o.age) < 0 }

func (k key) beforeAged(o key, aging uint64) bool {
	if k.older(o) {
		return !o.overtakes(k, aging)
	}
	return k.overtakes(o, aging)
}

// overtakes reports whether the item of key k goes before that of o, pushed before
// it: that is where the difference of priorities, times aging, is more than the
// distance of the two pushes. That orders all items as priority × aging - position
// does, in numbers that cannot overflow.
func (k key) overtakes(o key, aging uint64) bool {
	if k.rank <= o.rank {
		return false
	}
	hi, lo := bits.Mul64(k.rank-o.rank, aging)
	return hi > 0 || lo > (k.age-o.age)/ageStep
}
