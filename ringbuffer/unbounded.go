package ringbuffer

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/internal/threads"
)

// maxSegment is the size up to which each linked ring is twice as large as the one before.
const maxSegment = 1024

// An Unbounded is a FIFO queue without a bound, for any number of producers and consumers.
//
// It is a list of MPMC rings, linked as in LCRQ of Morrison and Afek (PPoPP 2013). A push that
// finds no room in the last ring seals it, by closing it, and links one that already holds its
// value. A pop that finds the first ring sealed and empty moves to the next one and leaves the
// old one to the garbage collector. While the values fit into one ring, that ring is reused
// and nothing is allocated.
//
// I1: following next from head leads to tail, and on to the last segment.
//
// I2: next is set once, and only after the ring was sealed. So every value in a segment is
// older than all in the next.
//
// I3: head leaves a segment only when it is sealed and drained. So only head's segment can be
// popped from.
//
// I4: next == the segment itself marks the end: the queue is closed there.
//
// Order: a push takes effect at the compare-and-swap of its ring's tail, or of next if it links
// a segment; a pop at that of its ring's head. Empty is answered as of the load of the ring's
// tail, if next, read after it, is still nil. Closed is answered as of the load that saw the
// end. Once one push was refused, all later ones are.
//
// Progress: no method takes a lock. Pushes are lock-free apart from allocation: if a pop holds up
// the next slot, a push links a new ring as if the old one were full. Pops are as weak as those
// of MPMC. If the next value is claimed and not yet published, TryPop and TryPopBatch wait for
// that push and Poll answers Busy, whatever is queued behind. A goroutine stopped in a method
// can keep the rings linked since then from being collected, but never a popped value.
//
// In the terms of the Go memory model, a push synchronizes before the pop that returns its
// value. Use NewUnbounded. An Unbounded must not be copied.
type Unbounded[T any] struct {
	_ cacheline.Pad

	// Both move from a segment to its next, tail always first, and only if a ring is full or
	// drained. Otherwise they are only read.
	tail atomics.Pointer[segment[T]] // the last segment, or one before it
	head atomics.Pointer[segment[T]] // the first segment that can hold values

	largest int // segments double up to this size; maxSegment except in tests
	_       cacheline.Pad
}

// A segment is a ring in the list of an Unbounded.
type segment[T any] struct {
	ring MPMC[T]
	next atomics.Pointer[segment[T]] // nil, then finally the next segment, or this one: the end
	base uint64                      // number of values pushed in the segments before
}

// NewUnbounded returns an empty queue whose first ring has the given capacity. Each linked one
// is twice as large as the one before, up to 1024. It panics if capacity is not in [1, MaxCap].
func NewUnbounded[T any](capacity int) *Unbounded[T] {
	return newUnbounded[T](capacity, 0, maxSegment)
}

func newUnbounded[T any](capacity int, origin uint64, largest int) *Unbounded[T] {
	checkCapacity(capacity)
	s := new(segment[T])
	s.ring.init(capacity, origin)
	q := &Unbounded[T]{largest: largest}
	q.tail.Store(s)
	q.head.Store(s)
	return q
}

// follow returns the segment after s, and whether s is the end of a closed queue. With nil and
// false, s is the last one for now.
func (s *segment[T]) follow() (next *segment[T], end bool) {
	next = s.next.Load()
	if next == s {
		return nil, true
	}
	return next, false
}

// successor returns a segment to link after s, which is sealed: of twice its size, but above
// largest only if s is.
func (s *segment[T]) successor(largest int) *segment[T] {
	n := new(segment[T])
	n.ring.init(max(s.ring.Cap(), min(2*s.ring.Cap(), largest)), 0)
	n.base = s.base + s.ring.Pushed()
	return n
}

// TryPush adds v and reports true, or false if the queue is closed.
func (q *Unbounded[T]) TryPush(v T) bool { return q.Offer(v) == Done }

// TryPop removes and returns the oldest value, or reports false if the queue was
// empty at some instant of the call.
func (q *Unbounded[T]) TryPop() (T, bool) {
	for {
		v, status := q.Poll()
		if status != Busy {
			return v, status == Done
		}
		threads.Pause()
	}
}

// Offer adds v. It answers Done or Closed.
func (q *Unbounded[T]) Offer(v T) Status {
	for {
		s := q.tail.Load()
		if s.ring.Offer(v) == Done {
			return Done
		}
		if n, closed := q.extend(s, []T{v}); closed {
			return Closed
		} else if n == 1 {
			return Done
		}
	}
}

// extend moves tail on from segment s, which has no room or is sealed. If there is no next
// segment, it links one with as many of vs as fit, and returns how many. 0 means that another
// goroutine was first, or that the queue is closed.
func (q *Unbounded[T]) extend(s *segment[T], vs []T) (n int, closed bool) {
	s.ring.Close()
	next, end := s.follow()
	if end {
		return 0, true
	}
	if next == nil {
		// Close may have sealed s and not yet marked the end: the first to set next decides.
		next = s.successor(q.largest)
		n, _ = next.ring.offerBatch(vs)
		if !s.next.CompareAndSwap(nil, next) {
			return 0, false
		}
	}
	q.tail.CompareAndSwap(s, next) // if it fails, another goroutine moved it
	return n, false
}

// Poll is one attempt to remove the oldest value. It answers Done, Empty, or Busy if the push
// of that value is not finished.
func (q *Unbounded[T]) Poll() (v T, status Status) {
	for {
		s := q.head.Load()
		if v, status = s.ring.Poll(); status != Empty {
			return v, status
		}
		next, _ := s.follow()
		if next == nil {
			return v, Empty
		}
		// A push can have come in between the two looks. As next is set, s is
		// sealed, so this time empty is for good.
		if v, status = s.ring.Poll(); status != Empty {
			return v, status
		}
		q.leave(s, next)
	}
}

// leave moves head from segment s, sealed and drained, to the next.
func (q *Unbounded[T]) leave(s, next *segment[T]) {
	if invariant.Enabled {
		n := s.ring.Len()
		invariant.Check(s.ring.Closed() && n == 0, "I3: head leaves a segment with %d values", n)
	}
	q.tail.CompareAndSwap(s, next) // I1: head must not pass tail
	q.head.CompareAndSwap(s, next) // if it fails, another goroutine moved it
}

// TryPushBatch adds vs in order and returns how many: all of them, unless the queue was closed.
// Other pushes may come between them.
func (q *Unbounded[T]) TryPushBatch(vs []T) int {
	done := 0
	for done < len(vs) {
		s := q.tail.Load()
		n, status := s.ring.offerBatch(vs[done:])
		if status != Done {
			var closed bool
			if n, closed = q.extend(s, vs[done:]); closed {
				break
			}
		}
		done += n
	}
	return done
}

// TryPopBatch removes up to len(dst) of the oldest values, in order and without another pop
// between them, and returns how many. It returns 0 only if the queue was empty at some instant
// of the call, or if dst is empty. It may return fewer values than there are at the end of a
// ring.
func (q *Unbounded[T]) TryPopBatch(dst []T) int {
	for len(dst) > 0 {
		s := q.head.Load()
		n, status := s.ring.pollBatch(dst)
		if status == Empty {
			next, _ := s.follow()
			if next == nil {
				return 0
			}
			if n, status = s.ring.pollBatch(dst); status == Empty { // as in Poll
				q.leave(s, next)
				continue
			}
		}
		if status == Done {
			return n
		}
		threads.Pause()
	}
	return 0
}

// Ready reports whether the next value is published. False means that at some instant it was
// not: the queue was empty, or a push had claimed the slot and not filled it yet.
func (q *Unbounded[T]) Ready() bool {
	for {
		s := q.head.Load()
		if s.ring.Ready() {
			return true
		}
		next, _ := s.follow()
		if next == nil {
			return false
		}
		if !s.ring.IsEmpty() {
			return false // s is still the first, so it was so when asked
		}
		q.leave(s, next)
	}
}

// IsEmpty reports whether the queue was empty at some instant of the call. Pushes in progress
// count as done.
func (q *Unbounded[T]) IsEmpty() bool {
	for {
		s := q.head.Load()
		if !s.ring.IsEmpty() {
			return false
		}
		next, _ := s.follow()
		if next == nil {
			return true // it was the last when its ring was empty
		}
		if !s.ring.IsEmpty() { // as in Poll
			return false
		}
		q.leave(s, next)
	}
}

// Len returns the number of values in the queue at some instant of the call, including those
// of pushes in progress.
func (q *Unbounded[T]) Len() int {
	for {
		pushed := q.Pushed()
		popped := q.Popped()
		if q.Pushed() == pushed {
			return int(pushed - popped)
		}
	}
}

// Pushed returns how many values were pushed since the queue was made, as of one
// instant of the call.
func (q *Unbounded[T]) Pushed() uint64 {
	s := q.tail.Load()
	for {
		n := s.base + s.ring.Pushed()
		next, _ := s.follow()
		if next == nil {
			return n // s is the last now, so it was when its ring was asked
		}
		s = next
	}
}

// Popped returns how many values were popped since the queue was made, as of one
// instant of the call.
func (q *Unbounded[T]) Popped() uint64 {
	// If head has moved on meanwhile, the sum is what it was when it did.
	s := q.head.Load()
	return s.base + s.ring.Popped()
}

// Close makes the queue refuse pushes from now on: a push takes effect before it or not at all.
// Values in the queue can be popped. Close may be called again.
func (q *Unbounded[T]) Close() {
	for {
		s := q.tail.Load()
		s.ring.Close()
		if s.next.CompareAndSwap(nil, s) {
			return
		}
		next, end := s.follow()
		if end {
			return
		}
		q.tail.CompareAndSwap(s, next)
	}
}

// Closed reports whether the queue refuses pushes.
func (q *Unbounded[T]) Closed() bool {
	s := q.tail.Load()
	for {
		next, end := s.follow()
		if next == nil {
			return end
		}
		s = next
	}
}
