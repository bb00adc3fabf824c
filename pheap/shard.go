package pheap

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/internal/threads"
)

// A shard is a store with a try-lock, whose best item shows from outside.
//
// I1: while the shard is not held, top and rank are those of the first item.
// I2: while it is held they are those of the first item when it was taken, until
// the holder publishes: top is empty only where nothing is in the shard, or comes in
// just now.
type shard[T any] struct {
	_ cacheline.Pad

	top    atomics.Uint64 // a top: lock and age of the best item in one word
	rank   atomics.Uint64 // of the best item; written by the holder
	popped atomics.Uint64 // how many items left the shard; written by the holder, seen before the pop returns

	store store[T] // belongs to the holder
	_     cacheline.Pad
}

// A top is the age of a shard's best item, whether there is one, and whether a call
// holds the shard.
//
// Whoever takes the lock compares and swaps the top it saw. So the best item still is
// the one it saw: ages are unique, and a top that came back is that of the same item,
// come back too.
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

func (s *shard[T]) look() top { return top(s.top.Load()) }

// take takes the lock if the best item still is the one in seen, which was not held.
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

// release publishes the best item and lets the lock go. Others may see it late, and
// until then the shard held; pairs with look and the load of rank in best.
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

// checkPublished panics unless I1 holds, as the new holder saw top.
func (s *shard[T]) checkPublished(seen top) {
	first, shown := s.store.first(), key{s.rank.Load(), seen.age()}
	if seen.isFilled() != (first != nil) || first != nil && first.key != shown {
		invariant.Check(false, "I1: top is %#x, rank %#x beside %v", uint64(seen), shown.rank, first)
	}
}

// pop removes the best item, which the holder saw to be there. Who pops may look next
// for somebody who waits for room, so this store is none that others may see late.
func (s *shard[T]) pop() (v T, age uint64) {
	x := s.store.pop()
	s.popped.Store(s.popped.Load() + 1)
	return x.value, x.age
}

// widenWindow lets others run in the middle of a change, at times and in test builds
// only: that is where races hide.
func widenWindow() {
	if invariant.Enabled && invariant.Sometimes(2) {
		threads.Pause()
	}
}
