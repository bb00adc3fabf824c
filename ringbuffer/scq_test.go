package ringbuffer_test

import (
	"testing"

	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/ringbuffer"
)

func TestSCQ(t *testing.T) {
	queuetest.Run(t, queuetest.Config{
		New: func(capacity int) queuetest.Queue[queuetest.Item] {
			return ringbuffer.NewSCQ[queuetest.Item](capacity)
		},
		NewAt: func(capacity int, origin uint64) queuetest.Queue[queuetest.Item] {
			return ringbuffer.NewSCQAt[queuetest.Item](capacity, origin)
		},
	})
}

// TestSCQHasTwoEntriesASlot: twice the capacity, made a power of two.
func TestSCQHasTwoEntriesASlot(t *testing.T) {
	for capacity, want := range map[int]int{1: 2, 2: 4, 3: 8, 4: 8, 5: 16, 8: 16, 9: 32, 1024: 2048} {
		if got := ringbuffer.NewSCQ[int](capacity).Entries(); got != want {
			t.Errorf("capacity %d: %d entries, want %d", capacity, got, want)
		}
	}
}

// TestSCQEmptyIsALoadInTheEnd: after a push, pops in vain move head 3·size times, as
// the paper's threshold has it, and then no more; the next push comes right at head.
func TestSCQEmptyIsALoadInTheEnd(t *testing.T) {
	for _, capacity := range []int{1, 2, 3, 4, 1000} {
		q := ringbuffer.NewSCQ[int](capacity)
		want := uint64(3 * q.Entries() / 2)
		for round := range 4 {
			q.TryPush(round)
			if v, ok := q.TryPop(); !ok || v != round {
				t.Fatalf("capacity %d: got %d, %t, want %d", capacity, v, ok, round)
			}
			begin, _ := q.Takes()
			for range 2 * want {
				if _, ok := q.TryPop(); ok {
					t.Fatalf("capacity %d: a pop from the empty queue", capacity)
				}
				if _, behind := q.Takes(); behind != 0 {
					t.Fatalf("capacity %d: tail lies %d behind head", capacity, behind)
				}
			}
			if end, _ := q.Takes(); end-begin != want {
				t.Fatalf("capacity %d: pops in vain moved head %d times, want %d", capacity, end-begin, want)
			}
		}
	}
}
