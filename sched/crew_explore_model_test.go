//go:build model

package sched

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	exploring "github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// A rig is a scheduler in an exploration, with an account of its items.
type rig struct {
	*Scheduler[int]
	x        *exploring.X
	ends     [16]int // how often each item was run, discarded or taken out
	accepted [16]int
	meet     *threads.Parker
}

// Items that do something: one waits inside Run for another, and one submits another
// before it is settled.
const (
	chains = 13
	waits  = 14
	relays = 15
)

// newRig makes a scheduler whose workers look once before they park, and are not let go
// for being idle unless cfg says after how long. Whenever all are at
// rest, nothing may be left beside a parked worker; at the end, each accepted item must
// have come to one end.
func newRig(x *exploring.X, cfg Config[int]) *rig {
	r := &rig{x: x, meet: threads.NewParker()}
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = exploring.Never
	}
	cfg.Run = func(w *Worker[int], v int) {
		r.ends[v]++
		switch v {
		case waits:
			r.meet.Park(nil)
		case relays:
			r.meet.Unpark()
		case chains:
			r.note(0, r.SubmitNested(0))
		}
		w.Settle(Completed)
	}
	cfg.Discard = func(v int) {
		r.ends[v]++
		r.Settle(Dropped)
	}
	r.Scheduler = New(cfg)
	r.searchTurns, r.maxSearching, r.parallel = 0, 1, false
	x.Name("s", r.Scheduler)
	x.AtRest(r.check)
	x.After(func() error {
		if r.ends != r.accepted {
			return fmt.Errorf("accepted %v, ended %v", r.accepted, r.ends)
		}
		if cfg.IdleTimeout != exploring.Never && (r.reaper.armed.Load() || r.Alive() > 1) {
			return fmt.Errorf("no timer is set, the reaper is armed: %v, and %d workers are parked", r.reaper.armed.Load(), r.Alive())
		}
		return r.check()
	})
	return r
}

// check looks at a scheduler at rest. Timers may be set: one for idle workers, though they
// left since, and one for a permit, if no item could use one.
func (r *rig) check() error {
	if r.pace.wait.Load() != nil {
		if r.anyReady() && r.cfg.Pacer.(*budget).permits.Load() > 0 {
			return errors.New("an item waits for a permit that is there")
		}
		return nil
	}
	if why := invariants(r.Scheduler); why != "" && !strings.HasPrefix(why, "the reaper is armed") {
		return errors.New(why)
	}
	return nil
}

// note keeps account of a submission.
func (r *rig) note(v int, st Status) Status {
	if st == Accepted {
		r.accepted[v]++
	}
	return st
}

func (r *rig) try(v int) Status { return r.note(v, r.TrySubmit(v)) }

// must fails the execution unless st is want.
func (r *rig) must(st, want Status) {
	if st != want {
		r.x.Fail("status %d, want %d", st, want)
	}
}

// halt closes and ends the scheduler.
func (r *rig) halt() {
	r.Close()
	r.Halt()
	r.Join(nil)
}

// exploreRig explores a scenario.
func exploreRig(t *testing.T, name string, scenario func(x *exploring.X)) {
	t.Run(name, func(t *testing.T) { exploring.Run(t, exploring.Config{Samples: 300}, scenario) })
}

// Goal: no item is left beside a parked worker, whoever was put aside where while it
// was submitted.
func TestExploreSubmitAgainstPark(t *testing.T) {
	for workers := 1; workers <= 2; workers++ {
		exploreRig(t, fmt.Sprintf("one submitter, workers=%d", workers), func(x *exploring.X) {
			r := newRig(x, Config[int]{Workers: workers, Capacity: 2, Rings: 1})
			r.Start()
			x.Go("submitter", func() { r.must(r.try(1), Accepted) })
		})
		exploreRig(t, fmt.Sprintf("two submitters, workers=%d", workers), func(x *exploring.X) {
			r := newRig(x, Config[int]{Workers: workers, Capacity: 2, Rings: 1})
			r.Start()
			x.Go("submitter", func() { r.must(r.try(1), Accepted) })
			x.Go("submitter", func() { r.must(r.try(2), Accepted) })
		})
	}
	exploreRig(t, "two rings", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 2, Capacity: 2, Rings: 2})
		r.Start()
		x.Go("submitter", func() { r.must(r.try(1), Accepted); r.must(r.try(2), Accepted) })
	})
	exploreRig(t, "items that meet", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 2, Capacity: 2, Rings: 1})
		r.Start()
		x.Go("submitter", func() { r.must(r.try(waits), Accepted) })
		x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
	})
	exploreRig(t, "last searcher", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 3, Capacity: 4, Rings: 1})
		for v := range 2 {
			r.must(r.try(v), Accepted)
		}
		r.Start()
		x.Go("submitter", func() { r.must(r.try(waits), Accepted); r.must(r.try(relays), Accepted) })
	})
	exploreRig(t, "nested", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 1, Rings: 1})
		r.Start()
		x.Go("submitter", func() {
			r.must(r.note(1, r.SubmitNested(1)), Accepted)
			r.must(r.note(2, r.SubmitNested(2)), Accepted)
		})
	})
}

// Goal: a submitter does not sleep beside a free place, nor after Close.
func TestExploreBlockedSubmitter(t *testing.T) {
	full := func(x *exploring.X, workers int) *rig {
		r := newRig(x, Config[int]{Workers: workers, Capacity: 1, Rings: 1})
		r.must(r.try(0), Accepted)
		r.Start()
		return r
	}
	exploreRig(t, "against pop", func(x *exploring.X) {
		r := full(x, 1)
		x.Go("submitter", func() { r.must(r.note(1, r.Submit(1, nil)), Accepted) })
	})
	exploreRig(t, "two against pop", func(x *exploring.X) {
		r := full(x, 1)
		x.Go("submitter", func() { r.must(r.note(1, r.Submit(1, nil)), Accepted) })
		x.Go("submitter", func() { r.must(r.note(2, r.Submit(2, nil)), Accepted) })
	})
	exploreRig(t, "against another who is faster", func(x *exploring.X) {
		r := full(x, 1)
		x.Go("submitter", func() { r.must(r.note(1, r.Submit(1, nil)), Accepted) })
		x.Go("taker", func() { r.try(2) })
	})
	exploreRig(t, "gives up", func(x *exploring.X) {
		r := full(x, 1)
		done := x.Done()
		x.Go("submitter", func() { r.note(1, r.Submit(1, done.C())) })
		x.Go("submitter", func() { r.must(r.note(2, r.Submit(2, nil)), Accepted) })
		x.Go("impatience", done.Close)
	})
	exploreRig(t, "against Close", func(x *exploring.X) {
		r := full(x, 1)
		x.Go("submitter", func() { r.note(1, r.Submit(1, nil)) })
		x.Go("closer", r.Close)
	})
	exploreRig(t, "against Stop", func(x *exploring.X) {
		r := full(x, 1)
		x.Go("submitter", func() { r.note(1, r.Submit(1, nil)) })
		x.Go("stopper", r.halt)
	})
	exploreRig(t, "against Evict", func(x *exploring.X) {
		r := full(x, 1)
		x.Go("submitter", func() { r.must(r.note(1, r.Submit(1, nil)), Accepted) })
		x.Go("evicter", func() {
			if v, ok := r.Evict(); ok {
				r.ends[v]++
				r.Settle(Dropped)
			}
		})
	})
}

// Goal: what was accepted comes to one end, and once one was refused, all are.
func TestExploreSubmitAgainstStop(t *testing.T) {
	submits := map[string]func(r *rig, v int) Status{
		"TrySubmit":    (*rig).try,
		"SubmitNested": func(r *rig, v int) Status { return r.note(v, r.SubmitNested(v)) },
		"TrySubmitBatch": func(r *rig, v int) Status {
			n, st := r.TrySubmitBatch([]int{v, v + 1})
			for i := range n {
				r.note(v+i, Accepted)
			}
			return st
		},
		"Enter": func(r *rig, v int) Status {
			if !r.Enter() {
				return Stopped
			}
			r.note(v, Accepted)
			r.Return(v, 0)
			return Accepted
		},
	}
	for name, submit := range submits {
		exploreRig(t, name, func(x *exploring.X) {
			r := newRig(x, Config[int]{Workers: 1, Capacity: 2, Rings: 1})
			r.Start()
			x.Go("submitter", func() {
				if submit(r, 1) == Stopped {
					r.must(r.TrySubmit(3), Stopped)
				}
			})
			x.Go("stopper", func() {
				r.halt()
				r.must(r.TrySubmit(4), Stopped)
				if r.Enter() {
					x.Fail("an item was accepted after Stop")
				}
			})
		})
	}
	exploreRig(t, "two submitters, two rings", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 2, Rings: 2})
		r.Start()
		x.Go("submitter", func() {
			if r.try(1) == Stopped {
				r.must(r.TrySubmit(3), Stopped)
			}
		})
		x.Go("submitter", func() { r.try(2) })
		x.Go("stopper", r.halt)
	})
	exploreRig(t, "two stoppers", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 2, Capacity: 2, Rings: 1})
		r.must(r.try(1), Accepted)
		r.Start()
		x.Go("stopper", r.halt)
		x.Go("stopper", r.halt)
	})
}

// Goal: Wait comes back once all is settled.
func TestExploreWaitAgainstSettle(t *testing.T) {
	exploreRig(t, "worker", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 2, Rings: 1})
		r.must(r.try(1), Accepted)
		r.Start()
		x.Go("waiter", func() { r.Wait(nil) })
	})
	exploreRig(t, "two waiters and a submitter", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 2, Rings: 1})
		r.must(r.try(1), Accepted)
		r.Start()
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("submitter", func() { r.must(r.try(2), Accepted) })
	})
	exploreRig(t, "never quiet", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 2, Rings: 1})
		r.must(r.try(chains), Accepted)
		r.Start()
		x.Go("waiter", func() {
			if r.Wait(nil); r.Settled().Sum() < 2 {
				x.Fail("Wait is back, and something was always pending")
			}
		})
	})
	exploreRig(t, "elsewhere", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 2, Rings: 1})
		r.Start()
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("caller", func() {
			if r.Enter() {
				r.Settle(Completed)
			}
		})
	})
	exploreRig(t, "gives up", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 2, Rings: 1})
		r.must(r.try(1), Accepted)
		r.Start()
		done := x.Done()
		x.Go("waiter", func() { r.Wait(done.C()) })
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("impatience", done.Close)
	})
}

// Goal: the number of workers may change at any step of anything.
func TestExploreResizeAgainst(t *testing.T) {
	exploreRig(t, "submit, down", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 2, Capacity: 2, Rings: 1})
		r.Start()
		x.Go("submitter", func() { r.must(r.try(1), Accepted); r.must(r.try(2), Accepted) })
		x.Go("resizer", func() { r.Resize(1) })
	})
	exploreRig(t, "items that meet, up", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 2, Rings: 1})
		r.must(r.try(waits), Accepted)
		r.Start()
		x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
		x.Go("resizer", func() { r.Resize(2) })
	})
	exploreRig(t, "items that meet, down and up", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 2, Capacity: 2, Rings: 1})
		r.must(r.try(waits), Accepted)
		r.Start()
		x.Go("submitter", func() { r.must(r.try(relays), Accepted) })
		x.Go("resizer", func() { r.Resize(1); r.Resize(2) })
	})
	exploreRig(t, "Stop", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 2, Rings: 1})
		r.must(r.try(1), Accepted)
		r.Start()
		x.Go("stopper", r.halt)
		x.Go("resizer", func() { r.Resize(2); r.Resize(1) })
	})
	exploreRig(t, "blocked submitter", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 1, Capacity: 1, Rings: 1})
		r.must(r.try(waits), Accepted)
		r.Start()
		x.Go("submitter", func() { r.must(r.note(1, r.Submit(1, nil)), Accepted) })
		x.Go("submitter", func() { r.must(r.note(relays, r.Submit(relays, nil)), Accepted) })
		x.Go("resizer", func() { r.Resize(2) })
	})
	exploreRig(t, "Wait", func(x *exploring.X) {
		r := newRig(x, Config[int]{Workers: 2, Capacity: 2, Rings: 1})
		r.must(r.try(1), Accepted)
		r.must(r.try(2), Accepted)
		r.Start()
		x.Go("waiter", func() { r.Wait(nil) })
		x.Go("resizer", func() { r.Resize(1) })
	})
}

// Goal: workers let go for being idle, at any step of anything, leave no item behind.
func TestExploreReaperAgainst(t *testing.T) {
	start := func(x *exploring.X, workers int) *rig {
		r := newRig(x, Config[int]{Workers: workers, Capacity: 4, Rings: 1, IdleTimeout: 1})
		for v := range workers {
			r.must(r.try(v), Accepted)
		}
		r.Start()
		return r
	}
	exploreRig(t, "submit", func(x *exploring.X) {
		r := start(x, 2)
		x.Go("submitter", func() { r.must(r.try(3), Accepted) })
	})
	exploreRig(t, "items that meet", func(x *exploring.X) {
		r := start(x, 2)
		x.Go("submitter", func() { r.must(r.try(waits), Accepted); r.must(r.try(relays), Accepted) })
	})
	exploreRig(t, "Resize", func(x *exploring.X) {
		r := start(x, 2)
		x.Go("submitter", func() { r.must(r.try(3), Accepted) })
		x.Go("resizer", func() { r.Resize(1) })
	})
}
