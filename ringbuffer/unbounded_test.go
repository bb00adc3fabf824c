package ringbuffer_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/ringbuffer"
)

func TestUnbounded(t *testing.T) {
	queuetest.Run(t, queuetest.Config{
		New: func(capacity int) queuetest.Queue[queuetest.Item] {
			return ringbuffer.NewUnbounded[queuetest.Item](capacity)
		},
		NewAt: func(capacity int, origin uint64) queuetest.Queue[queuetest.Item] {
			return ringbuffer.NewUnboundedAt[queuetest.Item](capacity, origin, ringbuffer.MaxSegment)
		},
		Unbounded: true,
	})
}

// TestUnboundedOfSmallRings keeps the rings at two slots or less, whatever capacity is
// asked for, so that they are linked and left all the time.
func TestUnboundedOfSmallRings(t *testing.T) {
	at := func(capacity int, origin uint64) queuetest.Queue[queuetest.Item] {
		return ringbuffer.NewUnboundedAt[queuetest.Item](min(capacity, 2), origin, 2)
	}
	queuetest.Run(t, queuetest.Config{
		New:       func(capacity int) queuetest.Queue[queuetest.Item] { return at(capacity, 0) },
		NewAt:     at,
		Unbounded: true,
	})
}

// TestUnboundedReusesItsRing: while the values fit, one ring is reused forever.
func TestUnboundedReusesItsRing(t *testing.T) {
	q := ringbuffer.NewUnbounded[int](8)
	allocs := testing.AllocsPerRun(1000, func() {
		for i := range 8 {
			q.TryPush(i)
		}
		for range 8 {
			q.TryPop()
		}
	})
	if allocs != 0 || q.Segments() != 1 {
		t.Errorf("%v allocations a round, and %d segments, want 0 and 1", allocs, q.Segments())
	}
}

// TestUnboundedDoublesItsRings: the rings grow with what is queued, up to a size.
func TestUnboundedDoublesItsRings(t *testing.T) {
	q := ringbuffer.NewUnbounded[int](1)
	n := 0
	for capacity, segments := 1, 1; segments < 14; segments++ {
		for range capacity {
			q.TryPush(n)
			n++
		}
		require.Equal(t, segments, q.Segments(), "%d values: segments", n)
		capacity = min(2*capacity, ringbuffer.MaxSegment)
	}
	for i := range n {
		v, ok := q.TryPop()
		require.True(t, ok)
		require.Equal(t, i, v)
	}
	assert.Equal(t, 1, q.Segments(), "drained: segments")
}

// TestUnboundedGivesMemoryBack: after a million values in and out one ring is left.
func TestUnboundedGivesMemoryBack(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC() // the second frees what cleanups of the first held
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	n := queuetest.Scaled(1_000_000)
	q := ringbuffer.NewUnbounded[int](64)
	before := heap()
	for i := range n {
		q.TryPush(i)
	}
	full := heap()
	for i := range n {
		if v, ok := q.TryPop(); !ok || v != i {
			t.Fatalf("pop %d: got %d, %t", i, v, ok)
		}
	}
	after := heap()
	const slot = 16 // a stamp and an int
	assert.GreaterOrEqual(t, full, before+uint64(n)*slot/2,
		"%d values took %d bytes: the measure is wrong", n, full-before)
	assert.LessOrEqual(t, after, before+256<<10,
		"the heap is %d bytes when drained, %d before, %d full", after, before, full)
	runtime.KeepAlive(q)
}

// TestUnboundedBatchSpansRings: a batch goes in whole, whatever the rings' size.
func TestUnboundedBatchSpansRings(t *testing.T) {
	q := ringbuffer.NewUnbounded[int](3)
	vs := make([]int, 5000)
	for i := range vs {
		vs[i] = i
	}
	n := q.TryPushBatch(vs)
	require.Equal(t, len(vs), n, "pushed %d of %d", n, len(vs))
	dst := make([]int, len(vs))
	for next := 0; next < len(vs); {
		n := q.TryPopBatch(dst)
		require.NotZero(t, n, "empty after %d of %d", next, len(vs))
		for _, v := range dst[:n] {
			require.Equal(t, next, v)
			next++
		}
	}
}

func TestUnboundedStatus(t *testing.T) {
	q := ringbuffer.NewUnbounded[int](1)
	wantReady := func(want bool) {
		t.Helper()
		assert.Equal(t, want, q.Ready())
	}
	_, status := q.Poll()
	assert.Equal(t, ringbuffer.Empty, status, "poll of an empty queue")
	wantReady(false)
	for i := range 10 {
		assert.Equal(t, ringbuffer.Done, q.Offer(i))
	}
	for i := range 10 {
		wantReady(true)
		v, status := q.Poll()
		assert.Equal(t, i, v)
		assert.Equal(t, ringbuffer.Done, status)
	}
	wantReady(false)
	q.Close()
	assert.Equal(t, ringbuffer.Closed, q.Offer(1), "offer when closed")
	_, status = q.Poll()
	assert.Equal(t, ringbuffer.Empty, status, "poll when closed")
	wantReady(false)
}
