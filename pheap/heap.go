package pheap

import (
	"fmt"
	"math"
	"runtime"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// MaxShards is the largest number of shards a Heap can have. A pop looks at all of
// them.
const MaxShards = 16

// A Config says what a Heap is made of. The zero Config is one of a heap without a
// bound and without aging.
type Config struct {
	// Capacity is how many items may wait. 0 means no bound.
	Capacity int

	// Shards is how many array heaps share the items, at most MaxShards. With 1 the
	// order is exact at all times. 0 means two for each processor, as far as
	// GOMAXPROCS says, and 1 if there is only one.
	Shards int

	// Aging keeps items from waiting for ever behind others of larger priority. If
	// it is not 0, of two items the one pushed second goes first only if fewer than
	// Aging × (the difference of their priorities) pushes after the other's it came
	// in. So an item of priority p is overtaken by fewer than Aging × (q-p) items of
	// priority q, and by fewer than that of all priorities up to q together. That
	// holds to the last unit for all priorities: nothing is rounded or overflows.
	Aging int
}

// A Heap is a priority queue for any number of producers and consumers.
//
// It is a MultiQueue (Rihani, Sanders and Dementiev, SPAA 2015) in which a pop
// compares the best items of all shards, not of two.
//
// I1: pushed + returned - popped is how many items are inside, those of pushes that
// hold a shard already among them, and never negative.
// I2: limit ≤ capacity + popped.
//
// Order: a push takes effect at its compare-and-swap of entry, and can be popped
// once its shard is released. A pop takes its item from a shard whose best one went
// before those of all other shards, each as of an instant of the call; but shards
// that another call held at an instant of the call are passed over. So at rest it is
// the best of all. Full is answered as of the first load of a shard's popped, empty
// as of the last one, closed as of the load that saw the bit.
//
// Progress: each shard has a try-lock, so the heap is not lock-free. Poll never waits
// for a lock, and looks again only if another call took or released one meanwhile. A
// push goes to another shard where one is held, and waits only if all are. A goroutine
// stopped while it holds a shard keeps the items in it from being popped, and nothing
// else; but in a heap of one shard it stops all pushes too.
//
// In the terms of the Go memory model, a push synchronizes before the pop that
// returns its item. Use New. A Heap must not be copied.
type Heap[T any] struct {
	shards   []shard[T]
	capacity int
	aging    uint64
	origin   uint64 // what entry started at; 0 but in tests
	_        cacheline.Pad

	// entry is the age of the next push. Its bit 0 says that the heap is closed; once
	// set it stays, and the age stands still.
	entry atomics.Uint64
	_     cacheline.Pad

	// limit is how many items may have been pushed or returned for there to be room
	// for one more, as far as anybody looked: written by a push that found no room.
	limit    atomics.Uint64
	returned atomics.Uint64 // how many items came back by Return
	_        cacheline.Pad
}

// closed is the bit of entry that ages leave to it.
const closed = 1

// New returns an empty heap. It panics if a field of cfg is negative, or Shards more
// than MaxShards.
func New[T any](cfg Config) *Heap[T] { return newHeap[T](cfg, 0) }

func newHeap[T any](cfg Config, origin uint64) *Heap[T] {
	switch {
	case cfg.Capacity < 0:
		panic(fmt.Sprintf("pheap: capacity %d is negative", cfg.Capacity))
	case cfg.Shards < 0 || cfg.Shards > MaxShards:
		panic(fmt.Sprintf("pheap: %d shards are not in 0 … %d", cfg.Shards, MaxShards))
	case cfg.Aging < 0:
		panic(fmt.Sprintf("pheap: aging %d is negative", cfg.Aging))
	}
	h := &Heap[T]{
		shards:   make([]shard[T], shardsOf(cfg)),
		capacity: cfg.Capacity,
		aging:    uint64(cfg.Aging),
		origin:   origin &^ (ageStep - 1),
	}
	for i := range h.shards {
		h.shards[i].array.aging = h.aging
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

// TryPush adds v and reports true, or false if the heap was full or closed at some
// instant of the call.
func (h *Heap[T]) TryPush(v T, priority int) bool {
	return h.Offer(v, priority) == ringbuffer.Done
}

// TryPop removes and returns the best item, or reports false if the heap was empty at
// some instant of the call. Where all others are held, it waits.
func (h *Heap[T]) TryPop() (T, bool) {
	for {
		v, _, status := h.Poll()
		if status != ringbuffer.Busy {
			return v, status == ringbuffer.Done
		}
		threads.Pause()
	}
}

// Offer adds v: Done, Full or Closed.
func (h *Heap[T]) Offer(v T, priority int) ringbuffer.Status {
	return h.offer(v, priority, false)
}

// OfferBeyond adds v even where there is no room: Done, or Closed.
func (h *Heap[T]) OfferBeyond(v T, priority int) ringbuffer.Status {
	return h.offer(v, priority, true)
}

func (h *Heap[T]) offer(v T, priority int, beyond bool) ringbuffer.Status {
	age := h.entry.Load()
	if status := h.admits(age, beyond); status != ringbuffer.Done {
		return status
	}
	s := h.hold(age)
	for !h.entry.CompareAndSwap(age, age+ageStep) {
		age = h.entry.Load()
		if status := h.admits(age, beyond); status != ringbuffer.Done {
			s.release()
			return status
		}
	}
	s.array.push(item[T]{key{rankOf(priority), age}, v})
	s.release()
	return ringbuffer.Done
}

// admits says whether a push may go on that saw the given entry.
func (h *Heap[T]) admits(entry uint64, beyond bool) ringbuffer.Status {
	switch {
	case entry&closed != 0:
		return ringbuffer.Closed
	case !beyond && h.room(entry) == 0:
		return ringbuffer.Full
	}
	return ringbuffer.Done
}

// room returns for how many items there is room, after those that the given entry
// and returned count. 0 says that there was none at the time of the first load of a
// shard's popped: what is counted before it can only have become more by then.
func (h *Heap[T]) room(entry uint64) uint64 {
	in := h.pushed(entry) + h.returned.Load()
	limit := h.limit.Load()
	if in >= limit {
		limit = h.raiseLimit(limit)
	}
	if in >= limit {
		return 0
	}
	return limit - in
}

// raiseLimit brings limit up to what has left the heap since it was limit, and
// returns it.
func (h *Heap[T]) raiseLimit(limit uint64) uint64 {
	now := uint64(h.capacity) + h.popped()
	if now > limit {
		h.limit.CompareAndSwap(limit, now) // if it fails, somebody else has raised it
	}
	return now
}

// hold takes the lock of a shard, beginning at one that follows from the age.
func (h *Heap[T]) hold(age uint64) *shard[T] {
	n := uint64(len(h.shards))
	// The multiplier is 2^64 over the golden ratio: consecutive ages come to
	// different shards, and no pattern of priorities keeps step.
	i := age / ageStep * 0x9e3779b97f4a7c15 >> 32 * n >> 32
	for {
		for range h.shards {
			s := &h.shards[i]
			if t := s.look(); !t.isHeld() && s.take(t) {
				return s
			}
			if i++; i == n {
				i = 0
			}
		}
		threads.Pause()
	}
}

// Return puts back an item that Poll gave out, with its age: it takes its old place
// among its equals. It is not counted by Pushed, and never refused, even when the
// heap is full or closed.
func (h *Heap[T]) Return(v T, priority int, age uint64) {
	s := h.hold(age)
	h.returned.Add(1)
	s.array.push(item[T]{key{rankOf(priority), age}, v})
	s.release()
}

// Poll is one attempt to remove the best item: Done, Empty, or Busy where others
// hold all shards that may have one. The age is what Return wants.
func (h *Heap[T]) Poll() (v T, age uint64, status ringbuffer.Status) {
	for {
		s, seen, anyHeld := h.best()
		switch {
		case s != nil:
			if s.take(seen) {
				v, age = s.pop()
				s.release()
				return v, age, ringbuffer.Done
			}
		case h.isEmpty():
			return v, 0, ringbuffer.Empty
		case anyHeld:
			return v, 0, ringbuffer.Busy
		}
	}
}

// best returns the shard with the best item of those not held, and the top it had;
// nil if there is none. It reports whether there are shards that are held.
func (h *Heap[T]) best() (best *shard[T], seen top, anyHeld bool) {
	var first key
	for i := range h.shards {
		s := &h.shards[i]
		t := s.look()
		if t.isHeld() {
			anyHeld = true
			continue
		}
		if !t.isFilled() {
			continue
		}
		// If the shard was taken since, the rank may be of another item. Then either
		// take fails, or the shard counts as held.
		k := key{s.rank.Load(), t.age()}
		if best == nil || k.before(first, h.aging) {
			best, seen, first = s, t, k
		}
	}
	return best, seen, anyHeld
}

// isEmpty reports whether the heap was empty between adding up what left and what
// came in: by then no more can have left than came in, and no less.
func (h *Heap[T]) isEmpty() bool {
	out := h.popped()
	return h.pushed(h.entry.Load())+h.returned.Load() == out
}

// Ready reports whether an item is there to be popped, be it in a shard that is held
// just now. It is true from the return of the push on till the item is popped; a false
// says that no item rested in the heap throughout the call.
func (h *Heap[T]) Ready() bool {
	for i := range h.shards {
		if h.shards[i].look().isFilled() {
			return true
		}
	}
	return false
}

// Len returns how many items are inside. Beside pushes and pops at once it may be too
// low, by as many as were popped during the call; else it is exact, as of some instant
// of the call.
func (h *Heap[T]) Len() int {
	in := h.pushed(h.entry.Load()) + h.returned.Load()
	return max(0, int(in-h.popped()))
}

// Cap returns the capacity, 0 if there is no bound.
func (h *Heap[T]) Cap() int { return h.capacity }

// Pushed returns how many items were pushed since the heap was made, those that came
// back by Return not among them.
func (h *Heap[T]) Pushed() uint64 { return h.pushed(h.entry.Load()) }

func (h *Heap[T]) pushed(entry uint64) uint64 { return (entry - h.origin) / ageStep }

// popped adds up what left the shards. The sum was right at some instant of the call.
func (h *Heap[T]) popped() (n uint64) {
	for i := range h.shards {
		n += h.shards[i].popped.Load()
	}
	return n
}

// Close makes the heap refuse pushes from now on: a push takes effect before it or
// not at all. What is in the heap can be popped, and come back. Close may be called
// again.
func (h *Heap[T]) Close() { h.entry.Or(closed) }

// Closed reports whether Close was called.
func (h *Heap[T]) Closed() bool { return h.entry.Load()&closed != 0 }
