package pheap_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

// wantPoll polls, fails the test unless it gets want, and returns its age.
func wantPoll(t *testing.T, h *pheap.Heap[string], want string) (age uint64) {
	t.Helper()
	v, age, status := h.Poll()
	require.Equal(t, want, v, "poll")
	require.Equal(t, ringbuffer.Done, status, "poll")
	return age
}

func wantOffer(t *testing.T, got, want ringbuffer.Status) {
	t.Helper()
	require.Equal(t, want, got, "offer")
}

// onShards runs a law on heaps of several numbers of shards.
func onShards(t *testing.T, law func(t *testing.T, shards int)) {
	for _, shards := range []int{1, 2, 3, pheap.MaxShards} {
		t.Run(fmt.Sprintf("shards=%d", shards), func(t *testing.T) { law(t, shards) })
	}
}

func TestNewPanicsAndSaysWhy(t *testing.T) {
	for want, cfg := range map[string]pheap.Config{
		"pheap: Config.Capacity = -1: must not be negative": {Capacity: -1},
		"pheap: Config.Aging = -2: must not be negative":    {Aging: -2},
		"pheap: Config.Shards = -3: must be in [0, 16]":     {Shards: -3},
		"pheap: Config.Shards = 17: must be in [0, 16]":     {Shards: 17},
	} {
		assert.PanicsWithValue(t, want, func() { pheap.New[int](cfg) })
	}
}

func TestShardsFollowTheProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for procs, want := range map[int]int{1: 1, 2: 4, 3: 6, 8: 16, 64: 16} {
		runtime.GOMAXPROCS(procs)
		assert.Equal(t, want, pheap.New[int](pheap.Config{}).Shards(), "%d processors: shards", procs)
		for _, n := range []int{1, 5, pheap.MaxShards} {
			got := pheap.New[int](pheap.Config{Shards: n}).Shards()
			assert.Equal(t, n, got, "of %d shards asked for there are %d", n, got)
		}
	}
}

// TestPushesSpreadOverTheShards: each shard gets between half and one and a half of its share,
// whatever pattern the priorities have.
func TestPushesSpreadOverTheShards(t *testing.T) {
	const part = 100
	for _, shards := range []int{2, 3, 4, 7, pheap.MaxShards} {
		for _, period := range []int{1, 2, 3, 7, pheap.MaxShards} {
			h := pheap.New[int](pheap.Config{Shards: shards})
			for i := range part * shards {
				h.Offer(i, i%period)
			}
			for _, n := range h.Sizes() {
				if n < part/2 || n > part*3/2 {
					t.Fatalf("%d items, priorities of period %d: %v in the shards", part*shards, period, h.Sizes())
				}
			}
		}
	}
}

// TestBoundIsOneForAllShards: exactly the capacity goes in, in whatever shards, and as many as come
// out can follow.
func TestBoundIsOneForAllShards(t *testing.T) {
	onShards(t, func(t *testing.T, shards int) {
		for _, capacity := range []int{1, 2, 3, 5, 100} {
			h := pheap.New[string](pheap.Config{Capacity: capacity, Shards: shards})
			for range 3 {
				for i := 0; h.Offer("", i) == ringbuffer.Done; i++ {
				}
				require.Equal(t, capacity, h.Len())
				wantOffer(t, h.Offer("", math.MaxInt), ringbuffer.Full)
				for range 1 + capacity/2 {
					wantPoll(t, h, "")
				}
			}
		}
	})
}

// TestBeyondTheBound: OfferBeyond and Return go past the capacity, and there is room
// again once Len is below it.
func TestBeyondTheBound(t *testing.T) {
	onShards(t, func(t *testing.T, shards int) {
		h := pheap.New[string](pheap.Config{Capacity: 2, Shards: shards})
		wantOffer(t, h.Offer("a", 5), ringbuffer.Done)
		age := wantPoll(t, h, "a")
		wantOffer(t, h.Offer("b", 4), ringbuffer.Done)
		wantOffer(t, h.Offer("c", 3), ringbuffer.Done)
		wantOffer(t, h.OfferBeyond("d", 2), ringbuffer.Done)
		h.Return("a", 5, age)
		require.Equal(t, 4, h.Len())
		require.Equal(t, uint64(4), h.Pushed())
		for _, want := range []string{"a", "b", "c"} {
			wantOffer(t, h.Offer("late", 9), ringbuffer.Full)
			wantPoll(t, h, want)
		}
		wantOffer(t, h.Offer("e", 1), ringbuffer.Done)
		wantOffer(t, h.Offer("late", 9), ringbuffer.Full)
		wantPoll(t, h, "d")
		wantPoll(t, h, "e")
	})
}

// TestReturnKeepsThePlace: a returned item goes before the equals that were pushed after it, and
// after those pushed before, also when the heap is closed.
func TestReturnKeepsThePlace(t *testing.T) {
	onShards(t, func(t *testing.T, shards int) {
		h := pheap.New[string](pheap.Config{Shards: shards})
		for _, v := range []string{"a", "b", "c", "d"} {
			h.Offer(v, 1)
		}
		a, b, c := wantPoll(t, h, "a"), wantPoll(t, h, "b"), wantPoll(t, h, "c")
		h.Return("b", 1, b)
		h.Close()
		h.Return("c", 1, c)
		h.Return("a", 1, a)
		got := wantPoll(t, h, "a")
		assert.Equal(t, a, got, "a came back with age %d, and went with %d", a, got)
		for _, want := range []string{"b", "c", "d"} {
			wantPoll(t, h, want)
		}
		assert.Equal(t, uint64(4), h.Pushed())
	})
}

func TestClosedRefusesAllPushes(t *testing.T) {
	h := pheap.New[string](pheap.Config{Capacity: 1})
	h.Offer("a", 0)
	h.Close()
	wantOffer(t, h.Offer("b", 0), ringbuffer.Closed)
	wantOffer(t, h.OfferBeyond("b", 0), ringbuffer.Closed)
	assert.False(t, h.TryPush("b", 0))
	assert.True(t, h.Closed())
	assert.Equal(t, uint64(1), h.Pushed())
	wantPoll(t, h, "a")
}

// overtakers pushes one item of priority p and then many of q > p, and returns how
// many of these come out first.
func overtakers(aging, p, q, many int) (n int) {
	h := pheap.New[bool](pheap.Config{Aging: aging, Shards: 2})
	h.Offer(true, p)
	for range many {
		h.Offer(false, q)
	}
	for {
		if first, _ := h.TryPop(); first {
			return n
		}
		n++
	}
}

// TestAgingBoundsOvertaking: so many items of larger priority go before one that was
// there, and no more, at all priorities there are.
func TestAgingBoundsOvertaking(t *testing.T) {
	const many = 100
	for _, c := range []struct{ aging, p, q, want int }{
		{1, 0, 1, 0},
		{1, 0, 2, 1},
		{10, 0, 1, 9},
		{10, -3, 3, 59},
		{7, math.MaxInt - 2, math.MaxInt, 13},
		{7, math.MinInt, math.MinInt + 2, 13},
		{1, math.MinInt, math.MaxInt, many},
		{math.MaxInt, math.MinInt, math.MaxInt, many},
		{math.MaxInt, 0, 1, many},
		{math.MaxInt, -1, 1, many},
		{0, 0, 1, many},
	} {
		got := overtakers(c.aging, c.p, c.q, many)
		assert.Equal(t, c.want, got, "aging %d: one of %d was overtaken by %d of %d", c.aging, c.p, got, c.q)
	}
}

// Goal: with aging a, fewer than a·(q-p) items of all priorities up to q together
// overtake one of priority p.
//
// Method: random pushes and pops; of each item it is known who was pushed after it
// and popped before it.
func TestAgingBoundsOvertakingInAll(t *testing.T) {
	seed := queuetest.Seed()
	rng := rand.New(rand.NewPCG(seed, 0))
	const largest = 20
	met := 0
	for range queuetest.Scaled(200) {
		aging := 1 + rng.IntN(5)
		h := pheap.New[int](pheap.Config{Aging: aging, Shards: 1 + rng.IntN(4)})
		var priorities []int             // by item
		var overtaken [][largest + 1]int // by item and priority
		waiting := map[int]bool{}
		pop := func() {
			v, ok := h.TryPop()
			if !ok {
				return
			}
			delete(waiting, v)
			sum := 0
			for q := priorities[v]; q <= largest; q++ {
				sum += overtaken[v][q]
				if q == priorities[v] && sum > 0 || q > priorities[v] && sum >= aging*(q-priorities[v]) {
					t.Fatalf("seed %d: aging %d: an item of %d was overtaken by %d of up to %d", seed, aging, priorities[v], sum, q)
				}
			}
			met += sum
			for w := range waiting {
				if w < v && priorities[v] >= priorities[w] {
					overtaken[w][priorities[v]]++
				} else if w < v {
					t.Fatalf("seed %d: aging %d: an item of %d went before an older one of %d", seed, aging, priorities[v], priorities[w])
				}
			}
		}
		for range 300 {
			if rng.IntN(5) < 3 {
				priorities = append(priorities, rng.IntN(largest+1))
				overtaken = append(overtaken, [largest + 1]int{})
				waiting[len(priorities)-1] = true
				h.Offer(len(priorities)-1, priorities[len(priorities)-1])
			} else {
				pop()
			}
		}
		for len(waiting) > 0 {
			pop()
		}
	}
	assert.NotZero(t, met, "nobody was overtaken")
}

// TestHeapAllocatesNothing: while the arrays have room, a push and a pop do not allocate.
func TestHeapAllocatesNothing(t *testing.T) {
	h := pheap.New[any](pheap.Config{Shards: 3})
	var v any = t
	for i := range 100 {
		h.Offer(v, i)
	}
	i := 0
	assert.Zero(t, testing.AllocsPerRun(1000, func() {
		h.Offer(v, i*7919%1000)
		h.Poll()
		i++
	}), "allocations")
}

// TestHeapGivesMemoryBack: a burst leaves no more room behind than the minimum.
func TestHeapGivesMemoryBack(t *testing.T) {
	n := queuetest.Scaled(200_000)
	h := pheap.New[int](pheap.Config{Shards: 4})
	for i := range n {
		h.Offer(i, i%100)
	}
	room := h.Room()
	require.GreaterOrEqual(t, room, n, "%d items have room for %d", n, room)
	for left := n; left > 0; left-- {
		if room := h.Room(); room > 16*left && room > 4*pheap.KeptItems {
			t.Fatalf("%d items have room for %d", left, room)
		}
		h.TryPop()
	}
	room = h.Room()
	assert.LessOrEqual(t, room, 4*pheap.KeptItems, "empty, with room for %d", room)
}

// TestHeapDoesNotThrash: at no number of items do alternating pushes and pops allocate repeatedly.
func TestHeapDoesNotThrash(t *testing.T) {
	const most, turns = 600, 20
	for _, fill := range []bool{true, false} {
		h := pheap.New[int](pheap.Config{Shards: 1})
		if !fill {
			for range most {
				h.Offer(0, 0)
			}
		}
		for range most {
			grown, room := 0, h.Room()
			look := func() {
				if h.Room() != room {
					grown, room = grown+1, h.Room()
				}
			}
			for range turns {
				h.Offer(0, 0)
				look()
				h.Poll()
				look()
			}
			require.LessOrEqual(t, grown, 1,
				"at %d items, filling: %t: the room changed %d times in %d turns", h.Len(), fill, grown, turns)
			if fill {
				h.Offer(0, 0)
			} else {
				h.Poll()
			}
		}
	}
}

// TestOrderAtRestIsThatOfPriorities drains heaps of all sorts of keys.
func TestOrderAtRestIsThatOfPriorities(t *testing.T) {
	onShards(t, func(t *testing.T, shards int) {
		seed := queuetest.Seed()
		rng := rand.New(rand.NewPCG(seed, 0))
		n := queuetest.Scaled(20_000)
		for name, draw := range map[string]func(i int) int{
			"uniform":    func(int) int { return int(rng.Uint64()) },
			"few":        func(int) int { return rng.IntN(4) },
			"rising":     func(i int) int { return i },
			"falling":    func(i int) int { return -i },
			"equal":      func(int) int { return -7 },
			"in a cycle": func(i int) int { return i % shards },
		} {
			h := pheap.New[int](pheap.Config{Shards: shards})
			priorities := make([]int, n)
			want := make([]int, n)
			for i := range n {
				priorities[i], want[i] = draw(i), i
				h.TryPush(i, priorities[i])
			}
			slices.SortStableFunc(want, func(a, b int) int {
				return cmp.Compare(priorities[b], priorities[a])
			})
			for i := range n {
				if v, ok := h.TryPop(); !ok || v != want[i] {
					t.Fatalf("%s, seed %d: pop %d: got item %d, %t, want %d", name, seed, i, v, ok, want[i])
				}
			}
		}
	})
}
