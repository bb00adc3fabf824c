package pheap

import (
	"fmt"
	"math"
	"runtime"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
)

// MaxShards is the largest number of shards of a Heap. A pop reads all of them.
const MaxShards = 16

// A Config describes a Heap. The zero Config has no bound and no aging.
type Config struct {
	// Capacity is the number of items that may wait. 0 means no bound.
	Capacity int

	// Shards is the number of array heaps that share the items, at most MaxShards. With 1
	// the order is always exact. 0 means two for each of GOMAXPROCS processors, or 1 if
	// there is only one processor.
	Shards int

	// Aging keeps items from waiting forever behind others of larger priority: with each
	// Aging pushes, the items that wait gain one on the priority of those to come. So an
	// item of priority p is overtaken by fewer than Aging × (q-p) items of priority q, and
	// by fewer than that of all priorities up to q together. Nothing overflows: a priority
	// that would fall below the smallest int stays there. 0 means no aging.
	Aging int
}

// A Heap is a priority queue for any number of producers and consumers.
//
// It is a MultiQueue (Rihani, Sanders and Dementiev, SPAA 2015) in which a pop compares
// the best items of all shards, not of two.
//
// I1: pushed + returned - popped is the number of items inside, including those of pushes
// that already hold a shard. It is never negative.
//
// I2: limit ≤ capacity + popped.
//
// Order: a push takes effect at its compare-and-swap of entry, and can be popped once its
// shard is released. A pop takes the best item of a shard, which goes before the best items
// of all other shards, each as of an instant of the call. Shards held by another call at an
// instant of the call are passed over. So at rest a pop is exact. Full is answered as of
// the first load of a shard's popped, empty as of the last one, closed as of the load that
// saw the bit.
//
// Progress: each shard has a try-lock, so the heap is not lock-free. Poll never waits for a
// lock, and retries only if another call took or released one. A push takes another shard
// if one is held, and waits only if all are. A goroutine stopped while it holds a shard
// keeps the items in it from being popped, and nothing else. In a heap of one shard it stops
// all pushes too.
//
// In the terms of the Go memory model, a push synchronizes before the pop that returns its
// item. Use New. A Heap must not be copied.
type Heap[T any] struct {
	shards   []shard[T]
	capacity int
	aging    uint64
	origin   uint64 // initial entry; 0 except in tests
	_        cacheline.Pad

	// entry is the age of the next push. Its bit 0 says that the heap is closed. Once set it
	// stays, and the age no longer changes.
	entry atomics.Uint64
	_     cacheline.Pad

	// limit is the number of items that may be pushed or returned before the heap counts as
	// full; it lags behind the pops. Written by pushes that found no room.
	limit    atomics.Uint64
	returned atomics.Uint64 // number of items that came back by Return
	_        cacheline.Pad
}

// closed is the bit of entry that ages leave free for it.
const closed = 1

// New returns an empty heap. It panics if a field of cfg is negative, or if Shards exceeds
// MaxShards.
func New[T any](cfg Config) *Heap[T] { return newHeap[T](cfg, 0) }

func newHeap[T any](cfg Config, origin uint64) *Heap[T] {
	switch {
	case cfg.Capacity < 0:
		panic(fmt.Sprintf("pheap: Config.Capacity = %d: must not be negative", cfg.Capacity))
	case cfg.Shards < 0 || cfg.Shards > MaxShards:
		panic(fmt.Sprintf("pheap: Config.Shards = %d: must be in [0, %d]", cfg.Shards, MaxShards))
	case cfg.Aging < 0:
		panic(fmt.Sprintf("pheap: Config.Aging = %d: must not be negative", cfg.Aging))
	}
	h := &Heap[T]{
		shards:   make([]shard[T], shardsOf(cfg)),
		capacity: cfg.Capacity,
		aging:    uint64(cfg.Aging),
		origin:   origin &^ (ageStep - 1),
	}
	h.entry.Store(h.origin)
	h.limit.Store(uint64(cfg.Capacity))
	if cfg.Capacity == 0 {
		h.limit.Store(math.MaxUint64)
	}
	return h
}

func shardsOf(cfg Config) int {
	procs := runtime.GOMAXPROCS(0)
	switch {
	case cfg.Shards > 0:
		return cfg.Shards
	case procs == 1:
		return 1
	}
	return min(2*procs, MaxShards)
}

// Len returns the number of items inside. Concurrent with both pushes and pops it may be
// too low, by at most the number popped during the call. Otherwise it is exact as of some
// instant of the call.
func (h *Heap[T]) Len() int {
	in := h.pushed(h.entry.Load()) + h.returned.Load()
	return max(0, int(in-h.popped()))
}

// Cap returns the capacity, 0 if there is no bound.
func (h *Heap[T]) Cap() int { return h.capacity }

// Pushed returns how many items were pushed since the heap was made, not counting those
// that came back by Return.
func (h *Heap[T]) Pushed() uint64 { return h.pushed(h.entry.Load()) }

func (h *Heap[T]) pushed(entry uint64) uint64 { return h.since(entry) / ageStep }

// since returns the age that entry stands for.
func (h *Heap[T]) since(entry uint64) uint64 { return entry - h.origin }

// popped adds up what left the shards. The sum was right at some instant of the call.
func (h *Heap[T]) popped() (n uint64) {
	for i := range h.shards {
		n += h.shards[i].popped.Load()
	}
	return n
}

// Close makes the heap refuse pushes from now on: a push takes effect before it or not at
// all. Items inside can be popped and returned. Close may be called again.
func (h *Heap[T]) Close() { h.entry.Or(closed) }

// Closed reports whether Close was called.
func (h *Heap[T]) Closed() bool { return h.entry.Load()&closed != 0 }
