package queuetest_test

import (
	"sync"
	"testing"

	"github.com/user/millrace/internal/queuetest"
)

// A plain queue is a slice under a mutex: right by its looks, so that a law it breaks
// is a wrong law.
type plain struct {
	mu             sync.Mutex
	items          []queuetest.Item
	room           int
	closed         bool
	pushed, popped uint64
}

func newPlain(capacity int) *plain {
	if capacity < 1 {
		panic("no capacity")
	}
	return &plain{room: capacity}
}

func (q *plain) TryPush(v queuetest.Item) bool { return q.TryPushBatch([]queuetest.Item{v}) == 1 }

func (q *plain) TryPushBatch(vs []queuetest.Item) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return 0
	}
	n := min(len(vs), q.room-len(q.items))
	q.items = append(q.items, vs[:n]...)
	q.pushed += uint64(n)
	return n
}

func (q *plain) TryPop() (v queuetest.Item, ok bool) {
	dst := make([]queuetest.Item, 1)
	ok = q.TryPopBatch(dst) == 1
	return dst[0], ok
}

func (q *plain) TryPopBatch(dst []queuetest.Item) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := copy(dst, q.items)
	clear(q.items[:n])
	q.items = q.items[n:]
	q.popped += uint64(n)
	return n
}

func (q *plain) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

func (q *plain) Cap() int { return q.room }

func (q *plain) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

func (q *plain) Closed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

func (q *plain) Pushed() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pushed
}

func (q *plain) Popped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.popped
}

// TestLawsHoldForAPlainQueue: the laws ask for no more than a queue can give.
func TestLawsHoldForAPlainQueue(t *testing.T) {
	queuetest.Run(t, queuetest.Config{
		New: func(capacity int) queuetest.Queue[queuetest.Item] { return newPlain(capacity) },
	})
}

// FuzzDecode: any bytes are operations, and a plain queue goes through them.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{2, 0, 0, 0, 1, 0xff, 0, 1})                 // full, closed, drained
	f.Add([]byte{3, 0b110010, 0b110011, 0b1110, 0b11, 0, 1}) // batches over and under
	f.Fuzz(func(t *testing.T, data []byte) {
		capacity, ops := queuetest.Decode(data)
		queuetest.Replay(t, newPlain(capacity), capacity, ops)
	})
}
