package pheap_test

import (
	"encoding/hex"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

// An entry is an item of a reference.
type entry struct {
	id       int
	priority int
	seq      int    // its place among all pushes
	age      uint64 // what Poll gave for it
}

// A reference is a heap as slow and as plainly right as can be: a slice, in the order
// in which the items must come out.
type reference struct {
	items    []entry
	capacity int // 0: no bound
	aging    int // 0: none
	pushed   int
	closed   bool
}

// compare says which of two entries goes first, in numbers without limits.
func (r *reference) compare(a, b entry) int {
	if c := r.standing(b).Cmp(r.standing(a)); c != 0 {
		return c
	}
	return a.seq - b.seq
}

// standing is the priority less what those who waited have gained on it.
func (r *reference) standing(e entry) *big.Int {
	x := big.NewInt(int64(e.priority))
	if r.aging == 0 {
		return x
	}
	x.Sub(x, big.NewInt(int64(e.seq/r.aging)))
	if least := big.NewInt(math.MinInt64); x.Cmp(least) < 0 {
		return least
	}
	return x
}

func (r *reference) insert(e entry) {
	i, _ := slices.BinarySearchFunc(r.items, e, r.compare)
	r.items = slices.Insert(r.items, i, e)
}

func (r *reference) offer(id, priority int, beyond bool) ringbuffer.Status {
	switch {
	case r.closed:
		return ringbuffer.Closed
	case !beyond && r.capacity > 0 && len(r.items) >= r.capacity:
		return ringbuffer.Full
	}
	r.insert(entry{id: id, priority: priority, seq: r.pushed})
	r.pushed++
	return ringbuffer.Done
}

// An op is one operation of a replay: of the kinds below, or a close.
type op struct {
	kind     byte
	priority int
	which    int // of those that were popped and not returned
}

const (
	offer = iota
	poll
	offerBeyond
	giveBack
	closing = 0xff
)

var (
	fewPriorities = []int{
		0, 1, 2, 3, -1, -2, 7, 1000,
		math.MaxInt, math.MaxInt - 1, math.MinInt, math.MinInt + 1, math.MaxInt / 2, math.MinInt / 2, 0, 1,
	}
	fewShards  = []int{1, 2, 3, pheap.MaxShards}
	fewAgings  = []int{0, 0, 0, 1, 2, 5, math.MaxInt / 3, math.MaxInt}
	fewOrigins = []uint64{0, 0, 1<<63 - 9, 1<<64 - 9} // the last two: a few pushes before the sign turns, and the wrap
)

// decode turns any bytes into a heap and operations on it: two bytes say what it is
// made of, each further one is an operation.
func decode(data []byte) (cfg pheap.Config, origin uint64, ops []op) {
	if len(data) < 2 {
		return pheap.Config{Shards: 1}, 0, nil
	}
	made := data[1]
	cfg = pheap.Config{
		Capacity: int(data[0]) % 9,
		Shards:   fewShards[made&3],
		Aging:    fewAgings[made>>2&7],
	}
	const maxOps = 2048
	for _, b := range data[2:min(len(data), maxOps+2)] {
		o := op{kind: b & 3, priority: fewPriorities[b>>2&15], which: int(b >> 2)}
		if b == closing {
			o.kind = closing
		}
		ops = append(ops, o)
	}
	return cfg, fewOrigins[made>>5&3], ops
}

// replay runs ops on a heap and on a reference, and compares all they say.
func replay(t *testing.T, data []byte) {
	t.Helper()
	cfg, origin, ops := decode(data)
	h := pheap.NewAt[int](cfg, origin)
	ref := &reference{capacity: cfg.Capacity, aging: cfg.Aging}
	var out []entry // popped, and not returned
	pop := func(step int) {
		t.Helper()
		id, age, status := h.Poll()
		if len(ref.items) == 0 {
			if status != ringbuffer.Empty {
				t.Fatalf("step %d: poll of nothing: %d, %v", step, id, status)
			}
			return
		}
		best := ref.items[0]
		ref.items = ref.items[1:]
		if id != best.id || status != ringbuffer.Done {
			t.Fatalf("step %d: poll: got item %d, %v, want %+v", step, id, status, best)
		}
		best.age = age
		out = append(out, best)
	}
	for step, o := range ops {
		switch o.kind {
		case offer:
			if got, want := h.Offer(step, o.priority), ref.offer(step, o.priority, false); got != want {
				t.Fatalf("step %d: offer: got %v, want %v", step, got, want)
			}
		case offerBeyond:
			if got, want := h.OfferBeyond(step, o.priority), ref.offer(step, o.priority, true); got != want {
				t.Fatalf("step %d: offer beyond the bound: got %v, want %v", step, got, want)
			}
		case poll:
			pop(step)
		case giveBack:
			if len(out) > 0 {
				i := o.which % len(out)
				h.Return(out[i].id, out[i].priority, out[i].age)
				ref.insert(out[i])
				out = slices.Delete(out, i, i+1)
			}
		case closing:
			h.Close()
			ref.closed = true
		}
		wantLike(t, step, h, ref)
	}
	for range ref.items {
		pop(len(ops))
	}
	pop(len(ops))
	wantLike(t, len(ops), h, ref)
}

func wantLike(t *testing.T, step int, h *pheap.Heap[int], ref *reference) {
	t.Helper()
	if h.Len() != len(ref.items) || h.Pushed() != uint64(ref.pushed) {
		t.Fatalf("step %d: Len %d, Pushed %d, want %d, %d", step, h.Len(), h.Pushed(), len(ref.items), ref.pushed)
	}
	if h.Ready() != (len(ref.items) > 0) || h.Closed() != ref.closed || h.Cap() != ref.capacity {
		t.Fatalf("step %d: Ready %t, Closed %t, Cap %d beside %d items, closed: %t, capacity %d",
			step, h.Ready(), h.Closed(), h.Cap(), len(ref.items), ref.closed, ref.capacity)
	}
	if err := h.Validate(); err != nil {
		t.Fatalf("step %d: %v", step, err)
	}
}

// TestHeapIsLikeASortedSlice: to one goroutine a heap is what its reference is,
// whatever is done to it. Some of the runs lean to pushes, so that there are many
// items at times.
func TestHeapIsLikeASortedSlice(t *testing.T) {
	first := queuetest.Seed()
	for run := range uint64(queuetest.Scaled(4000)) {
		replaySeed(t, first+run)
	}
}

func replaySeed(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, 2+rng.IntN(300))
	for i := range data {
		data[i] = byte(rng.Uint32())
		if i == 0 && rng.IntN(2) == 0 {
			data[i] = 0 // no bound
		}
		if i > 1 && rng.IntN(4) == 0 {
			data[i] &^= byte(seed & 1) // poll to offer, return to offer beyond
		}
	}
	defer func() {
		if t.Failed() {
			t.Logf("to replay: -queuetest.seed=%d; decoded from %s", seed, hex.EncodeToString(data))
		}
	}()
	replay(t, data)
}

// FuzzHeap runs a heap and its reference on whatever the bytes decode to.
func FuzzHeap(f *testing.F) {
	const plain = 0b000_000_01 // two shards, no aging, from 0
	f.Add([]byte{0, plain})
	f.Add([]byte{3, plain, 0, 0, 0, 0, 1, 0, closing, 0, 1, 1, 1, 1})                              // full, closed, drained
	f.Add([]byte{2, plain, 0, 4, 2, 6, 0, 1, 1, 0, 1, 0})                                          // beyond the bound
	f.Add([]byte{0, plain, 0, 0, 0, 1, 1, 3, 1, 7, 1})                                             // equals that come back
	f.Add([]byte{0, 0b011_101_11, 36, 40, 32, 44, 36, 40, 32, 44, 1, 1, 3, 1, 1, 1, 1, 1})         // aging, extremes, the wrap
	f.Add([]byte{0, 0b010_111_10, 36, 40, 32, 44, 0, 4, 8, 12, 36, 40, 1, 1, 1, 1, 1, 1, 1, 1, 1}) // the greatest aging, the turn of the sign
	f.Add(append([]byte{0, 0}, slices.Repeat([]byte{0, 16, 4, 20, 8}, 40)...))                     // one deep array
	f.Fuzz(func(t *testing.T, data []byte) { replay(t, data) })
}
