package pheap

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/queuetest"
)

// Goal: a store gives out what a sorted list does, its front and its heap keep their
// order, and no item that left it is kept.
//
// Method: runs of pushes and of pops, short and long, of priorities that rise, fall or
// jump, so that the front is filled and spilled, and emptied, time and again.
func TestStoreIsAsASortedList(t *testing.T) {
	seed := queuetest.Seed()
	rng := rand.New(rand.NewPCG(seed, 0))
	for round := range queuetest.Scaled(200) {
		var s store[*int]
		var list []item[*int]
		for age := range uint64(400) {
			if rng.IntN(100) < 30+20*(round%3) {
				rank := []uint64{age, 1000 - age, uint64(rng.IntN(10)), rng.Uint64()}[round/3%4]
				x := item[*int]{key{rank, age}, new(int)}
				s.push(x)
				i, _ := slices.BinarySearchFunc(list, x, func(a, b item[*int]) int {
					return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.age, b.age))
				})
				list = slices.Insert(list, i, x)
			} else if len(list) > 0 {
				if x := s.pop(); x != list[0] {
					t.Fatalf("seed %d: popped %v, want %v", seed, x, list[0])
				}
				list = list[1:]
			}
			if err := s.validate(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if s.len() != len(list) || s.first() == nil != (len(list) == 0) {
				t.Fatalf("seed %d: %d items, first %v, want %d", seed, s.len(), s.first(), len(list))
			}
			for _, x := range slices.Concat(s.front[s.inFront:], s.array.items[len(s.array.items):cap(s.array.items)]) {
				if x.value != nil {
					t.Fatalf("seed %d: item %v is kept", seed, x.key)
				}
			}
		}
	}
}

// Goal: an item better than all others comes and goes without the heap being touched.
func TestBestComesAndGoesInFront(t *testing.T) {
	var s store[int]
	for age := range uint64(100) {
		s.push(item[int]{key{1000 + age, age}, 0})
	}
	for s.inFront > 0 {
		s.pop()
	}
	before := slices.Clone(s.array.items)
	for age := range uint64(100) {
		s.push(item[int]{key{500 - age, age}, int(age)})
		if age%2 == 1 {
			require.Equal(t, int(age), s.pop().value)
			require.Equal(t, int(age-1), s.pop().value)
		}
	}
	assert.Equal(t, before, s.array.items, "the heap is another")
}
