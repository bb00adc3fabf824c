package pheap_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

// A job is an item of the storms. Its priority follows from it.
type job struct{ producer, n int }

func (j job) priority() int {
	switch x := uint64(j.n*31+j.producer) * 0x9e3779b97f4a7c15; x >> 61 {
	case 0:
		return math.MaxInt
	case 1:
		return math.MinInt
	default:
		return int(x >> 59 & 3)
	}
}

// Goal: each item accepted comes out once, none beside, and the heap is whole in the
// end, however pushes of all sorts, pops and returns meet.
//
// Method: producers push beside consumers, which put back some of what they get, once
// each. The bound is small, so that full and empty are met.
func TestStormLosesNothing(t *testing.T) {
	onShards(t, func(t *testing.T, shards int) {
		for _, capacity := range []int{0, 1, 7} {
			for _, aging := range []int{0, 3} {
				storm(t, pheap.New[job](pheap.Config{Capacity: capacity, Shards: shards, Aging: aging}))
			}
		}
	})
}

func storm(t *testing.T, h *pheap.Heap[job]) {
	const producers, consumers = 4, 4
	each := queuetest.Scaled(4000)
	var pushing, popping sync.WaitGroup
	var left atomic.Bool
	var got [consumers][]job
	for p := range producers {
		pushing.Go(func() {
			for n := 0; n < each; {
				j := job{p, n}
				switch status := push(h, j); status {
				case ringbuffer.Done:
					n++
				case ringbuffer.Full:
					runtime.Gosched()
				default:
					t.Errorf("offer: %v", status)
					return
				}
			}
		})
	}
	for c := range consumers {
		popping.Go(func() {
			back := map[job]bool{}
			for i := 0; ; i++ {
				last := left.Load()
				switch j, age, status := h.Poll(); {
				case status == ringbuffer.Done && i%5 == 0 && !back[j]:
					back[j] = true
					h.Return(j, j.priority(), age)
				case status == ringbuffer.Done:
					got[c] = append(got[c], j)
				case status == ringbuffer.Empty && last:
					return
				default:
					runtime.Gosched()
				}
			}
		})
	}
	pushing.Wait()
	left.Store(true)
	popping.Wait()
	// A consumer may leave while another is about to return an item.
	for j, ok := h.TryPop(); ok; j, ok = h.TryPop() {
		got[0] = append(got[0], j)
	}
	seen := map[job]bool{}
	for _, j := range slices.Concat(got[:]...) {
		if seen[j] {
			t.Fatalf("%v came twice", j)
		}
		seen[j] = true
	}
	if len(seen) != producers*each || h.Pushed() != uint64(producers*each) {
		t.Fatalf("of %d items %d came out, Pushed is %d", producers*each, len(seen), h.Pushed())
	}
	require.NoError(t, h.Validate())
}

// push pushes j one way or the other.
func push(h *pheap.Heap[job], j job) ringbuffer.Status {
	if j.n%9 == 0 {
		return h.OfferBeyond(j, j.priority())
	}
	return h.Offer(j, j.priority())
}

// TestBoundIsExactBesideOthers: many goroutines push at once until there is no more room, and none
// pops: exactly the capacity gets in.
func TestBoundIsExactBesideOthers(t *testing.T) {
	onShards(t, func(t *testing.T, shards int) {
		const crowd = 8
		for _, capacity := range []int{1, 3, 50} {
			for range queuetest.Scaled(200) {
				h := pheap.New[job](pheap.Config{Capacity: capacity, Shards: shards})
				for round := range 2 {
					var in atomic.Int64
					var all sync.WaitGroup
					for p := range crowd {
						all.Go(func() {
							for n := 0; h.Offer(job{p, n}, n) == ringbuffer.Done; n++ {
								in.Add(1)
							}
						})
					}
					all.Wait()
					want := capacity
					if round > 0 {
						want = (capacity + 1) / 2
					}
					require.Equal(t, int64(want), in.Load(), "capacity %d, round %d", capacity, round)
					require.Equal(t, capacity, h.Len(), "capacity %d, round %d", capacity, round)
					for range (capacity + 1) / 2 {
						h.TryPop()
					}
				}
			}
		}
	})
}

// TestOrderAtRestAfterAStorm: items pushed concurrently come out in order of priority, and among
// equals each producer's in its order.
func TestOrderAtRestAfterAStorm(t *testing.T) {
	onShards(t, func(t *testing.T, shards int) {
		const producers = 4
		each := queuetest.Scaled(5000)
		h := pheap.New[job](pheap.Config{Shards: shards})
		var all sync.WaitGroup
		for p := range producers {
			all.Go(func() {
				for n := range each {
					h.Offer(job{p, n}, job{p, n}.priority())
				}
			})
		}
		all.Wait()
		last := [producers]int{-1, -1, -1, -1}
		priority := math.MaxInt
		for range producers * each {
			j, ok := h.TryPop()
			if !ok || j.priority() > priority {
				t.Fatalf("got %v of %d, %t, after one of %d", j, j.priority(), ok, priority)
			}
			if j.priority() < priority {
				priority = j.priority()
				last = [producers]int{-1, -1, -1, -1}
			}
			if j.n <= last[j.producer] {
				t.Fatalf("got %v after item %d of its producer, both of %d", j, last[j.producer], priority)
			}
			last[j.producer] = j.n
		}
		require.NoError(t, h.Validate())
	})
}

// Goal: while an item rests in the heap, Ready says so and Poll never says Empty.
//
// Method: one shard, so that the order is exact beside others too. The item of the
// smallest priority stays, as each goroutine pops only after it pushed.
func TestReadyBesideARestingItem(t *testing.T) {
	h := pheap.New[int](pheap.Config{Shards: 1})
	h.Offer(0, math.MinInt)
	var done atomic.Bool
	var all, watch sync.WaitGroup
	for range 3 {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(queuetest.Seed(), 0))
			for range queuetest.Scaled(50_000) {
				h.Offer(1, rng.IntN(5))
				for {
					v, _, status := h.Poll()
					if status == ringbuffer.Done && v == 1 {
						break
					}
					if !assert.Equal(t, ringbuffer.Busy, status, "poll beside a resting item: %d, %v", v, status) {
						return
					}
					runtime.Gosched()
				}
			}
		})
	}
	for range 2 {
		watch.Go(func() {
			for !done.Load() {
				if !h.Ready() {
					t.Error("Ready says no beside a resting item")
					return
				}
				runtime.Gosched()
			}
		})
	}
	all.Wait()
	done.Store(true)
	watch.Wait()
}
