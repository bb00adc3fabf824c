package pheap

import (
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// TryPush adds v and reports true, or false if the heap was full or closed at some instant
// of the call.
func (h *Heap[T]) TryPush(v T, priority int) bool {
	return h.Offer(v, priority) == ringbuffer.Done
}

// Offer adds v. It answers Done, Full or Closed.
func (h *Heap[T]) Offer(v T, priority int) ringbuffer.Status {
	return h.offer(v, priority, false)
}

// OfferBeyond adds v even if there is no room. It answers Done or Closed.
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
	s.store.push(item[T]{h.keyOf(priority, h.since(age)), v})
	s.release()
	return ringbuffer.Done
}

// admits returns whether a push that saw the given entry may continue.
func (h *Heap[T]) admits(entry uint64, beyond bool) ringbuffer.Status {
	switch {
	case entry&closed != 0:
		return ringbuffer.Closed
	case !beyond && h.full(entry):
		return ringbuffer.Full
	}
	return ringbuffer.Done
}

// full reports whether there is no room after those that entry and returned count. True means
// that there was none at the first load of a shard's popped: the counts read before it can
// only have grown by then.
func (h *Heap[T]) full(entry uint64) bool {
	in := h.pushed(entry) + h.returned.Load()
	limit := h.limit.Load()
	return in >= limit && in >= h.raiseLimit(limit)
}

// raiseLimit raises limit, seen as given, by what has left the heap since, and returns it.
func (h *Heap[T]) raiseLimit(limit uint64) uint64 {
	now := uint64(h.capacity) + h.popped()
	if now > limit {
		h.limit.CompareAndSwap(limit, now) // if it fails, another push has raised it
	}
	return now
}

// hold takes the lock of a shard, beginning at one derived from the age.
func (h *Heap[T]) hold(age uint64) *shard[T] {
	n := uint64(len(h.shards))
	// The multiplier is 2^64 over the golden ratio: consecutive ages come to different shards,
	// and no pattern of priorities keeps step.
	i := age / ageStep * 0x9e3779b97f4a7c15 >> 32 * n >> 32
	for {
		allHeld := true
		for range h.shards {
			s := &h.shards[i]
			if t := s.load(); !t.isHeld() {
				if s.take(t) {
					return s
				}
				allHeld = false
			}
			if i++; i == n {
				i = 0
			}
		}
		if allHeld {
			threads.Pause()
		}
	}
}

// Return puts back an item that Poll returned, with its age, so that it keeps its rank among
// equals. Pushed does not count it, and it is never refused, even if the heap is full or
// closed.
func (h *Heap[T]) Return(v T, priority int, age uint64) {
	s := h.hold(age)
	h.returned.Add(1)
	s.store.push(item[T]{h.keyOf(priority, age), v})
	s.release()
}
