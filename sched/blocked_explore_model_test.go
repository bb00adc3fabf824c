//go:build model

package sched

import (
	"slices"
	"testing"

	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// Goal: a submitter does not sleep next to a free slot, nor after Close.
func TestExploreBlockedSubmitterAgainst(t *testing.T) {
	full := func(x *explore.X) *rig {
		r := newRig(x, Config[work]{Workers: 1, Capacity: 1, rings: 1})
		r.must(r.try(0), Accepted)
		r.Start()
		return r
	}
	exploreRig(t, "pop", func(x *explore.X) {
		r := full(x)
		x.Go("submitter", func() { r.must(r.submit(1), Accepted) })
	})
	exploreRig(t, "pop, two of them", func(x *explore.X) {
		r := full(x)
		x.Go("submitter", func() { r.must(r.submit(1), Accepted) })
		x.Go("submitter", func() { r.must(r.submit(2), Accepted) })
	})
	exploreRig(t, "another who is faster", func(x *explore.X) {
		r := full(x)
		x.Go("submitter", func() { r.must(r.submit(1), Accepted) })
		x.Go("taker", func() { r.try(2) })
	})
	exploreRig(t, "giving up", func(x *explore.X) {
		r := full(x)
		done := x.Done()
		x.Go("submitter", func() { r.note(1, r.Submit(r.item(1), done.C())) })
		x.Go("submitter", func() { r.must(r.submit(2), Accepted) })
		x.Go("impatience", done.Close)
	})
	exploreRig(t, "Close", func(x *explore.X) {
		r := full(x)
		x.Go("submitter", func() { r.submit(1) })
		x.Go("closer", r.Close)
	})
	exploreRig(t, "Stop", func(x *explore.X) {
		r := full(x)
		x.Go("submitter", func() { r.submit(1) })
		x.Go("stopper", r.halt)
	})
	exploreRig(t, "Evict", func(x *explore.X) {
		r := full(x)
		x.Go("submitter", func() { r.must(r.submit(1), Accepted) })
		x.Go("evicter", r.evict)
	})
}

// Goal: Full is answered for a full ring, not for one whose slot is about to be free.
//
// Method: two goroutines take an item each. Once one of them has, there is room.
func TestExploreFullMeansFull(t *testing.T) {
	for _, c := range []struct {
		name   string
		submit func(r *rig) Status
	}{
		{"TrySubmit", func(r *rig) Status { return r.try(2) }},
		{"TrySubmitBatch", func(r *rig) Status { _, st := r.TrySubmitBatch([]work{r.item(2)}); return r.note(2, st) }},
	} {
		exploreRig(t, c.name, func(x *explore.X) {
			r := newRig(x, Config[work]{Workers: 1, Capacity: 2, rings: 1})
			r.must(r.try(0), Accepted)
			r.must(r.try(1), Accepted)
			x.Go("evicter", r.evict)
			x.Go("submitter", func() {
				r.evict()
				r.must(c.submit(r), Accepted)
				r.Start()
				r.Wait(nil)
			})
		})
	}
}

// Goal: as TestExploreBlockedSubmitterAgainst, with more submitters than slots and workers,
// some of which give up.
func TestExploreBlockedSubmittersGoIn(t *testing.T) {
	sampleRig(t, func(x *explore.X) {
		capacity := 1 + x.Choose(3)
		r := newLargeRig(x, Config[work]{Workers: 1 + x.Choose(2), Capacity: capacity, rings: 1 + x.Choose(capacity)})
		for range capacity {
			r.must(r.try(0), Accepted)
		}
		r.Start()
		for v := 1; v <= 4; v++ {
			if x.Choose(2) == 0 {
				x.Go("submitter", func() { r.must(r.submit(v), Accepted) })
				continue
			}
			done := x.Done()
			x.Go("submitter", func() { r.note(v, r.Submit(r.item(v), done.C())) })
			x.Go("impatience", func() { threads.Pause(); done.Close() })
		}
	})
}

// Goal: the submitter that waited longest goes in first, even if others take the slot it was
// woken for.
func TestExploreBlockedSubmittersKeepTheirOrder(t *testing.T) {
	const first, second, others = 1, 2, 3
	sampleRig(t, func(x *explore.X) {
		var order []int
		r := newRig(x, Config[work]{Workers: 1, Capacity: 1})
		r.cfg.Run = func(w *Worker[work], v work) {
			order = append(order, *v)
			r.run(w, v)
		}
		r.must(r.try(waits), Accepted)
		r.Start()
		x.Go("main", func() {
			for r.Active() == 0 {
				threads.Pause()
			}
			r.must(r.try(others), Accepted)
			for _, v := range []int{first, second} {
				x.Go("submitter", func() { r.must(r.submit(v), Accepted) })
				for r.blocked.queue.len < v {
					threads.Pause()
				}
			}
			x.Go("barger", func() {
				for range 6 {
					r.try(others)
				}
			})
			r.meet.Unpark()
		})
		rest := r.check
		x.AtRest(func() error {
			if i, j := slices.Index(order, first), slices.Index(order, second); i > j {
				x.Fail("the order is %v", order)
			}
			return rest()
		})
	})
}
