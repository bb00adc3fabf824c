//go:build model

package sched

import (
	"testing"

	"github.com/user/millrace/internal/explore"
)

// Goal: Wait returns once all is settled, and not before.
func TestExploreWaitAgainstSettle(t *testing.T) {
	start := func(x *explore.X, items ...int) *rig {
		r := newRig(x, Config[work]{Workers: 1, Capacity: 2, rings: 1})
		for _, v := range items {
			r.must(r.try(v), Accepted)
		}
		r.Start()
		return r
	}
	exploreRig(t, "worker", func(x *explore.X) {
		r := start(x, 1)
		x.Go("waiter", func() { r.Wait(nil) })
	})
	exploreRig(t, "two waiters and a submitter", func(x *explore.X) {
		r := start(x, 1)
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("submitter", func() { r.must(r.try(2), Accepted) })
	})
	exploreRig(t, "never quiet", func(x *explore.X) {
		r := start(x, chains)
		x.Go("waiter", func() {
			if r.Wait(nil); r.Settled().Sum() < 2 {
				x.Fail("Wait is back, and something was always pending")
			}
		})
	})
	exploreRig(t, "own item", func(x *explore.X) {
		r := start(x, 1)
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("submitter", func() {
			r.must(r.try(2), Accepted)
			if r.Wait(nil); r.Settled().Sum() < 2 {
				x.Fail("Wait is back, and an item submitted before it is pending")
			}
		})
	})
	exploreRig(t, "elsewhere", func(x *explore.X) {
		r := start(x)
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("caller", func() {
			if r.AcceptInline() {
				r.Settle(Completed)
			}
		})
	})
	exploreRig(t, "giving up", func(x *explore.X) {
		r := start(x, 1)
		done := x.Done()
		x.Go("waiter", func() { r.Wait(done.C()) })
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("impatience", done.Close)
	})
}
