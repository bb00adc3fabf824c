package ringbuffer_test

import (
	"math"
	"testing"

	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/ringbuffer"
)

// The fuzz targets of this package read the first byte of a script as where the
// positions start and how the queue is asked, and give the rest to queuetest, which
// makes of it a capacity and operations and compares each answer with a slice's. A
// probe compares the rest after each operation: Ready, Cap, Pushed, Popped, and the
// reasons Offer and Poll give.

// scriptOrigins are where a position word, or the cycles in its upper bits, wrap.
var scriptOrigins = [...]uint64{0, 1<<32 - 1, 1<<63 - 1, math.MaxUint64}

// startOf returns where positions start: up to seven laps of a small ring before one
// of the origins.
func startOf(head byte) uint64 {
	return scriptOrigins[head&3] - uint64(head>>2&7)*32
}

// byStatus is the bit of the head that has Offer and Poll asked in place of TryPush
// and TryPop.
const byStatus = 1 << 5

// split takes the head off a script.
func split(script []byte) (head byte, rest []byte) {
	if len(script) == 0 {
		return 0, nil
	}
	return script[0], script[1:]
}

// A probed queue is what a probe can ask beyond a queuetest.Queue.
type probed interface {
	queuetest.Queue[queuetest.Item]
	queuetest.Closer
	queuetest.Counter
	Offer(queuetest.Item) ringbuffer.Status
	Poll() (queuetest.Item, ringbuffer.Status)
	Ready() bool
	IsEmpty() bool
}

// A probe stands between a replay and a queue that no other goroutine uses.
type probe struct {
	probed
	t        *testing.T
	byStatus bool
	rest     func(length int) // what else must hold after an operation

	pushed, popped uint64
}

func (p *probe) TryPush(v queuetest.Item) bool {
	if !p.byStatus {
		return p.count(&p.pushed, p.probed.TryPush(v))
	}
	status := p.Offer(v)
	if refused := status == ringbuffer.Closed; status != ringbuffer.Done && (status == ringbuffer.Busy || status == ringbuffer.Empty || refused != p.Closed()) {
		p.t.Fatalf("offer: %v, with Closed %t and nobody else about", status, p.Closed())
	}
	return p.count(&p.pushed, status == ringbuffer.Done)
}

func (p *probe) TryPop() (queuetest.Item, bool) {
	if !p.byStatus {
		v, ok := p.probed.TryPop()
		return v, p.count(&p.popped, ok)
	}
	v, status := p.Poll()
	if status != ringbuffer.Done && status != ringbuffer.Empty {
		p.t.Fatalf("poll: %v, with nobody else about", status)
	}
	return v, p.count(&p.popped, status == ringbuffer.Done)
}

func (p *probe) count(counter *uint64, ok bool) bool {
	if ok {
		*counter++
	}
	return ok
}

func (p *probe) TryPushBatch(vs []queuetest.Item) int {
	n := p.probed.TryPushBatch(vs)
	p.pushed += uint64(n)
	return n
}

func (p *probe) TryPopBatch(dst []queuetest.Item) int {
	n := p.probed.TryPopBatch(dst)
	p.popped += uint64(n)
	return n
}

// Len is asked after each operation of a replay.
func (p *probe) Len() int {
	n := p.probed.Len()
	if got, want := p.Ready(), p.pushed > p.popped; got != want {
		p.t.Fatalf("Ready: got %t with %d pushed, %d popped", got, p.pushed, p.popped)
	}
	if got, want := p.IsEmpty(), p.pushed == p.popped; got != want {
		p.t.Fatalf("IsEmpty: got %t with %d pushed, %d popped", got, p.pushed, p.popped)
	}
	if p.Pushed() != p.pushed || p.Popped() != p.popped {
		p.t.Fatalf("Pushed %d, Popped %d, want %d, %d", p.Pushed(), p.Popped(), p.pushed, p.popped)
	}
	p.rest(n)
	return n
}

func FuzzMPMC(f *testing.F) {
	fuzzBounded(f, func(capacity int, origin uint64) bounded {
		return ringbuffer.NewMPMCAt[queuetest.Item](capacity, origin)
	})
}

func FuzzPtrRing(f *testing.F) {
	fuzzBounded(f, func(capacity int, origin uint64) bounded {
		return ringbuffer.NewBoxedAt[queuetest.Item](capacity, origin)
	})
}

// A bounded queue says how many values it takes.
type bounded interface {
	probed
	Cap() int
}

func fuzzBounded(f *testing.F, fresh func(capacity int, origin uint64) bounded) {
	// One slot, where published and free are told apart by the lap alone: full, empty.
	f.Add([]byte{0, 0, 0, 0, 1, 1, 0, 1})
	// Three of four indexes in use, two laps before the word wraps: batches over the gap.
	f.Add([]byte{3 | 2<<2, 2, 2 | 5<<2, 3 | 2<<2, 2 | 5<<2, 3 | 7<<2, 2 | 2<<2, 3, 1, 0, 1})
	// Close while full, then Offer and Poll until empty.
	f.Add([]byte{2 | byStatus, 1, 0, 0, 0, 0xff, 0, 1, 1, 1, 0})
	// Close of an empty ring; batches of none.
	f.Add([]byte{1, 7, 0xff, 2, 3, 2 | 4<<2, 3 | 4<<2})
	f.Fuzz(func(t *testing.T, script []byte) {
		head, script := split(script)
		capacity, ops := queuetest.Decode(script)
		q := fresh(capacity, startOf(head))
		queuetest.Replay(t, &probe{probed: q, t: t, byStatus: head&byStatus != 0, rest: func(length int) {
			if q.Cap() != capacity || length > capacity {
				t.Fatalf("Cap %d, Len %d, want %d and no more", q.Cap(), length, capacity)
			}
		}}, capacity, ops)
	})
}

// The two upper bits of the head choose how large segments grow.
var largestSegments = [...]int{1, 2, 4, ringbuffer.MaxSegment}

func FuzzUnbounded(f *testing.F) {
	// Segments of one slot: each push after the first links, each pop after it leaves.
	f.Add([]byte{0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1})
	// A batch over segments of 1, 2, 4, 8 and a pop of one that stops at each end.
	f.Add([]byte{3<<6 | 3, 0, 2 | 12<<2, 3 | 12<<2, 3 | 12<<2, 3 | 12<<2, 3 | 12<<2, 3 | 12<<2})
	// Close with several segments linked: they drain, and no push comes in.
	f.Add([]byte{1<<6 | byStatus, 1, 2 | 9<<2, 0xff, 0, 1, 3 | 12<<2, 2 | 3<<2, 1, 1, 1, 1, 1, 1, 1, 1})
	// One ring used over and over, across the wrap of the word.
	f.Add([]byte{3<<6 | 3, 2, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		head, script := split(script)
		capacity, ops := queuetest.Decode(script)
		q := ringbuffer.NewUnboundedAt[queuetest.Item](capacity, startOf(head), largestSegments[head>>6])
		queuetest.Replay(t, &probe{probed: q, t: t, byStatus: head&byStatus != 0, rest: func(length int) {
			// All but the first hold a value at least, or they would not have been linked.
			if n := q.Segments(); n > length+1 {
				t.Fatalf("%d values lie in %d segments", length, n)
			}
		}}, 0, ops)
	})
}

func FuzzSCQ(f *testing.F) {
	// One slot: full and empty, again and again.
	f.Add([]byte{0, 0, 0, 0, 1, 1, 0, 1, 1})
	// Pops of an empty queue use up its threshold and leave tail behind head.
	f.Add([]byte{0, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1})
	// Cycles that wrap with the word while all slots are in use.
	f.Add([]byte{3, 6, 2 | 12<<2, 3 | 3<<2, 2 | 12<<2, 3 | 12<<2, 2 | 7<<2, 3 | 12<<2, 1, 0, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		head, script := split(script)
		capacity, ops := queuetest.Decode(script)
		q := ringbuffer.NewSCQAt[queuetest.Item](capacity, startOf(head))
		queuetest.Replay(t, q, capacity, ops)
		if q.Cap() != capacity {
			t.Fatalf("Cap: got %d, want %d", q.Cap(), capacity)
		}
	})
}
