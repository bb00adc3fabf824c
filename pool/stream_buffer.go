package pool

// A queue is a bounded queue whose slots are numbered by those who use them. Its
// owner sees to it that it is never overfull, and to mutual exclusion.
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

// put adds v at the slot of the given index, which is free and may be beyond
// others that are free. A queue is filled by push or by put.
func (q *queue[T]) put(index uint64, v T) { *q.at(index) = slot[T]{v, true} }

// ready reports whether the first slot is taken.
func (q *queue[T]) ready() bool { return q.at(q.head).taken }

// pop takes out the first element and returns its index too, or reports false.
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

// A sleeper is a goroutine that may wait on wake. The owner of the lock sets sleeps
// before that.
type sleeper struct {
	wake   chan struct{}
	sleeps bool
}

func (s *sleeper) init() { s.wake = make(chan struct{}, 1) }

// wakeUp has the sleeper look again. A token too many does no harm.
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
