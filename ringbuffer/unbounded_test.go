package ringbuffer_test

import (
	"runtime"
	"testing"

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

// TestUnboundedReusesItsRing: while the values fit, one ring serves for ever.
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
		if got := q.Segments(); got != segments {
			t.Fatalf("%d values: %d segments, want %d", n, got, segments)
		}
		capacity = min(2*capacity, ringbuffer.MaxSegment)
	}
	for i := range n {
		if v, ok := q.TryPop(); !ok || v != i {
			t.Fatalf("pop %d: got %d, %t", i, v, ok)
		}
	}
	if got := q.Segments(); got != 1 {
		t.Errorf("drained: %d segments, want 1", got)
	}
}

// TestUnboundedGivesMemoryBack: a million values in and out leave one ring.
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
	if full < before+uint64(n)*slot/2 {
		t.Errorf("%d values took %d bytes: the measure is wrong", n, full-before)
	}
	if limit := before + 256<<10; after > limit {
		t.Errorf("the heap is %d bytes when drained, %d before, %d full", after, before, full)
	}
	runtime.KeepAlive(q)
}

// TestUnboundedBatchSpansRings: a batch goes in whole, whatever the rings' size.
func TestUnboundedBatchSpansRings(t *testing.T) {
	q := ringbuffer.NewUnbounded[int](3)
	vs := make([]int, 5000)
	for i := range vs {
		vs[i] = i
	}
	if n := q.TryPushBatch(vs); n != len(vs) {
		t.Fatalf("pushed %d of %d", n, len(vs))
	}
	dst := make([]int, len(vs))
	for next := 0; next < len(vs); {
		n := q.TryPopBatch(dst)
		if n == 0 {
			t.Fatalf("empty after %d of %d", next, len(vs))
		}
		for _, v := range dst[:n] {
			if v != next {
				t.Fatalf("got %d, want %d", v, next)
			}
			next++
		}
	}
}

func TestUnboundedStatus(t *testing.T) {
	q := ringbuffer.NewUnbounded[int](1)
	wantReady := func(want bool) {
		t.Helper()
		if got := q.Ready(); got != want {
			t.Errorf("Ready: got %t, want %t", got, want)
		}
	}
	if _, status := q.Poll(); status != ringbuffer.Empty {
		t.Errorf("poll of an empty queue: %v", status)
	}
	wantReady(false)
	for i := range 10 {
		if status := q.Offer(i); status != ringbuffer.Done {
			t.Errorf("offer: %v", status)
		}
	}
	for i := range 10 {
		wantReady(true)
		if v, status := q.Poll(); v != i || status != ringbuffer.Done {
			t.Errorf("poll: got %d, %v, want %d", v, status, i)
		}
	}
	wantReady(false)
	q.Close()
	if status := q.Offer(1); status != ringbuffer.Closed {
		t.Errorf("offer when closed: %v", status)
	}
	if _, status := q.Poll(); status != ringbuffer.Empty {
		t.Errorf("poll when closed: %v", status)
	}
	wantReady(false)
}
