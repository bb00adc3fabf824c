package ringbuffer

import (
	"math/bits"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/invariant"
)

// An SCQ is a bounded FIFO queue for any number of producers and consumers, strictly lock-free.
// It is for programs in which a goroutine may be stopped for long in the middle of a call, by a
// debugger or a starved processor, and must not stop the others.
//
// The algorithm is Ruslan Nikolaev's "A Scalable, Portable, and Memory-Efficient Lock-Free FIFO
// Queue" (DISC 2019). Values lie in an array, and two rings hold its indexes: free those of empty
// slots, used those of values, oldest first. A push takes an index from free, fills the slot, and
// puts the index into used; a pop does the reverse.
//
// I1: each index is in free, in used, or held by one push or pop, which owns the slot.
//
// Order: a push takes effect when its index can be taken from used, a pop when it takes it. Empty
// is answered only if there was nothing to take at some instant of the call. Full may be answered
// early: it means that at some instant each slot held a value or was held by a push or pop in
// progress. So a goroutine stopped in the middle of a call keeps one slot from the others until it
// continues.
//
// Progress: lock-free. At whatever step of whatever method a goroutine is stopped, the others'
// calls end. This covers the steps of the queue and not Go's runtime, which may stop all
// goroutines to collect garbage. NewSCQ allocates, the other methods do not.
//
// In the terms of the Go memory model, a push synchronizes before the pop that returns its value.
// Use NewSCQ. An SCQ must not be copied.
type SCQ[T any] struct {
	free   indexRing
	used   indexRing
	values []T
}

// NewSCQ returns an empty queue for exactly capacity values. It takes 32 bytes a slot besides the
// value, and up to twice that if capacity is not a power of two. It panics if capacity is not in
// [1, MaxCap].
func NewSCQ[T any](capacity int) *SCQ[T] { return newSCQ[T](capacity, 0) }

func newSCQ[T any](capacity int, origin uint64) *SCQ[T] {
	checkCapacity(capacity)
	q := &SCQ[T]{values: make([]T, capacity)}
	q.free.init(capacity, origin)
	q.used.init(capacity, origin)
	for i := range capacity {
		q.free.put(uint64(i))
	}
	return q
}

// TryPush adds v and reports true, or false if it found no free slot; the type says what full
// means here.
func (q *SCQ[T]) TryPush(v T) bool {
	i, ok := q.free.take()
	if !ok {
		return false
	}
	q.values[i] = v
	q.used.put(i) // hands slot i over to the pop that takes i
	return true
}

// TryPop removes and returns the oldest value, or reports false if the queue was
// empty at some instant of the call.
func (q *SCQ[T]) TryPop() (v T, ok bool) {
	i, ok := q.used.take()
	if !ok {
		return v, false
	}
	var zero T
	v, q.values[i] = q.values[i], zero
	q.free.put(i) // hands slot i over to the push that takes i
	return v, true
}

// TryPushBatch adds as many of vs as it finds free slots for, in order, and returns how many. Other
// pushes may come between them.
func (q *SCQ[T]) TryPushBatch(vs []T) int {
	for n, v := range vs {
		if !q.TryPush(v) {
			return n
		}
	}
	return len(vs)
}

// TryPopBatch removes up to len(dst) of the oldest values, in order, and returns how many. Other
// pops may come between them.
func (q *SCQ[T]) TryPopBatch(dst []T) int {
	for n := range dst {
		v, ok := q.TryPop()
		if !ok {
			return n
		}
		dst[n] = v
	}
	return len(dst)
}

// Len returns the number of values in the queue. It counts them slot by slot, so it is an estimate
// while others push and pop, and it is slow.
func (q *SCQ[T]) Len() int { return min(q.used.count(), len(q.values)) }

// Cap returns the capacity.
func (q *SCQ[T]) Cap() int { return len(q.values) }

// An indexRing is a FIFO queue of indexes below a power of two, size. There are at most size of
// them, so it cannot be full. It is the SCQ of the paper's Figure 8; put is its Enqueue, take its
// Dequeue.
//
// It has twice as many entries as indexes. Position p, of a put or a take, has entry p mod 2·size
// and cycle p div 2·size. A put wins its entry by compare-and-swap, and only one whose cycle is
// behind its own: a take that came first has advanced the cycle, and the put tries another
// position.
type indexRing struct {
	_ cacheline.Pad

	tail atomics.Uint64 // the position of the next put
	_    cacheline.Pad

	head atomics.Uint64 // the position of the next take
	_    cacheline.Pad

	// threshold is how many takes in a row may still find nothing at their position before the ring
	// counts as empty. Each put that shows an index resets it to maxThreshold, 3·size-1, enough to
	// reach that index from any head behind it. Each take that finds nothing lowers it; below 0 the
	// ring is empty. It is what makes takes end.
	threshold atomics.Int64
	_         cacheline.Pad

	entries      []atomics.Uint64 // words of layout
	layout       layout
	maxThreshold int64
	_            cacheline.Pad
}

// A layout reads and writes entries, which are words of a cycle, a bit, and an index:
//
//	63 … order+1: cycle | order: safe | order-1 … 0: index
//
// An index of all ones means none. Entries are compared by their cycle alone, as if the lower bits
// were all ones. The cycle wraps with the word.
//
// An entry is safe until a take comes to it while it still holds an index of an earlier cycle. Then
// no put of that take's cycle may use it, because no take would come back for the index.
type layout struct {
	none uint64 // the index of an entry without one; covers the index
	safe uint64
	low  uint64 // covers safe and index
}

func newLayout(order int) layout {
	return layout{none: 1<<order - 1, safe: 1 << order, low: 2<<order - 1}
}

// cycle returns the cycle of position pos, with all ones below.
func (l *layout) cycle(pos uint64) uint64 { return pos<<1 | l.low }

// cycleOf returns the cycle of an entry, with all ones below.
func (l *layout) cycleOf(entry uint64) uint64 { return entry | l.low }

// holding returns the entry of the given cycle that is safe and holds index i.
func (l *layout) holding(cycle, i uint64) uint64 { return cycle&^l.none | i }

func (l *layout) isSafe(entry uint64) bool   { return entry&l.safe != 0 }
func (l *layout) isEmpty(entry uint64) bool  { return entry&l.none == l.none }
func (l *layout) index(entry uint64) uint64  { return entry & l.none }
func (l *layout) unsafe(entry uint64) uint64 { return entry &^ l.safe }

// passed returns entry, which is empty, advanced to the given cycle.
func (l *layout) passed(entry, cycle uint64) uint64 {
	return cycle&^l.safe | entry&l.safe
}

// before reports whether position or cycle a comes before b, wraparound included.
func before(a, b uint64) bool { return int64(a-b) < 0 }

// init makes a zero ring an empty one for the indexes below capacity. Its positions start at the
// first of a cycle at or below origin.
func (r *indexRing) init(capacity int, origin uint64) {
	order := bits.Len(uint(capacity-1)) + 1 // of the number of entries, 2·size
	r.layout = newLayout(order)
	r.entries = make([]atomics.Uint64, 1<<order)
	r.maxThreshold = 3*int64(len(r.entries)/2) - 1
	start := origin &^ r.layout.none
	r.tail.Store(start)
	r.head.Store(start)
	r.threshold.Store(-1)
	past := r.layout.cycle(start - 1) // safe, empty, and one cycle behind
	for i := range r.entries {
		r.entries[i].Store(past)
	}
}

func (r *indexRing) entry(pos uint64) *atomics.Uint64 { return &r.entries[pos&r.layout.none] }

// put adds index i.
func (r *indexRing) put(i uint64) {
	for {
		t := r.tail.Add(1) - 1
		if r.show(t, i) {
			break
		}
	}
	if r.threshold.Load() != r.maxThreshold {
		r.threshold.Store(r.maxThreshold)
	}
}

// show puts index i into the entry of position t, or reports false if that is not available.
func (r *indexRing) show(t, i uint64) bool {
	e, cycle := r.entry(t), r.layout.cycle(t)
	for {
		old := e.Load()
		if !r.layout.isEmpty(old) || !before(r.layout.cycleOf(old), cycle) {
			return false
		}
		if !r.layout.isSafe(old) && before(t, r.head.Load()) {
			return false // the take of t has been here, or is about to pass
		}
		// Not a plain store: a take between the load and here has advanced the cycle, and an
		// index stored over that would never be taken.
		if e.CompareAndSwap(old, r.layout.holding(cycle, i)) {
			return true
		}
	}
}

// take removes and returns the oldest index, or reports false if there was none.
func (r *indexRing) take() (i uint64, ok bool) {
	if r.threshold.Load() < 0 {
		return 0, false
	}
	for {
		h := r.head.Add(1) - 1
		if i, ok := r.collect(h); ok {
			return i, true
		}
		if t := r.tail.Load(); !before(h+1, t) {
			r.catchUp(t, h+1)
			r.threshold.Add(-1)
			return 0, false
		}
		if r.threshold.Add(-1) < 0 {
			return 0, false
		}
	}
}

// collect takes the index from the entry of position h. If it is not there, collect makes the
// put of h, should it still come, go elsewhere.
func (r *indexRing) collect(h uint64) (i uint64, ok bool) {
	e, cycle := r.entry(h), r.layout.cycle(h)
	for {
		old := e.Load()
		if r.layout.cycleOf(old) == cycle {
			if invariant.Enabled {
				invariant.Check(!r.layout.isEmpty(old), "an index was taken twice")
			}
			// Or, since a take of a later cycle may mark the entry unsafe meanwhile.
			e.Or(r.layout.none)
			return r.layout.index(old), true
		}
		if !before(r.layout.cycleOf(old), cycle) {
			return 0, false
		}
		next := r.layout.unsafe(old)
		if r.layout.isEmpty(old) {
			next = r.layout.passed(old, cycle)
		}
		if e.CompareAndSwap(old, next) {
			return 0, false
		}
	}
}

// catchUp moves tail, last seen at t, to head, last seen at h, if takes have left tail behind, so
// that the next put need not try all positions between.
func (r *indexRing) catchUp(t, h uint64) {
	for !r.tail.CompareAndSwap(t, h) {
		h, t = r.head.Load(), r.tail.Load()
		if !before(t, h) {
			return
		}
	}
}

// count returns how many entries hold an index, each as of the instant it is read.
func (r *indexRing) count() int {
	n := 0
	for i := range r.entries {
		if !r.layout.isEmpty(r.entries[i].Load()) {
			n++
		}
	}
	return n
}
