package pheap

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/internal/threads"
)

// A shard is a store with a try-lock. It publishes its best item.
//
// I1: while the shard is not held, top and rank are those of the first item.
//
// I2: while it is held, they are those of the first item when it was taken, until the holder
// publishes. top is empty only if nothing is in the shard, or if the first item is coming in.
type shard[T any] struct {
	_ cacheline.Pad

	top    atomics.Uint64 // a top: lock and age of the best item
	rank   atomics.Uint64 // of the best item; written by the holder
	popped atomics.Uint64 // number of items that left; written by the holder, visible before the pop returns

	store store[T] // owned by the holder
	_     cacheline.Pad
}

// A top is the age of a shard's best item, whether there is one, and whether a call holds
// the shard.
//
// Taking the lock is a compare-and-swap of the top that was seen. So the best item is still
// the one seen: ages are unique, and a top that came back is that of the same item, which
// came back too.
type top uint64

const (
	held top = 1 << iota
	filled
	flags = held | filled
)

func topOf(age uint64) top   { return top(age) | filled }
func (t top) age() uint64    { return uint64(t &^ flags) }
func (t top) isHeld() bool   { return t&held != 0 }
func (t top) isFilled() bool { return t&filled != 0 }

func (s *shard[T]) load() top { return top(s.top.Load()) }

// take takes the lock if the best item is still the one in seen, which was not held.
func (s *shard[T]) take(seen top) bool {
	if !s.top.CompareAndSwap(uint64(seen), uint64(seen|held)) {
		return false
	}
	if invariant.Enabled {
		s.checkPublished(seen)
	}
	widenWindow()
	return true
}

// release publishes the best item and releases the lock. Others may see it late, and the
// shard as held until then. Pairs with load, and with the load of rank in best.
func (s *shard[T]) release() {
	if invariant.Enabled {
		s.store.check()
	}
	first := s.store.first()
	if first == nil {
		atomics.StoreRelease(&s.top, 0)
		return
	}
	best := first.key
	atomics.StoreRelease(&s.rank, best.rank)
	widenWindow()
	atomics.StoreRelease(&s.top, uint64(topOf(best.age)))
}

// checkPublished panics unless I1 holds as the new holder saw it.
func (s *shard[T]) checkPublished(seen top) {
	first, shown := s.store.first(), key{s.rank.Load(), seen.age()}
	if seen.isFilled() != (first != nil) || first != nil && first.key != shown {
		invariant.Check(false, "I1: top is %#x and rank %#x, with %v first", uint64(seen), shown.rank, first)
	}
}

// pop removes the best item, which the holder saw to be there. A goroutine that popped may
// check next for one that waits for room, so the count must not be seen late.
func (s *shard[T]) pop() (v T, age uint64) {
	x := s.store.pop()
	s.popped.Store(s.popped.Load() + 1)
	return x.value, x.age
}

// widenWindow yields at random in the middle of a change, in test builds only: races hide
// there.
func widenWindow() {
	if invariant.Enabled && invariant.Sometimes(2) {
		threads.Pause()
	}
}
