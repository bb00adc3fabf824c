package queuetest

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A rush is a number of producers and consumers at one queue until all items have passed. Producers
// number their items; see account.
type rush struct {
	producers, consumers int
	items                int // of each producer
	batch                int // the longest batch; 0 for single pushes and pops
	unordered            bool
}

func (r rush) String() string {
	return fmt.Sprintf("producers=%d/consumers=%d/batch=%d", r.producers, r.consumers, r.batch)
}

// idOf numbers the items of a producer.
func idOf(producer, n int) uint64 { return uint64(producer)<<32 | uint64(n) }

// run fails the test unless each item comes out once and, if the queue keeps an order, in its
// producer's order as far as each single consumer can see.
func (r rush) run(t *testing.T, q Queue[Item]) {
	t.Helper()
	var producers, consumers sync.WaitGroup
	var left atomic.Bool // the producers have; what a consumer does not find after that is not there
	got := make([][]uint64, r.consumers)
	for c := range r.consumers {
		consumers.Go(func() { got[c] = r.consume(q, &left) })
	}
	for p := range r.producers {
		producers.Go(func() { r.produce(q, p) })
	}
	producers.Wait()
	left.Store(true)
	consumers.Wait()

	counts := make([]int, r.producers)
	for p := range counts {
		counts[p] = r.items
	}
	account(t, got, counts, r.unordered)
	wantEmpty(t, q)
	if count, ok := q.(Counter); ok {
		all := uint64(r.producers * r.items)
		assert.Equal(t, all, count.Pushed())
		assert.Equal(t, all, count.Popped())
	}
}

func (r rush) produce(q Queue[Item], p int) {
	vs := make([]Item, 0, r.batch)
	for n := 0; n < r.items; {
		if r.batch == 0 {
			if q.TryPush(Item{ID: idOf(p, n)}) {
				n++
			} else {
				runtime.Gosched()
			}
			continue
		}
		vs = vs[:0]
		for i := n; i < r.items && len(vs) < 1+n%r.batch; i++ {
			vs = append(vs, Item{ID: idOf(p, i)})
		}
		pushed := q.TryPushBatch(vs)
		if pushed == 0 {
			runtime.Gosched()
		}
		n += pushed
	}
}

func (r rush) consume(q Queue[Item], left *atomic.Bool) (got []uint64) {
	dst := make([]Item, max(r.batch, 1))
	for {
		last := left.Load()
		n := 0
		if r.batch > 0 {
			n = q.TryPopBatch(dst[:1+len(got)%r.batch])
		} else if v, ok := q.TryPop(); ok {
			n, dst[0] = 1, v
		}
		for _, v := range dst[:n] {
			got = append(got, v.ID)
		}
		if n == 0 {
			if last {
				return got
			}
			runtime.Gosched()
		}
	}
}

// account fails the test unless got, a list for each consumer, holds the first
// counts[p] items of each producer p once, and, unless unordered, each list those of
// one producer in order.
func account(t *testing.T, got [][]uint64, counts []int, unordered bool) {
	t.Helper()
	seen := make([][]bool, len(counts))
	for p, n := range counts {
		seen[p] = make([]bool, n)
	}
	for c, ids := range got {
		next := make([]int, len(counts))
		for _, id := range ids {
			p, n := int(id>>32), int(id&(1<<32-1))
			if p >= len(counts) || n >= counts[p] {
				t.Fatalf("consumer %d got item %d of producer %d, which was not accepted", c, n, p)
			}
			if seen[p][n] {
				t.Fatalf("item %d of producer %d came twice, now to consumer %d", n, p, c)
			}
			seen[p][n] = true
			if n < next[p] && !unordered {
				t.Fatalf("consumer %d got item %d of producer %d after item %d", c, n, p, next[p]-1)
			}
			next[p] = n + 1
		}
	}
	for p := range seen {
		for n, ok := range seen[p] {
			if !ok {
				t.Fatalf("item %d of %d of producer %d is lost", n, counts[p], p)
			}
		}
	}
}

func spsc(t *testing.T, c Config) {
	for _, r := range []struct{ size, batch, items int }{
		{64, 0, 200_000}, // enough to lose some where a pop may invalidate the slot of a push
		{64, 7, 50_000},
		{1, 0, 10_000},
		{2, 7, 20_000},
	} {
		t.Run(fmt.Sprintf("cap=%d/batch=%d", r.size, r.batch), func(t *testing.T) {
			rush{producers: 1, consumers: 1, items: Scaled(r.items), batch: r.batch, unordered: c.Unordered}.run(t, c.New(r.size))
		})
	}
}

func mpmc(t *testing.T, c Config) {
	for _, size := range []int{1, 2, 3, 64} {
		for _, r := range []rush{
			{producers: 2, consumers: 2},
			{producers: 1, consumers: 4},
			{producers: 4, consumers: 1},
			{producers: 4, consumers: 4, batch: 5},
			{producers: 16, consumers: 16},
		} {
			// With few slots the two sides wait for each other all the time, and on a busy
			// machine each wait may last a time slice of the system.
			r.items = Scaled(min(40_000, 4_000*size)) / r.producers
			r.unordered = c.Unordered
			t.Run(fmt.Sprintf("cap=%d/%v", size, r), func(t *testing.T) { r.run(t, c.New(size)) })
		}
	}
}

// together runs f(0) … f(n-1), each in a goroutine, all started at once, and waits for them.
func together(n int, f func(int)) {
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	all.Wait()
}

// stampede lets 8 goroutines push once, then pop once. Without pops a push may be refused only once
// the queue stays full, so exactly as many get in as there is room for.
func stampede(t *testing.T, c Config) {
	const crowd = 8
	for _, size := range []int{1, 2, 3, 5, crowd, 3 * crowd} {
		for _, batch := range []int{1, 3} {
			q := c.New(size)
			room := min(size, crowd*batch)
			if c.Unbounded {
				room = crowd * batch
			}
			for round := range Scaled(300) {
				var in [crowd]int
				together(crowd, func(i int) {
					vs := []Item{{ID: idOf(i, 0)}, {ID: idOf(i, 1)}, {ID: idOf(i, 2)}}
					if batch > 1 {
						in[i] = q.TryPushBatch(vs[:batch])
					} else if q.TryPush(vs[0]) {
						in[i] = 1
					}
				})
				wantLen(t, q, room)

				got := make([][]uint64, crowd)
				together(crowd, func(i int) {
					if batch == 1 {
						if v, ok := q.TryPop(); ok {
							got[i] = append(got[i], v.ID)
						}
						return
					}
					var dst [crowd]Item
					for n := -1; n != 0; {
						n = q.TryPopBatch(dst[:batch])
						for _, v := range dst[:n] {
							got[i] = append(got[i], v.ID)
						}
					}
				})
				account(t, got, in[:], c.Unordered)
				total := 0
				for _, n := range in {
					total += n
				}
				require.Equal(t, room, total, "cap %d, batch %d, round %d: got in", size, batch, round)
				wantEmpty(t, q)
			}
		}
	}
}

// noFalseFull: each goroutine has at most one item in the queue, and there is room for one of
// each. So no push may be refused.
func noFalseFull(t *testing.T, c Config) {
	for _, crowd := range []int{1, 2, 3, 8} {
		q := c.New(crowd)
		var refused, missed atomic.Int64
		together(crowd, func(i int) {
			for range Scaled(40_000) / crowd {
				if !q.TryPush(Item{ID: uint64(i)}) {
					refused.Add(1)
					continue
				}
				// After one's own push, each other goroutine can have taken at most
				// one item for each it gave: there is one to take.
				if _, ok := q.TryPop(); !ok {
					missed.Add(1)
				}
			}
		})
		if refused.Load() > 0 || missed.Load() > 0 {
			t.Fatalf("%d goroutines: %d pushes refused, %d pops empty, want none", crowd, refused.Load(), missed.Load())
		}
		wantEmpty(t, q)
	}
}

// noFalseEmpty: the queue starts full, with one item for each goroutine, and each takes one and
// puts it back. So no pop may fail and no push be refused.
func noFalseEmpty(t *testing.T, c Config) {
	for _, crowd := range []int{1, 2, 3, 8} {
		q := c.New(crowd)
		for i := range crowd {
			push(t, q, uint64(i))
		}
		var refused, missed atomic.Int64
		together(crowd, func(int) {
			for range Scaled(40_000) / crowd {
				v, ok := q.TryPop()
				if !ok {
					missed.Add(1)
					continue
				}
				if !q.TryPush(v) {
					refused.Add(1)
				}
			}
		})
		if refused.Load() > 0 || missed.Load() > 0 {
			t.Fatalf("%d goroutines: %d pushes refused, %d pops empty, want none", crowd, refused.Load(), missed.Load())
		}
		got := make([]bool, crowd)
		for range crowd {
			v, ok := q.TryPop()
			require.True(t, ok, "%d goroutines: an item was lost or came twice", crowd)
			require.False(t, got[v.ID], "%d goroutines: an item was lost or came twice", crowd)
			got[v.ID] = true
		}
		wantEmpty(t, q)
	}
}

// lengthGrows: while nothing is popped, Len never falls, and ends at the sum.
func lengthGrows(t *testing.T, c Config) {
	const producers = 2
	each := Scaled(20_000)
	q := c.New(producers * each)
	var pushing sync.WaitGroup
	for p := range producers {
		pushing.Go(func() {
			for n := range each {
				q.TryPush(Item{ID: idOf(p, n)})
			}
		})
	}
	for last, n := 0, 0; n < producers*each; last = n {
		if n = q.Len(); n < last || n > producers*each {
			t.Errorf("Len went from %d to %d of %d", last, n, producers*each)
			break
		}
		runtime.Gosched()
	}
	pushing.Wait()
	wantLen(t, q, producers*each)
}
