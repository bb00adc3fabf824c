package queuetest

import (
	"encoding/hex"
	"flag"
	"math/rand/v2"
	"testing"
)

var seed = flag.Uint64("queuetest.seed", 0, "start random tests from this seed; 0 draws one")

// Seed returns the seed of random tests: the flag queuetest.seed, or a random one. A test that
// fails prints its seed.
func Seed() uint64 {
	if *seed != 0 {
		return *seed
	}
	return rand.Uint64()
}

// An Op is one operation of a Replay.
type Op struct {
	Kind Kind
	N    int // the length of a batch
}

// A Kind says what an Op does.
type Kind uint8

// The operations a Replay knows.
const (
	Push Kind = iota
	Pop
	PushBatch
	PopBatch
	Close
	kinds
)

const (
	maxCap   = 9
	maxBatch = 12
	maxOps   = 4096
)

// Decode turns any bytes into a capacity and a list of operations: the first byte is the
// capacity, each other one an operation. Close is rare, and the list is cut at 4096.
func Decode(data []byte) (capacity int, ops []Op) {
	if len(data) == 0 {
		return 1, nil
	}
	capacity = int(data[0])%maxCap + 1
	for _, b := range data[1:min(len(data), maxOps+1)] {
		op := Op{Kind: Kind(b & 3), N: int(b>>2) % (maxBatch + 1)}
		if b == 0xff {
			op.Kind = Close
		}
		ops = append(ops, op)
	}
	return capacity, ops
}

// A reference is a queue that is slow and obviously right.
type reference struct {
	ids      []uint64
	capacity int // 0: unbounded
	closed   bool
}

func (r *reference) room() int {
	if r.closed {
		return 0
	}
	if r.capacity == 0 {
		return 1 << 30
	}
	return r.capacity - len(r.ids)
}

// Replay runs ops on q and compares each answer with that of a slice. q must be empty and of the
// given capacity, 0 if it is unbounded. Close is skipped if the queue has none.
func Replay(t testing.TB, q Queue[Item], capacity int, ops []Op) {
	t.Helper()
	ref := &reference{capacity: capacity}
	id := uint64(0)
	for step, op := range ops {
		switch op.Kind {
		case Push:
			want := ref.room() > 0
			if got := q.TryPush(Item{ID: id}); got != want {
				t.Fatalf("step %d: push: got %t, want %t", step, got, want)
			}
			if want {
				ref.ids = append(ref.ids, id)
			}
			id++
		case Pop:
			v, ok := q.TryPop()
			if want := len(ref.ids) > 0; ok != want {
				t.Fatalf("step %d: pop: got %t, want %t", step, ok, want)
			}
			if ok {
				replayTaken(t, step, ref, []Item{v})
			}
		case PushBatch:
			vs := make([]Item, op.N)
			for i := range vs {
				vs[i].ID = id + uint64(i)
			}
			want := min(op.N, ref.room())
			if got := q.TryPushBatch(vs); got != want {
				t.Fatalf("step %d: push of a batch of %d: got %d, want %d", step, op.N, got, want)
			}
			for _, v := range vs[:want] {
				ref.ids = append(ref.ids, v.ID)
			}
			id += uint64(op.N)
		case PopBatch:
			dst := make([]Item, op.N)
			n := q.TryPopBatch(dst)
			// An unbounded queue may stop where one of its rings ends.
			if most := min(op.N, len(ref.ids)); n > most || n == 0 && most > 0 || capacity > 0 && n < most {
				t.Fatalf("step %d: pop of a batch of %d: got %d, want %d", step, op.N, n, most)
			}
			replayTaken(t, step, ref, dst[:n])
		case Close:
			if c, ok := q.(Closer); ok {
				c.Close()
				ref.closed = true
			}
		}
		if got := q.Len(); got != len(ref.ids) {
			t.Fatalf("step %d: Len: got %d, want %d", step, got, len(ref.ids))
		}
		if c, ok := q.(Closer); ok && c.Closed() != ref.closed {
			t.Fatalf("step %d: Closed: got %t, want %t", step, c.Closed(), ref.closed)
		}
	}
	for len(ref.ids) > 0 {
		v, ok := q.TryPop()
		if !ok {
			t.Fatalf("at the end: empty, with %d to come", len(ref.ids))
		}
		replayTaken(t, len(ops), ref, []Item{v})
	}
	if v, ok := q.TryPop(); ok {
		t.Fatalf("at the end: got %d from an empty queue", v.ID)
	}
}

func replayTaken(t testing.TB, step int, ref *reference, got []Item) {
	t.Helper()
	for i, v := range got {
		if v.ID != ref.ids[i] {
			t.Fatalf("step %d: pop: got %d, want %d", step, v.ID, ref.ids[i])
		}
	}
	ref.ids = ref.ids[len(got):]
}

// model replays random operations. Half of the runs favor pushes, so that full queues occur as
// often as empty ones.
func model(t *testing.T, c Config) {
	first := Seed()
	for run := range uint64(Scaled(2000)) {
		replaySeed(t, c, first+run)
	}
}

func replaySeed(t *testing.T, c Config, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, 1+rng.IntN(300))
	for i := range data {
		data[i] = byte(rng.Uint32())
		if i > 0 && rng.IntN(4) == 0 {
			data[i] &^= byte(seed & 1) // Pop to Push, PopBatch to PushBatch
		}
	}
	capacity, ops := Decode(data)
	q := c.New(capacity)
	if c.NewAt != nil && rng.IntN(3) == 0 {
		q = c.NewAt(capacity, origins[rng.IntN(len(origins))])
	}
	if c.Unbounded {
		capacity = 0
	}
	defer func() {
		if t.Failed() {
			t.Logf("to replay: -queuetest.seed=%d; decoded from %s", seed, hex.EncodeToString(data))
		}
	}()
	Replay(t, q, capacity, ops)
}
