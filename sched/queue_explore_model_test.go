//go:build model

package sched

import (
	"fmt"
	"testing"

	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

// A heapSource is a Source of the real heap; the item is the priority. Its Poll answers Busy if
// others hold the shards in which an item may be.
type heapSource struct{ *pheap.Heap[work] }

func (h heapSource) Offer(v work) ringbuffer.Status       { return h.Heap.Offer(v, *v) }
func (h heapSource) OfferBeyond(v work) ringbuffer.Status { return h.Heap.OfferBeyond(v, *v) }
func (h heapSource) Return(v work, age uint64)            { h.Heap.Return(v, *v, age) }

func newHeapSource(capacity, shards int) heapSource {
	return heapSource{pheap.New[work](pheap.Config{Capacity: capacity, Shards: shards})}
}

// Goal: with a source whose shards may be held, no item is left next to a parked worker either.
func TestExploreBusySource(t *testing.T) {
	for shards := 1; shards <= 2; shards++ {
		start := func(x *explore.X, workers, capacity int, items ...int) *rig {
			r := newRig(x, Config[work]{Workers: workers, Source: newHeapSource(capacity, shards)})
			for _, v := range items {
				r.must(r.try(v), Accepted)
			}
			r.Start()
			return r
		}
		name := func(s string) string { return fmt.Sprintf("%s, shards=%d", s, shards) }
		exploreRig(t, name("submit against park"), func(x *explore.X) {
			r := start(x, 2, 2)
			x.Go("submitter", func() { r.must(r.try(1), Accepted) })
			x.Go("submitter", func() { r.must(r.try(2), Accepted) })
		})
		exploreRig(t, name("items that meet"), func(x *explore.X) {
			r := start(x, 2, 2)
			x.Go("submitter", func() { r.must(r.try(waits), Accepted) })
			x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
		})
		exploreRig(t, name("worker against worker"), func(x *explore.X) {
			start(x, 2, 3, 1, 2, 3)
		})
		exploreRig(t, name("blocked submitter"), func(x *explore.X) {
			r := start(x, 1, 1, 1)
			x.Go("submitter", func() { r.must(r.submit(2), Accepted) })
			x.Go("beyond", func() { r.must(r.nested(3), Accepted) })
		})
		exploreRig(t, name("Stop"), func(x *explore.X) {
			r := start(x, 1, 2, 1)
			x.Go("submitter", func() { r.try(2) })
			x.Go("stopper", r.halt)
		})
		exploreRig(t, name("Resize"), func(x *explore.X) {
			r := start(x, 2, 2, 1, 2)
			x.Go("resizer", func() { r.Resize(1) })
		})
	}
}
