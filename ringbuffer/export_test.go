package ringbuffer

// NewMPMCAt returns a ring whose positions start at or just below origin, so
// that a test can begin right before they wrap.
func NewMPMCAt[T any](capacity int, origin uint64) *MPMC[T] {
	r := new(MPMC[T])
	r.init(capacity, origin)
	return r
}

// NewUnboundedAt returns a queue whose first ring starts at or just below origin, and
// whose segments double up to largest.
func NewUnboundedAt[T any](capacity int, origin uint64, largest int) *Unbounded[T] {
	return newUnbounded[T](capacity, origin, largest)
}

// MaxSegment is the size segments of an Unbounded double up to.
const MaxSegment = maxSegment

// Segments returns how many segments are linked from head on, and panics if I1 does
// not hold. No other goroutine may step.
func (q *Unbounded[T]) Segments() int {
	tail, met := q.tail.Load(), false
	n := 0
	for s := q.head.Load(); s != nil; s, _ = s.follow() {
		met = met || s == tail
		n++
	}
	if !met {
		panic("I1: head has passed tail")
	}
	return n
}

// NewSCQAt returns a queue whose positions start at or just below origin.
func NewSCQAt[T any](capacity int, origin uint64) *SCQ[T] { return newSCQ[T](capacity, origin) }

// Skipped returns how many indexes no slot of a ring of that capacity has.
func Skipped(capacity int) int {
	l := newLap(capacity)
	return int(l.skip / 2)
}

// CheckCapacity is what all constructors ask first.
func CheckCapacity(capacity int) { checkCapacity(capacity) }

// Entries returns how many entries each of the two rings has.
func (q *SCQ[T]) Entries() int { return len(q.used.entries) }

// Takes returns the position of the next pop, as of now, and by how much that of the
// next push is behind it; less than 0 if it is ahead.
func (q *SCQ[T]) Takes() (head uint64, behind int64) {
	head = q.used.head.Load()
	return head, int64(head - q.used.tail.Load())
}

// A Boxed is a PtrRing as a queue of any values: it queues pointers to copies.
type Boxed[T any] struct{ words *PtrRing[*T] }

// NewBoxedAt returns an empty one whose positions start at or just below origin.
func NewBoxedAt[T any](capacity int, origin uint64) Boxed[T] {
	return Boxed[T]{newPtrRing[*T](capacity, origin)}
}

func unbox[T any](p *T, ok bool) (v T, _ bool) {
	if ok {
		v = *p
	}
	return v, ok
}

func (q Boxed[T]) TryPush(v T) bool  { return q.words.TryPush(&v) }
func (q Boxed[T]) TryPop() (T, bool) { return unbox(q.words.TryPop()) }
func (q Boxed[T]) Offer(v T) Status  { return q.words.Offer(&v) }
func (q Boxed[T]) Poll() (T, Status) {
	p, status := q.words.Poll()
	v, _ := unbox(p, status == Done)
	return v, status
}
func (q Boxed[T]) Len() int       { return q.words.Len() }
func (q Boxed[T]) Ready() bool    { return q.words.Len() > 0 }
func (q Boxed[T]) IsEmpty() bool  { return q.words.IsEmpty() }
func (q Boxed[T]) Cap() int       { return q.words.Cap() }
func (q Boxed[T]) Pushed() uint64 { return q.words.Pushed() }
func (q Boxed[T]) Popped() uint64 { return q.words.Popped() }
func (q Boxed[T]) Close()         { q.words.Close() }
func (q Boxed[T]) Closed() bool   { return q.words.Closed() }

func (q Boxed[T]) TryPushBatch(vs []T) int {
	ps := make([]*T, len(vs))
	for i := range vs {
		v := vs[i]
		ps[i] = &v
	}
	return q.words.TryPushBatch(ps)
}

func (q Boxed[T]) TryPopBatch(dst []T) int {
	ps := make([]*T, len(dst))
	n := q.words.TryPopBatch(ps)
	for i, p := range ps[:n] {
		dst[i] = *p
	}
	return n
}
