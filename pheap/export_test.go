package pheap

import "fmt"

// NewAt returns a heap whose sequence starts at or just below origin, so that a test
// can begin right before it wraps.
func NewAt[T any](cfg Config, origin uint64) *Heap[T] { return newHeap[T](cfg, origin) }

// Shards returns how many shards there are.
func (h *Heap[T]) Shards() int { return len(h.shards) }

// Room returns for how many items the arrays have memory.
func (h *Heap[T]) Room() (n int) {
	for i := range h.shards {
		n += cap(h.shards[i].array.items)
	}
	return n
}

// Validate returns how the heap, which must be at rest, breaks an invariant.
func (h *Heap[T]) Validate() error {
	inside := 0
	for i := range h.shards {
		s := &h.shards[i]
		if err := s.validate(); err != nil {
			return fmt.Errorf("shard %d: %w", i, err)
		}
		inside += len(s.array.items)
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
	items, t := s.array.items, s.look()
	switch {
	case t.isHeld():
		return fmt.Errorf("held")
	case t.isFilled() != (len(items) > 0):
		return fmt.Errorf("I1: top is %#x beside %d items", t, len(items))
	case t.isFilled() && (key{s.rank.Load(), t.age()}) != items[0].key:
		return fmt.Errorf("I1: rank %#x, top %#x beside %v", s.rank.Load(), t, items[0].key)
	}
	for i := range items {
		if parent := (i - 1) / 4; i > 0 && items[i].before(items[parent].key, s.array.aging) {
			return fmt.Errorf("item %d goes before its parent", i)
		}
	}
	return nil
}
