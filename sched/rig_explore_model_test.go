//go:build model

package sched

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// A work is an item of a rig: one of its numbers.
type work = *int

// A rig is a scheduler in an exploration, with an account of its items.
type rig struct {
	*Scheduler[work]
	x        *explore.X
	numbers  [16]int
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

// exploreRig searches a scenario, also with release stores that are seen late.
func exploreRig(t *testing.T, name string, scenario func(x *explore.X)) {
	t.Run(name, func(t *testing.T) { explore.Run(t, explore.Config{}, scenario) })
	t.Run(name+", buffers", func(t *testing.T) { explore.Run(t, explore.Config{Buffers: true}, scenario) })
}

// sampleRig draws schedules of a scenario that is too large for a search.
func sampleRig(t *testing.T, scenario func(x *explore.X)) {
	for _, buffers := range []bool{false, true} {
		t.Run(fmt.Sprintf("buffers=%t", buffers), func(t *testing.T) {
			explore.Run(t, explore.Config{Preemptions: explore.None, Samples: 1000, Buffers: buffers}, scenario)
		})
	}
}

// newRig makes a scheduler whose workers look once before they park, of which one
// searches at most, and which are not let go for being idle unless cfg says after how
// long. Whenever all are at rest, nothing may be left beside a parked worker; at the
// end, each accepted item must have come to one end.
func newRig(x *explore.X, cfg Config[work]) *rig {
	r := &rig{x: x, meet: threads.NewParker()}
	for i := range r.numbers {
		r.numbers[i] = i
	}
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = explore.Never
	}
	cfg.Run = r.run
	cfg.Discard = r.discard
	r.Scheduler = New(cfg)
	r.searchRounds, r.maxSearching, r.spins = 0, 1, false
	r.gap.limit, r.handover.on = 0, false
	x.Name("s", r.Scheduler)
	x.AtRest(r.check)
	x.After(func() error {
		if r.ends != r.accepted {
			return fmt.Errorf("accepted %v, ended %v", r.accepted, r.ends)
		}
		if cfg.IdleTimeout != explore.Never && (r.reaper.armed() || r.Alive() > 1) {
			return fmt.Errorf("no timer is set, the reaper is armed: %v, and %d workers are parked", r.reaper.armed(), r.Alive())
		}
		return r.check()
	})
	return r
}

// newLargeRig is newRig for samples: perhaps with a heap in place of rings, with more
// who search, and for longer.
func newLargeRig(x *explore.X, cfg Config[work]) *rig {
	if x.Choose(2) == 0 {
		cfg.Source = newHeapSource(cfg.Capacity, 2)
	}
	r := newRig(x, cfg)
	r.maxSearching = 1 + x.Choose(2)
	r.searchRounds = x.Choose(2)
	r.handover.on = x.Choose(2) == 0
	return r
}

func (r *rig) run(w *Worker[work], v work) {
	r.ends[*v]++
	switch *v {
	case waits:
		r.meet.Park(nil)
	case relays:
		r.meet.Unpark()
	case chains:
		r.nested(0)
	}
	w.Settle(Completed)
}

func (r *rig) discard(v work) {
	r.ends[*v]++
	r.Settle(Dropped)
}

// check looks at a scheduler at rest. Timers may be set: one for idle workers, though they
// left since, and one for a permit, if no item could use one.
func (r *rig) check() error {
	if r.throttle.wait.Load() != nil {
		if r.anyWaiting() && r.cfg.Pacer.(*budget).permits.Load() > 0 {
			return errors.New("an item waits for a permit that is there")
		}
		return nil
	}
	if why := invariants(r.Scheduler); why != "" && !strings.HasPrefix(why, "the reaper is armed") {
		return errors.New(why)
	}
	return nil
}

// item returns the item of a number.
func (r *rig) item(v int) work { return &r.numbers[v] }

// note keeps account of a submission.
func (r *rig) note(v int, st Status) Status {
	if st == Accepted {
		r.accepted[v]++
	}
	return st
}

func (r *rig) try(v int) Status    { return r.note(v, r.TrySubmit(r.item(v))) }
func (r *rig) submit(v int) Status { return r.note(v, r.Submit(r.item(v), nil)) }
func (r *rig) nested(v int) Status { return r.note(v, r.SubmitNested(r.item(v))) }

// evict takes an item out, and settles it.
func (r *rig) evict() {
	if v, ok := r.Evict(); ok {
		r.ends[*v]++
		r.Settle(Dropped)
	}
}

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

// finish ends the scheduler once all is settled.
func (r *rig) finish() {
	r.Close()
	r.Wait(nil)
	r.halt()
}
