package pheap

import (
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

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
		if best == nil || k.before(&first) {
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
// just now, or on its way in. It is true from before the return of the push on till the
// item is popped; a false says that no item rested in the heap throughout the call.
//
// It goes by the count of entry, which others see at once, not by the tops, which they
// may see late.
func (h *Heap[T]) Ready() bool {
	return !h.isEmpty()
}
