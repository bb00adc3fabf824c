//go:build model

package sched

import (
	"testing"

	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// Goal: the number of workers may change at any step of anything. TestExplorePacing has
// the case of permits.
func TestExploreResizeAgainst(t *testing.T) {
	start := func(x *explore.X, workers, capacity int, items ...int) *rig {
		r := newRig(x, Config[work]{Workers: workers, Capacity: capacity, rings: 1})
		for _, v := range items {
			r.must(r.try(v), Accepted)
		}
		r.Start()
		return r
	}
	exploreRig(t, "submit, down", func(x *explore.X) {
		r := start(x, 2, 2)
		x.Go("submitter", func() { r.must(r.try(1), Accepted); r.must(r.try(2), Accepted) })
		x.Go("resizer", func() { r.Resize(1) })
	})
	exploreRig(t, "submit, up", func(x *explore.X) {
		r := start(x, 1, 2)
		x.Go("submitter", func() { r.must(r.try(1), Accepted); r.must(r.try(2), Accepted) })
		x.Go("resizer", func() { r.Resize(2) })
	})
	exploreRig(t, "park, down", func(x *explore.X) {
		r := start(x, 3, 3, 1, 2, 3)
		x.Go("resizer", func() { r.Resize(1) })
	})
	exploreRig(t, "park, up and down", func(x *explore.X) {
		r := start(x, 1, 2, 1, 2)
		x.Go("resizer", func() { r.Resize(2); r.Resize(1) })
	})
	exploreRig(t, "items that meet, up", func(x *explore.X) {
		r := start(x, 1, 2, waits)
		x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
		x.Go("resizer", func() { r.Resize(2) })
	})
	exploreRig(t, "items that meet, down and up", func(x *explore.X) {
		r := start(x, 2, 2, waits)
		x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
		x.Go("resizer", func() { r.Resize(1); r.Resize(2) })
	})
	exploreRig(t, "Resize", func(x *explore.X) {
		r := start(x, 2, 2, 1, 2)
		x.Go("resizer", func() { r.Resize(1) })
		x.Go("resizer", func() { r.Resize(3) })
	})
	exploreRig(t, "Stop", func(x *explore.X) {
		r := start(x, 1, 2, 1)
		x.Go("stopper", r.halt)
		x.Go("resizer", func() { r.Resize(2); r.Resize(1) })
	})
	exploreRig(t, "blocked submitter, up", func(x *explore.X) {
		r := start(x, 1, 2, waits, 1)
		x.Go("submitter", func() { r.must(r.submit(relays), Accepted) })
		x.Go("resizer", func() { r.Resize(2) })
	})
	exploreRig(t, "blocked submitter, down", func(x *explore.X) {
		r := start(x, 2, 1, 1)
		x.Go("submitter", func() { r.must(r.submit(2), Accepted) })
		x.Go("resizer", func() { r.Resize(1) })
	})
	exploreRig(t, "Wait", func(x *explore.X) {
		r := start(x, 2, 2, 1, 2)
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("resizer", func() { r.Resize(1) })
	})
}

// Goal: an item that can start does while the number of workers goes down and up
// again.
func TestExploreItemsThatMeetAcrossResize(t *testing.T) {
	sampleRig(t, func(x *explore.X) {
		r := newLargeRig(x, Config[work]{Workers: 1 + x.Choose(3), Capacity: 4, rings: 1 + x.Choose(2), IdleTimeout: 1})
		r.Start()
		x.Go("main", func() {
			for round := range uint64(3) {
				x.Go("submitter", func() { r.must(r.try(waits), Accepted) })
				x.Go("resizer", func() {
					r.Resize(1 + x.Choose(3))
					r.Resize(2)
				})
				x.Go("submitter", func() { r.must(r.try(2), Accepted); r.must(r.try(relays), Accepted) })
				r.waitFor(3*round + 3)
			}
			r.finish()
		})
	})
}

// Goal: once Resize returned, no worker takes another item while as many as wanted
// are running.
//
// Method: a worker may start the one item it had decided on before Resize
// returned, so only its second since then is held against it.
func TestExploreShrinkStartsNone(t *testing.T) {
	sampleRig(t, func(x *explore.X) {
		wanted, running := 3, 0
		started := map[int]int{} // by slot, since the last Resize
		r := newLargeRig(x, Config[work]{Workers: wanted, Capacity: 8, rings: 1})
		r.cfg.Run = func(w *Worker[work], v work) {
			if running >= wanted && started[w.Slot()] > 0 {
				x.Fail("item %d starts beside %d others, %d are wanted", *v, running, wanted)
			}
			started[w.Slot()]++
			running++
			for range x.Choose(4) {
				threads.Pause()
			}
			running--
			r.run(w, v)
		}
		r.Start()
		x.Go("resizer", func() {
			for range 4 {
				n := 1 + x.Choose(3)
				wanted = max(wanted, n)
				r.Resize(n)
				wanted = n
				clear(started)
			}
		})
		x.Go("submitter", func() {
			for v := range 8 {
				r.must(r.try(v), Accepted)
			}
			r.finish()
		})
	})
}

// Goal: workers let go for being idle, at any step of anything, leave no item behind.
func TestExploreReaperAgainst(t *testing.T) {
	start := func(x *explore.X) *rig {
		r := newRig(x, Config[work]{Workers: 2, Capacity: 4, rings: 1, IdleTimeout: 1})
		r.must(r.try(0), Accepted)
		r.must(r.try(1), Accepted)
		r.Start()
		return r
	}
	exploreRig(t, "submit", func(x *explore.X) {
		r := start(x)
		x.Go("submitter", func() { r.must(r.try(3), Accepted) })
	})
	exploreRig(t, "items that meet", func(x *explore.X) {
		r := start(x)
		x.Go("submitter", func() { r.must(r.try(waits), Accepted); r.must(r.try(relays), Accepted) })
	})
	exploreRig(t, "Resize", func(x *explore.X) {
		r := start(x)
		x.Go("resizer", func() { r.Resize(1); r.must(r.try(3), Accepted) })
	})
	exploreRig(t, "Stop", func(x *explore.X) {
		r := start(x)
		x.Go("stopper", r.halt)
	})
}
