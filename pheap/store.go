package pheap

import "github.com/user/millrace/internal/invariant"

// A store holds the items of a shard: an array heap, and in front of it a short sorted array
// of items that go before all of the heap, with the first of them last.
//
// If more items come than can be run, the worst are those that stay, so an item that comes is
// usually better than those that wait. It comes and goes in the front, and the heap does not
// move. An item that is not better than all of the heap costs one comparison more.
type store[T any] struct {
	inFront int
	array   array[T]
	front   [frontItems]item[T]
}

// frontItems is the length of the front. A push into the front passes half of it.
const frontItems = 16

func (s *store[T]) len() int { return s.inFront + len(s.array.items) }

// first returns the first item, nil if there is none.
func (s *store[T]) first() *item[T] {
	switch {
	case s.inFront > 0:
		return &s.front[s.inFront-1]
	case len(s.array.items) > 0:
		return &s.array.items[0]
	}
	return nil
}

// push adds x.
func (s *store[T]) push(x item[T]) {
	if items := s.array.items; len(items) > 0 && !x.before(&items[0].key) {
		s.array.push(x)
		return
	}
	if s.inFront == frontItems {
		s.spill()
		if !x.before(&s.array.items[0].key) {
			s.array.push(x)
			return
		}
	}
	i := s.inFront
	for ; i > 0 && !x.before(&s.front[i-1].key); i-- {
		s.front[i] = s.front[i-1]
	}
	s.front[i] = x
	s.inFront++
}

// spill moves the worse half of a full front to the heap.
func (s *store[T]) spill() {
	const half = frontItems / 2
	for i := half - 1; i >= 0; i-- {
		s.array.push(s.front[i])
	}
	copy(s.front[:], s.front[half:])
	clear(s.front[half:])
	s.inFront = half
}

// pop removes and returns the first item. There must be one.
func (s *store[T]) pop() item[T] {
	i := s.inFront - 1
	if i < 0 {
		return s.array.pop()
	}
	first := s.front[i]
	s.front[i] = item[T]{} // keeps nothing from the collector
	s.inFront = i
	return first
}

// check panics unless the front is sorted and goes before the heap, and the heap is one.
func (s *store[T]) check() {
	s.array.check()
	for i := range s.inFront {
		switch {
		case i > 0 && s.front[i-1].before(&s.front[i].key):
			invariant.Check(false, "item %d of the front goes before the next", i-1)
		case len(s.array.items) > 0 && s.array.items[0].before(&s.front[i].key):
			invariant.Check(false, "the heap's first item goes before one of the front")
		}
	}
}
