package queuetest

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func closing(t *testing.T, c Config) {
	if _, ok := c.New(1).(Closer); !ok {
		return // the queue cannot be closed
	}
	for _, size := range sizes {
		closingKeeps(t, c.New(size), size)
	}
	for _, size := range []int{1, 2, 64} {
		for range Scaled(200) {
			closingDecides(t, c.New(size), c.Unordered)
		}
	}
}

// closingKeeps: what is in stays, nothing more comes in.
func closingKeeps(t *testing.T, q Queue[Item], size int) {
	for i := range size - 1 {
		push(t, q, uint64(i))
	}
	for range 2 {
		q.(Closer).Close()
		require.True(t, q.(Closer).Closed(), "Closed after Close: false")
		require.False(t, q.TryPush(Item{}), "push after Close: accepted")
		require.Zero(t, q.TryPushBatch(make([]Item, 2)), "push of a batch after Close: accepted")
		wantLen(t, q, size-1)
	}
	for i := range size - 1 {
		pop(t, q, uint64(i))
	}
	wantEmpty(t, q)
	require.False(t, q.TryPush(Item{}), "push after Close to an empty queue: accepted")
}

// closingDecides: producers push until they are finally refused, while one goroutine closes. Each
// accepted item is popped, no other is, and once one push was refused none is accepted.
func closingDecides(t *testing.T, q Queue[Item], unordered bool) {
	const producers, consumers, first = 3, 2, 20
	closer := q.(Closer)
	accepted := make([]int, producers)
	got := make([][]uint64, consumers)
	var started atomic.Int64
	var refused, late, left atomic.Bool
	var pushing, popping sync.WaitGroup
	for p := range producers {
		pushing.Go(func() {
			for n := 0; ; {
				after := refused.Load()
				ok := false
				if n%2 == 0 {
					ok = q.TryPush(Item{ID: idOf(p, n)})
				} else {
					ok = q.TryPushBatch([]Item{{ID: idOf(p, n)}}) == 1
				}
				switch {
				case ok && after:
					late.Store(true)
					return
				case ok:
					n++
					accepted[p] = n
					started.Add(1)
					if n%16 == 0 {
						runtime.Gosched() // to the closer, or an unbounded queue grows for a time slice
					}
				case closer.Closed():
					refused.Store(true)
					if after {
						return // refused once more than it had to be
					}
				default:
					runtime.Gosched()
				}
			}
		})
	}
	for c := range consumers {
		popping.Go(func() {
			for {
				last := left.Load()
				if v, ok := q.TryPop(); ok {
					got[c] = append(got[c], v.ID)
				} else if last {
					return
				} else {
					runtime.Gosched()
				}
			}
		})
	}
	for started.Load() < first {
		runtime.Gosched()
	}
	together(2, func(int) { closer.Close() })
	pushing.Wait()
	left.Store(true)
	popping.Wait()
	require.False(t, late.Load(), "a push was accepted after one had been refused for good")
	account(t, got, accepted, unordered)
	wantEmpty(t, q)
	if count, ok := q.(Counter); ok {
		all := uint64(0)
		for _, n := range accepted {
			all += uint64(n)
		}
		require.Equal(t, all, count.Pushed())
		require.Equal(t, all, count.Popped())
	}
}
