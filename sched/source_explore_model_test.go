//go:build model

package sched

import (
	"fmt"
	"testing"
	"time"

	"github.com/user/millrace/internal/atomics"
	exploring "github.com/user/millrace/internal/explore"
	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

// A heapSource is a Source of the real heap; the item is the priority.
type heapSource struct{ *pheap.Heap[int] }

func (h heapSource) Offer(v int) ringbuffer.Status       { return h.Heap.Offer(v, v) }
func (h heapSource) OfferBeyond(v int) ringbuffer.Status { return h.Heap.OfferBeyond(v, v) }
func (h heapSource) Return(v int, age uint64)            { h.Heap.Return(v, v, age) }

func newHeapSource(capacity, shards int) heapSource {
	return heapSource{pheap.New[int](pheap.Config{Capacity: capacity, Shards: shards})}
}

// Goal: with a source whose places may be held, no item is left beside a parked worker
// either.
func TestExploreBusySource(t *testing.T) {
	for shards := 1; shards <= 2; shards++ {
		rigOf := func(x *exploring.X, workers, capacity int) *rig {
			r := newRig(x, Config[int]{Workers: workers, Source: newHeapSource(capacity, shards)})
			return r
		}
		name := func(s string) string { return fmt.Sprintf("%s, shards=%d", s, shards) }
		exploreRig(t, name("submit against park"), func(x *exploring.X) {
			r := rigOf(x, 2, 2)
			r.Start()
			x.Go("submitter", func() { r.must(r.try(1), Accepted) })
			x.Go("submitter", func() { r.must(r.try(2), Accepted) })
		})
		exploreRig(t, name("items that meet"), func(x *exploring.X) {
			r := rigOf(x, 2, 2)
			r.Start()
			x.Go("submitter", func() { r.must(r.try(waits), Accepted) })
			x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
		})
		exploreRig(t, name("worker against worker"), func(x *exploring.X) {
			r := rigOf(x, 2, 3)
			for _, v := range []int{1, 2, 3} {
				r.must(r.try(v), Accepted)
			}
			r.Start()
		})
		exploreRig(t, name("blocked submitter"), func(x *exploring.X) {
			r := rigOf(x, 1, 1)
			r.must(r.try(1), Accepted)
			r.Start()
			x.Go("submitter", func() { r.must(r.note(2, r.Submit(2, nil)), Accepted) })
			x.Go("beyond", func() { r.must(r.note(3, r.SubmitNested(3)), Accepted) })
		})
		exploreRig(t, name("Stop"), func(x *exploring.X) {
			r := rigOf(x, 1, 2)
			r.must(r.try(1), Accepted)
			r.Start()
			x.Go("submitter", func() { r.try(2) })
			x.Go("stopper", r.halt)
		})
		exploreRig(t, name("return"), func(x *exploring.X) {
			r := rigOf(x, 2, 2)
			r.must(r.try(1), Accepted)
			r.must(r.try(2), Accepted)
			r.Start()
			x.Go("resizer", func() { r.Resize(1) })
		})
	}
}

// A budget is a Pacer of so many permits.
type budget struct {
	permits atomics.Uint32
	denials atomics.Uint32 // 1 if the next Take says that there is none
	again   time.Duration  // what Take says where there is none
}

func (p *budget) Take(any) time.Duration {
	if p.denials.Load() > 0 {
		p.denials.Store(0)
		return p.again
	}
	for {
		n := p.permits.Load()
		if n == 0 {
			return p.again
		}
		if p.permits.CompareAndSwap(n, n-1) {
			return 0
		}
	}
}

func (p *budget) GiveBack(any) { p.permits.Add(1) }

// pacedRig makes a rig with permits. Items do not give theirs back. Where timers fire, a
// permit may come at any time before; else who makes one available says so.
func pacedRig(x *exploring.X, workers, permits int, again time.Duration) (*rig, *budget) {
	p := &budget{again: again}
	p.permits.Store(uint32(permits))
	return newRig(x, Config[int]{Workers: workers, Capacity: 3, Rings: 1, Pacer: p}), p
}

// more makes a permit available, and says so.
func (r *rig) more(p *budget) {
	p.GiveBack(nil)
	r.Hurry()
}

// Goal: each permit reaches an item, whoever was put aside where: none is lost, kept by
// a parked worker, or waited for though it is there; and none is needed to stop.
func TestExplorePacing(t *testing.T) {
	exploreRig(t, "submit and permit", func(x *exploring.X) {
		r, p := pacedRig(x, 1, 0, exploring.Never)
		r.Start()
		x.Go("submitter", func() { r.must(r.try(1), Accepted) })
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "two of each", func(x *exploring.X) {
		r, p := pacedRig(x, 2, 1, exploring.Never)
		r.must(r.try(1), Accepted)
		r.Start()
		x.Go("submitter", func() { r.must(r.try(2), Accepted) })
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "items that meet", func(x *exploring.X) {
		r, p := pacedRig(x, 2, 1, exploring.Never)
		r.must(r.try(waits), Accepted)
		r.must(r.try(relays), Accepted)
		r.Start()
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "evict", func(x *exploring.X) {
		r, p := pacedRig(x, 2, 1, exploring.Never)
		r.must(r.try(1), Accepted)
		r.Start()
		x.Go("evicter", func() {
			if v, ok := r.Evict(); ok {
				r.ends[v]++
				r.Settle(Dropped)
			}
			r.must(r.try(2), Accepted)
		})
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "Resize", func(x *exploring.X) {
		r, p := pacedRig(x, 2, 1, exploring.Never)
		r.must(r.try(1), Accepted)
		r.must(r.try(2), Accepted)
		r.Start()
		x.Go("resizer", func() { r.Resize(1) })
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "timer", func(x *exploring.X) {
		r, p := pacedRig(x, 2, 2, 1)
		p.denials.Store(1)
		r.must(r.try(1), Accepted)
		r.Start()
		x.Go("submitter", func() { r.must(r.try(2), Accepted) })
		x.AtRest(func() error { return nil }) // the timer is to come
	})
	exploreRig(t, "Stop", func(x *exploring.X) {
		r, p := pacedRig(x, 2, 1, exploring.Never)
		r.must(r.try(1), Accepted)
		r.must(r.try(2), Accepted)
		r.Start()
		x.Go("stopper", r.halt)
		x.Go("giver", func() { r.more(p) })
	})
}
