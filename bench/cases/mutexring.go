package cases

import "sync"

// A mutexRing is the usual bounded queue without a library.
type mutexRing struct {
	mu             sync.Mutex
	room, content  sync.Cond
	items          []int
	first, howMany int
}

func newMutexRing(capacity int) ring {
	q := &mutexRing{items: make([]int, capacity)}
	q.room.L, q.content.L = &q.mu, &q.mu
	return ring{q.push, q.pop}
}

func (q *mutexRing) push(v int) {
	q.mu.Lock()
	for q.howMany == len(q.items) {
		q.room.Wait()
	}
	last := q.first + q.howMany
	if last >= len(q.items) {
		last -= len(q.items)
	}
	q.items[last] = v
	q.howMany++
	q.mu.Unlock()
	q.content.Signal()
}

func (q *mutexRing) pop() int {
	q.mu.Lock()
	for q.howMany == 0 {
		q.content.Wait()
	}
	v := q.items[q.first]
	if q.first++; q.first == len(q.items) {
		q.first = 0
	}
	q.howMany--
	q.mu.Unlock()
	q.room.Signal()
	return v
}
