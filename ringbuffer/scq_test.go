package ringbuffer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

// TestSCQHasTwoEntriesASlot: twice the capacity, rounded up to a power of two.
func TestSCQHasTwoEntriesASlot(t *testing.T) {
	for capacity, want := range map[int]int{1: 2, 2: 4, 3: 8, 4: 8, 5: 16, 8: 16, 9: 32, 1024: 2048} {
		assert.Equal(t, want, ringbuffer.NewSCQ[int](capacity).Entries(), "capacity %d: entries", capacity)
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
			v, ok := q.TryPop()
			require.True(t, ok, "capacity %d", capacity)
			require.Equal(t, round, v, "capacity %d", capacity)
			begin, _ := q.Takes()
			for range 2 * want {
				if _, ok := q.TryPop(); ok {
					t.Fatalf("capacity %d: a pop from the empty queue", capacity)
				}
				if _, behind := q.Takes(); behind != 0 {
					t.Fatalf("capacity %d: tail lies %d behind head", capacity, behind)
				}
			}
			end, _ := q.Takes()
			require.Equal(t, want, end-begin, "capacity %d: pops in vain moved head %d times", capacity, end-begin)
		}
	}
}
