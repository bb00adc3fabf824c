package queuetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var sizes = []int{1, 2, 3, 5, 1000}

// push and pop fail the test unless they go through.

func push(t *testing.T, q Queue[Item], id uint64) {
	t.Helper()
	if !q.TryPush(Item{ID: id}) {
		t.Fatalf("push of %d: refused with %d in the queue", id, q.Len())
	}
}

func pop(t *testing.T, q Queue[Item], want uint64) {
	t.Helper()
	v, ok := q.TryPop()
	if !ok {
		t.Fatalf("pop: empty, want %d", want)
	}
	if v.ID != want {
		t.Fatalf("pop: got %d, want %d", v.ID, want)
	}
}

func wantEmpty(t *testing.T, q Queue[Item]) {
	t.Helper()
	v, ok := q.TryPop()
	require.False(t, ok, "pop of an empty queue: got %d", v.ID)
	wantLen(t, q, 0)
}

func wantFull(t *testing.T, q Queue[Item]) {
	t.Helper()
	require.False(t, q.TryPush(Item{}), "push to a full queue: accepted, now %d in it", q.Len())
}

func wantLen(t *testing.T, q Queue[Item], want int) {
	t.Helper()
	if got := q.Len(); got != want {
		t.Fatalf("Len: got %d, want %d", got, want)
	}
}

func smoke(t *testing.T, c Config) {
	q := c.New(3)
	wantEmpty(t, q)
	for round := range uint64(5) {
		for i := range uint64(3) {
			push(t, q, 10*round+i)
		}
		if !c.Unbounded {
			wantFull(t, q)
		}
		for i := range uint64(3) {
			pop(t, q, 10*round+i)
		}
		wantEmpty(t, q)
	}
}

func capacity(t *testing.T, c Config) {
	for _, size := range []int{0, -1, math.MinInt} {
		assert.Panics(t, func() { c.New(size) }, "a capacity of %d: no panic", size)
	}
	for _, size := range sizes {
		q := c.New(size)
		if c, ok := q.(interface{ Cap() int }); ok && c.Cap() != size {
			t.Errorf("Cap: got %d, want %d", c.Cap(), size)
		}
		for lap := range 3 {
			for i := range size {
				push(t, q, uint64(i))
			}
			if c.Unbounded {
				push(t, q, uint64(size))
				wantLen(t, q, size+1)
			} else {
				wantFull(t, q)
				wantLen(t, q, size)
			}
			// One out, one in: full again, at every index there is.
			if !c.Unbounded {
				for i := range size {
					pop(t, q, uint64(i))
					push(t, q, uint64(size+i))
					wantFull(t, q)
				}
			}
			for range q.Len() {
				_, ok := q.TryPop()
				require.True(t, ok, "size %d, lap %d: empty too early", size, lap)
			}
			wantEmpty(t, q)
		}
	}
}

func length(t *testing.T, c Config) {
	for _, size := range sizes {
		q := c.New(size)
		for i := range size {
			wantLen(t, q, i)
			push(t, q, uint64(i))
		}
		for i := range size {
			wantLen(t, q, size-i)
			pop(t, q, uint64(i))
		}
		wantEmpty(t, q)
	}
	t.Run("grows", func(t *testing.T) { lengthGrows(t, c) })
}

func batch(t *testing.T, c Config) {
	items := func(from, n int) []Item {
		vs := make([]Item, n)
		for i := range vs {
			vs[i].ID = uint64(from + i)
		}
		return vs
	}
	for _, size := range sizes {
		q := c.New(size)
		next, oldest := 0, 0 // the ids to push, and to pop, in turn
		for _, n := range []int{0, 1, size, 2*size + 1, size / 2, size + 1} {
			room := size - (next - oldest)
			want := min(n, room)
			if c.Unbounded {
				want = n
			}
			if got := q.TryPushBatch(items(next, n)); got != want {
				t.Fatalf("size %d: a batch of %d with room for %d: pushed %d", size, n, room, got)
			}
			next += want
			wantLen(t, q, next-oldest)

			dst := make([]Item, n/2+1)
			got := q.TryPopBatch(dst)
			if most := min(len(dst), next-oldest); got > most || got == 0 && most > 0 || !c.Unbounded && got != most {
				t.Fatalf("size %d: a batch of %d from %d: popped %d", size, len(dst), next-oldest, got)
			}
			for i, v := range dst[:got] {
				require.Equal(t, uint64(oldest+i), v.ID, "size %d: item %d of a batch", size, i)
			}
			oldest += got
			require.Zero(t, q.TryPopBatch(nil), "pop of an empty batch")
			require.Zero(t, q.TryPushBatch(nil), "push of an empty batch")
		}
		for ; oldest < next; oldest++ {
			pop(t, q, uint64(oldest))
		}
		wantEmpty(t, q)
		require.Zero(t, q.TryPopBatch(make([]Item, 3)), "pop of a batch from an empty queue")
	}
}

// origins are positions shortly before a position word, or half of it, wraps.
var origins = []uint64{1<<32 - 1, 1<<48 - 1, 1<<63 - 1, 1<<64 - 1}

// wraparound starts each queue at or just below an origin and moves it across, and on by
// several laps, full and less full, alone and under stress.
func wraparound(t *testing.T, c Config) {
	if c.NewAt == nil {
		return // the queue has no positions
	}
	for _, origin := range origins {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("origin=%#x/cap=%d", origin, size), func(t *testing.T) {
				acrossTheWrap(t, c, c.NewAt(size, origin), size)
			})
		}
		t.Run(fmt.Sprintf("origin=%#x/stress", origin), func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 5} {
				rush{producers: 2, consumers: 2, items: Scaled(1000), unordered: c.Unordered}.run(t, c.NewAt(size, origin))
			}
		})
	}
}

func acrossTheWrap(t *testing.T, c Config, q Queue[Item], size int) {
	var next, oldest uint64
	check := func() {
		t.Helper()
		wantLen(t, q, int(next-oldest))
		if count, ok := q.(Counter); ok && (count.Pushed() != next || count.Popped() != oldest) {
			t.Fatalf("pushed %d and popped %d, counted %d and %d", next, oldest, count.Pushed(), count.Popped())
		}
	}
	// The origin lies within the first lap, so it is the first fill that meets the
	// wrap of the word; the others meet that of the index, twice each.
	for _, fill := range []int{size, 1, size/2 + 1} {
		for range 2 * size {
			for next-oldest < uint64(fill) {
				push(t, q, next)
				next++
			}
			if fill == size && !c.Unbounded {
				wantFull(t, q)
			}
			if size <= 5 {
				check()
			}
			pop(t, q, oldest)
			oldest++
		}
		check()
	}
	for ; oldest < next; oldest++ {
		pop(t, q, oldest)
	}
	wantEmpty(t, q)
	check()
}
