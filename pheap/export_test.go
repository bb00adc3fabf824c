package pheap

import "fmt"

// NewAt returns a heap whose sequence starts at or just below origin, so that a test
// can begin right before it wraps.
func NewAt[T any](cfg Config, origin uint64) *Heap[T] { return newHeap[T](cfg, origin) }

// KeptItems is how many items an array of a shard has room for at least.
const KeptItems = keptItems

// Shards returns how many shards there are.
func (h *Heap[T]) Shards() int { return len(h.shards) }

// Room returns for how many items the arrays have memory.
func (h *Heap[T]) Room() (n int) {
	for i := range h.shards {
		n += cap(h.shards[i].store.array.items)
	}
	return n
}

// Sizes returns how many items are in each shard. No other goroutine may step.
func (h *Heap[T]) Sizes() (sizes []int) {
	for i := range h.shards {
		sizes = append(sizes, h.shards[i].store.len())
	}
	return sizes
}

// Validate returns the invariant that the heap, which must be at rest, violates.
func (h *Heap[T]) Validate() error {
	inside := 0
	for i := range h.shards {
		s := &h.shards[i]
		if err := s.validate(); err != nil {
			return fmt.Errorf("shard %d: %w", i, err)
		}
		inside += s.store.len()
	}
	if n := h.Len(); n != inside {
		return fmt.Errorf("I1: Len is %d, and %d are inside", n, inside)
	}
	if most := uint64(h.capacity) + h.popped(); h.capacity > 0 && h.limit.Load() > most {
		return fmt.Errorf("I2: limit is %d, more than %d", h.limit.Load(), most)
	}
	return nil
}

func (s *shard[T]) validate() error {
	first, t := s.store.first(), s.load()
	switch {
	case t.isHeld():
		return fmt.Errorf("held")
	case t.isFilled() != (first != nil):
		return fmt.Errorf("I1: top is %#x beside %d items", t, s.store.len())
	case t.isFilled() && (key{s.rank.Load(), t.age()}) != first.key:
		return fmt.Errorf("I1: rank %#x, top %#x beside %v", s.rank.Load(), t, first.key)
	}
	return s.store.validate()
}

func (s *store[T]) validate() error {
	front, items := s.front[:s.inFront], s.array.items
	for i := range front {
		if i > 0 && front[i-1].before(&front[i].key) {
			return fmt.Errorf("item %d of the front goes before the next", i-1)
		}
	}
	if len(front) > 0 && len(items) > 0 && items[0].before(&front[0].key) {
		return fmt.Errorf("the heap's first item goes before the front's last")
	}
	for i := range items {
		if parent := (i - 1) / 4; i > 0 && items[i].before(&items[parent].key) {
			return fmt.Errorf("item %d goes before its parent", i)
		}
	}
	return nil
}

// BestFree returns the best item of the shards that nobody holds, if there is one.
// No other goroutine may step.
func (h *Heap[T]) BestFree() (v T, ok bool) {
	var best *item[T]
	for i := range h.shards {
		s := &h.shards[i]
		if s.load().isHeld() || s.store.len() == 0 {
			continue
		}
		if first := s.store.first(); best == nil || first.before(&best.key) {
			best = first
		}
	}
	if best == nil {
		return v, false
	}
	return best.value, true
}

// Resting reports whether an item is in a shard that was not pushed by the call that holds
// the shard, nor taken by it. No other goroutine may step.
func (h *Heap[T]) Resting() bool {
	for i := range h.shards {
		n := h.shards[i].store.len()
		if h.shards[i].load().isHeld() {
			n-- // it may be that of the push that holds the shard
		}
		if n > 0 {
			return true
		}
	}
	return false
}

// Held reports whether a shard is held. No other goroutine may step.
func (h *Heap[T]) Held() bool {
	for i := range h.shards {
		if h.shards[i].load().isHeld() {
			return true
		}
	}
	return false
}
