//go:build model

package sched

import (
	"testing"

	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// Goal: each accepted item comes to one end, and once one was refused, all are.
func TestExploreSubmitAgainstStop(t *testing.T) {
	for _, c := range []struct {
		name   string
		submit func(r *rig, v int) Status
	}{
		{"TrySubmit", (*rig).try},
		{"SubmitNested", (*rig).nested},
		{"TrySubmitBatch", func(r *rig, v int) Status {
			n, st := r.TrySubmitBatch([]work{r.item(v), r.item(v + 1)})
			for i := range n {
				r.note(v+i, Accepted)
			}
			return st
		}},
		{"Enter", func(r *rig, v int) Status {
			if !r.AcceptInline() {
				return Stopped
			}
			r.note(v, Accepted)
			r.Return(r.item(v), 0)
			return Accepted
		}},
	} {
		exploreRig(t, c.name, func(x *explore.X) {
			r := newRig(x, Config[work]{Workers: 1, Capacity: 2, rings: 1})
			r.Start()
			x.Go("submitter", func() {
				if c.submit(r, 1) == Stopped {
					r.must(r.TrySubmit(r.item(3)), Stopped)
				}
			})
			x.Go("stopper", func() {
				r.halt()
				r.must(r.TrySubmit(r.item(4)), Stopped)
				if r.AcceptInline() {
					x.Fail("an item was accepted after Stop")
				}
			})
		})
	}
	exploreRig(t, "two submitters, two rings", func(x *explore.X) {
		r := newRig(x, Config[work]{Workers: 1, Capacity: 2, rings: 2})
		r.Start()
		x.Go("submitter", func() {
			if r.try(1) == Stopped {
				r.must(r.TrySubmit(r.item(3)), Stopped)
			}
		})
		x.Go("submitter", func() { r.try(2) })
		x.Go("stopper", r.halt)
	})
	exploreRig(t, "two stoppers", func(x *explore.X) {
		r := newRig(x, Config[work]{Workers: 2, Capacity: 2, rings: 1})
		r.must(r.try(1), Accepted)
		r.Start()
		x.Go("stopper", r.halt)
		x.Go("stopper", r.halt)
	})
}

// Goal: the same with more submitters, some of which block or give up, concurrent with Close,
// Evict, Wait and Halt. No callback is called after Join has returned.
func TestExploreEachItemHasOneEnd(t *testing.T) {
	const submitters, each = 3, 2
	sampleRig(t, func(x *explore.X) {
		capacity := 1 + x.Choose(2)
		r := newLargeRig(x, Config[work]{Workers: 1 + x.Choose(2), Capacity: capacity, rings: 1 + x.Choose(capacity)})
		refused, abandoned := false, false
		alive := func(what string) {
			if abandoned {
				x.Fail("%s after Join", what)
			}
		}
		r.cfg.Run = func(w *Worker[work], v work) { alive("Run"); r.run(w, v) }
		r.cfg.Discard = func(v work) { alive("Discard"); r.discard(v) }
		r.cfg.OnBusyChange = func(*Worker[work], bool) { alive("Shift") }
		r.Start()
		for i := range submitters {
			done := x.Done()
			x.Go("submitter", func() {
				for v := i * each; v < (i+1)*each; v++ {
					before := refused
					var st Status
					if x.Choose(4) == 0 {
						st = r.nested(v)
					} else {
						st = r.note(v, r.Submit(r.item(v), done.C()))
					}
					if st == Accepted && before {
						x.Fail("item %d was accepted after another was refused", v)
					}
					refused = refused || st == Stopped
				}
			})
			if x.Choose(2) == 0 {
				x.Go("impatience", func() { threads.Pause(); done.Close() })
			}
		}
		if x.Choose(2) == 0 {
			x.Go("closer", func() { r.Close(); refused = true })
		}
		if x.Choose(2) == 0 {
			x.Go("evicter", r.evict)
		}
		x.Go("stopper", func() {
			if x.Choose(2) == 0 {
				r.Wait(nil)
			}
			r.Close()
			refused = true
			if x.Choose(2) == 0 {
				r.Wait(nil)
			}
			r.halt()
			abandoned = true
		})
	})
}
