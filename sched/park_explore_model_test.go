//go:build model

package sched

import (
	"fmt"
	"testing"

	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// Goal: no wakeup is lost: no item is left next to a parked worker, wherever a goroutine was
// suspended while it was submitted.
func TestExploreSubmitAgainstPark(t *testing.T) {
	for workers := 1; workers <= 3; workers++ {
		exploreRig(t, fmt.Sprintf("one submitter, workers=%d", workers), func(x *explore.X) {
			r := newRig(x, Config[work]{Workers: workers, Capacity: 2, rings: 1})
			r.Start()
			x.Go("submitter", func() { r.must(r.try(1), Accepted) })
		})
		exploreRig(t, fmt.Sprintf("two submitters, workers=%d", workers), func(x *explore.X) {
			r := newRig(x, Config[work]{Workers: workers, Capacity: 2, rings: 1})
			r.Start()
			x.Go("submitter", func() { r.must(r.try(1), Accepted) })
			x.Go("submitter", func() { r.must(r.try(2), Accepted) })
		})
	}
	exploreRig(t, "two rings", func(x *explore.X) {
		r := newRig(x, Config[work]{Workers: 2, Capacity: 2, rings: 2})
		r.Start()
		x.Go("submitter", func() { r.must(r.try(1), Accepted); r.must(r.try(2), Accepted) })
	})
	exploreRig(t, "nested", func(x *explore.X) {
		r := newRig(x, Config[work]{Workers: 1, Capacity: 1, rings: 1})
		r.Start()
		x.Go("submitter", func() { r.must(r.nested(1), Accepted); r.must(r.nested(2), Accepted) })
	})
	exploreRig(t, "returned", func(x *explore.X) {
		r := newRig(x, Config[work]{Workers: 1, Capacity: 1, rings: 1})
		r.Start()
		x.Go("submitter", func() {
			if !r.AcceptInline() {
				x.Fail("refused")
			}
			r.note(1, Accepted)
			r.Return(r.item(1), 0)
		})
	})
}

// Goal: an item that could start does: it is not left to a searcher that has found another one
// and is kept by it.
//
// Method: one item waits inside Run for the other. A worker that may not search, because enough
// do, parks; the last searcher finds the item that waits.
func TestExploreThrottledWorkerAndLastSearcher(t *testing.T) {
	for _, c := range []struct{ workers, searching int }{{2, 1}, {3, 1}, {3, 2}} {
		name := func(s string) string { return fmt.Sprintf("%s, workers=%d, searching=%d", s, c.workers, c.searching) }
		start := func(x *explore.X, items ...int) *rig {
			r := newRig(x, Config[work]{Workers: c.workers, Capacity: 4, rings: 1})
			r.maxSearching = c.searching
			for _, v := range items {
				r.must(r.try(v), Accepted)
			}
			r.Start()
			return r
		}
		exploreRig(t, name("two submitters"), func(x *explore.X) {
			r := start(x)
			x.Go("submitter", func() { r.must(r.try(waits), Accepted) })
			x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
		})
		exploreRig(t, name("one submitter"), func(x *explore.X) {
			r := start(x)
			x.Go("submitter", func() { r.must(r.try(waits), Accepted); r.must(r.try(relays), Accepted) })
		})
		exploreRig(t, name("others before them"), func(x *explore.X) {
			r := start(x, 0, 1)
			x.Go("submitter", func() { r.must(r.try(waits), Accepted); r.must(r.try(relays), Accepted) })
		})
	}
}

// Goal: the same repeatedly, with idle workers dismissed in between.
func TestExploreItemsThatMeet(t *testing.T) {
	sampleRig(t, func(x *explore.X) {
		r := newLargeRig(x, Config[work]{Workers: 2, Capacity: 4, rings: 1 + x.Choose(2), IdleTimeout: 1})
		r.Start()
		x.Go("main", func() {
			for round := range uint64(3) {
				x.Go("submitter", func() { r.must(r.try(waits), Accepted) })
				x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
				r.waitFor(2*round + 2)
			}
			r.finish()
		})
	})
}

// waitFor returns once so many items were accepted, and all of them settled.
func (r *rig) waitFor(accepted uint64) {
	for r.Accepted() < accepted {
		threads.Pause()
	}
	r.Wait(nil)
}
