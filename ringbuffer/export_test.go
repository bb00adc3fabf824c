package ringbuffer

// NewMPMCAt returns a ring whose positions start at or just below origin, so
// that a test can begin right before they wrap.
func NewMPMCAt[T any](capacity int, origin uint64) *MPMC[T] {
	r := new(MPMC[T])
	r.init(capacity, origin)
	return r
}

// NewUnboundedAt returns a queue whose first ring starts at or just below origin.
func NewUnboundedAt[T any](capacity int, origin uint64) *Unbounded[T] {
	return newUnbounded[T](capacity, origin)
}

// MaxSegment is the size segments of an Unbounded double up to.
const MaxSegment = maxSegment

// Segments returns how many segments are linked from head on. The queue must be
// at rest.
func (q *Unbounded[T]) Segments() int {
	n := 1
	for s := q.head.Load(); ; n++ {
		next := s.next.Load()
		if next == nil || next == s {
			return n
		}
		s = next
	}
}

// NewSCQAt returns a queue whose positions start at or just below origin.
func NewSCQAt[T any](capacity int, origin uint64) *SCQ[T] { return newSCQ[T](capacity, origin) }
