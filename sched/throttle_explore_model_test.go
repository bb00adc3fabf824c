//go:build model

package sched

import (
	"testing"
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// A budget is a Pacer of so many permits.
type budget struct {
	permits atomics.Uint32
	denials atomics.Uint32 // so often Take says to come again soon, whether there is one or not
}

func newBudget(permits, denials int) *budget {
	p := new(budget)
	p.permits.Store(uint32(permits))
	p.denials.Store(uint32(denials))
	return p
}

// Take takes a permit. If there is none it returns an endless wait: the goroutine that makes
// one available tells the scheduler.
func (p *budget) Take(any) time.Duration {
	if n := p.denials.Load(); n > 0 && p.denials.CompareAndSwap(n, n-1) {
		return 1
	}
	for {
		n := p.permits.Load()
		if n == 0 {
			return explore.Never
		}
		if p.permits.CompareAndSwap(n, n-1) {
			return 0
		}
	}
}

func (p *budget) GiveBack(any) { p.permits.Add(1) }

// more makes a permit available, and says so.
func (r *rig) more(p *budget) {
	p.GiveBack(nil)
	r.PermitsChanged()
}

// Goal: each permit reaches an item, wherever a goroutine was suspended: none is lost, kept by
// a parked worker, or waited for although it is there; and none is needed to stop. Items do not
// give theirs back.
func TestExplorePacing(t *testing.T) {
	start := func(x *explore.X, workers int, p *budget, items ...int) *rig {
		r := newRig(x, Config[work]{Workers: workers, Capacity: 3, rings: 1, Pacer: p})
		for _, v := range items {
			r.must(r.try(v), Accepted)
		}
		r.Start()
		return r
	}
	exploreRig(t, "submit and permit", func(x *explore.X) {
		p := newBudget(0, 0)
		r := start(x, 1, p)
		x.Go("submitter", func() { r.must(r.try(1), Accepted) })
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "two of each", func(x *explore.X) {
		p := newBudget(1, 0)
		r := start(x, 2, p, 1)
		x.Go("submitter", func() { r.must(r.try(2), Accepted) })
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "items that meet", func(x *explore.X) {
		p := newBudget(1, 0)
		r := start(x, 2, p, waits, relays)
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "Evict", func(x *explore.X) {
		p := newBudget(1, 0)
		r := start(x, 2, p, 1)
		x.Go("evicter", func() { r.evict(); r.must(r.try(2), Accepted) })
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "Resize, down", func(x *explore.X) {
		p := newBudget(1, 0)
		r := start(x, 2, p, 1, 2)
		x.Go("resizer", func() { r.Resize(1) })
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "Resize, up", func(x *explore.X) {
		p := newBudget(1, 0)
		r := start(x, 1, p, waits, relays)
		x.Go("resizer", func() { r.Resize(2) })
		x.Go("giver", func() { r.more(p) })
	})
	exploreRig(t, "timer", func(x *explore.X) {
		p := newBudget(2, 1)
		r := start(x, 2, p, 1)
		x.Go("submitter", func() { r.must(r.try(2), Accepted) })
		x.AtRest(func() error { return nil }) // the timer is to come
	})
	exploreRig(t, "Stop", func(x *explore.X) {
		p := newBudget(1, 0)
		r := start(x, 2, p, 1, 2)
		x.Go("stopper", r.halt)
		x.Go("giver", func() { r.more(p) })
	})
}

// Goal: permits go from item to item, though no timer ever fires: an item that ends
// gives its own back and says so; evicted items leave theirs to the next; workers
// come and go. None is lost, and no item starts without.
func TestExplorePermitsGoFromItemToItem(t *testing.T) {
	const items = 6
	sampleRig(t, func(x *explore.X) {
		permits := 1 + x.Choose(2)
		p := newBudget(permits, 0)
		running := 0
		r := newLargeRig(x, Config[work]{Workers: 1 + x.Choose(3), Capacity: items, rings: 1 + x.Choose(2), Pacer: p})
		r.cfg.Run = func(w *Worker[work], v work) {
			if running++; running > permits {
				x.Fail("%d items run on %d permits", running, permits)
			}
			threads.Pause()
			running--
			r.more(p)
			r.run(w, v)
		}
		r.Start()
		x.Go("evicter", func() {
			for range 3 {
				r.evict()
			}
		})
		x.Go("resizer", func() { r.Resize(1 + x.Choose(3)) })
		x.Go("submitter", func() {
			for v := range items {
				r.must(r.try(v), Accepted)
			}
			r.finish()
			if got := int(p.permits.Load()); got != permits {
				x.Fail("%d permits, there were %d", got, permits)
			}
		})
	})
}

// Goal: a burst of permits reaches as many workers: an item that waits inside Run
// for another one does not keep that one from its permit.
func TestExplorePermitsReachItemsThatMeet(t *testing.T) {
	sampleRig(t, func(x *explore.X) {
		denials := x.Choose(4)
		p := newBudget(0, denials)
		r := newLargeRig(x, Config[work]{Workers: 2, Capacity: 4, rings: 1 + x.Choose(2), Pacer: p})
		if denials > 0 {
			x.AtRest(func() error { return nil }) // the timer is to come
		}
		r.Start()
		x.Go("main", func() {
			for round := range uint64(2) {
				x.Go("submitter", func() { r.must(r.try(waits), Accepted) })
				x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
				x.Go("giver", func() { r.more(p); r.more(p) })
				r.waitFor(2*round + 2)
			}
			r.finish()
		})
	})
}

// Goal: Halt meets items that wait for permits, and leaves no timer.
func TestExploreHaltWaitsForNoPermit(t *testing.T) {
	const items = 4
	sampleRig(t, func(x *explore.X) {
		p := newBudget(x.Choose(3), 0)
		r := newLargeRig(x, Config[work]{Workers: 1 + x.Choose(2), Capacity: items, Pacer: p})
		r.Start()
		x.Go("resizer", func() { r.Resize(1 + x.Choose(3)) })
		x.Go("giver", func() { r.more(p) })
		x.Go("main", func() {
			for v := range items {
				r.must(r.try(v), Accepted)
			}
			r.halt()
			if r.throttle.wait.Load() != nil {
				x.Fail("a timer is set after Join")
			}
		})
	})
}
