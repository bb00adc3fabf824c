package pool

// A queue is a bounded queue whose slots its owner may fill in any order. The owner
// guarantees mutual exclusion, and that the queue is never overfull.
type queue[T any] struct {
	slots      []slot[T]
	head, tail uint64
}

type slot[T any] struct {
	v     T
	taken bool
}

func (q *queue[T]) init(size int) { q.slots = make([]slot[T], size) }

func (q *queue[T]) size() int { return len(q.slots) }

func (q *queue[T]) at(index uint64) *slot[T] { return &q.slots[index%uint64(len(q.slots))] }

// push adds v at the end.
func (q *queue[T]) push(v T) {
	q.put(q.tail, v)
	q.tail++
}

// put adds v at the slot of the given index. The slot must be free; slots before it may be
// free too. A queue is filled by push or by put, not both.
func (q *queue[T]) put(index uint64, v T) { *q.at(index) = slot[T]{v, true} }

// ready reports whether the first slot is filled.
func (q *queue[T]) ready() bool { return q.at(q.head).taken }

// pop removes and returns the first element with its index, or reports false.
func (q *queue[T]) pop() (v T, index uint64, ok bool) {
	if !q.ready() {
		return v, 0, false
	}
	first := q.at(q.head)
	v = first.v
	*first = slot[T]{}
	q.head++
	return v, q.head - 1, true
}

// A sleeper is a goroutine that may wait on wake. The holder of the lock sets sleeps
// first.
type sleeper struct {
	wake   chan struct{}
	sleeps bool
}

func (s *sleeper) init() { s.wake = make(chan struct{}, 1) }

// wakeUp makes the sleeper check again. A surplus token does no harm.
func (s *sleeper) wakeUp() {
	if !s.sleeps {
		return
	}
	s.sleeps = false
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
