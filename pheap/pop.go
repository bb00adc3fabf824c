package pheap

import (
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// TryPop removes and returns the best item, or reports false if the heap was empty at some
// instant of the call. It waits while other calls hold all shards that may have an item.
func (h *Heap[T]) TryPop() (T, bool) {
	for {
		v, _, status := h.Poll()
		if status != ringbuffer.Busy {
			return v, status == ringbuffer.Done
		}
		threads.Pause()
	}
}

// Poll is one attempt to remove the best item. It answers Done, Empty, or Busy if other calls
// hold all shards that may have one. age is for Return.
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

// best returns the shard with the best item among those not held, and the top it had, nil if
// there is none. It also reports whether any shard is held.
func (h *Heap[T]) best() (best *shard[T], seen top, anyHeld bool) {
	var first key
	for i := range h.shards {
		s := &h.shards[i]
		t := s.load()
		if t.isHeld() {
			anyHeld = true
			continue
		}
		if !t.isFilled() {
			continue
		}
		// If the shard was taken since, the rank may be that of another item. Then take fails, or
		// the shard counts as held.
		k := key{s.rank.Load(), t.age()}
		if best == nil || k.before(&first) {
			best, seen, first = s, t, k
		}
	}
	return best, seen, anyHeld
}

// isEmpty reports whether the heap was empty between the two sums, of what left and of what
// came in: at that instant the numbers were equal.
func (h *Heap[T]) isEmpty() bool {
	out := h.popped()
	return h.pushed(h.entry.Load())+h.returned.Load() == out
}

// Ready reports whether an item is there to be popped, also if it is in a shard that is held,
// or still coming in. It is true from before the push returns until the item is popped. False
// means that no item rested in the heap throughout the call.
//
// It depends on the count in entry, which others see at once, not on the tops, which they may
// see late.
func (h *Heap[T]) Ready() bool {
	return !h.isEmpty()
}
