package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A gapEstimate is how long the scheduler as a rule is without an item before the next
// one comes. Where that is short, a worker that found nothing searches on: to wake it
// would take tens of microseconds. Where it is long, searching would be waste.
//
// The first worker that finds nothing notes when that was; who finds an item after
// that, or wakes a worker for one, counts the gap. Several may do so at a time, and a
// gap or two be lost: it is an estimate.
type gapEstimate struct {
	clock threads.Clock
	limit time.Duration // of how long a worker may search on; 0 means that none does
	mean  atomics.Int64 // ns, of the last few
	since atomics.Int64 // ns, when the present one began; 0 if none did

	// lookout is held by the one worker that searches on.
	lookout threads.TryLock
}

// begin notes that no item was found.
func (g *gapEstimate) begin() {
	if g.limit > 0 && g.since.Load() == 0 {
		g.since.Store(int64(g.clock.Now()))
	}
}

// end notes that an item came. The mean is of the last four gaps or so, of which one
// that was very long counts no more than any other that was too long.
func (g *gapEstimate) end() {
	if g.limit == 0 {
		return
	}
	since := g.since.Load()
	if since == 0 {
		return
	}
	g.since.Store(0)
	mean := g.mean.Load()
	g.mean.Store(mean + (min(int64(g.clock.Now())-since, 2*int64(g.limit))-mean)/4)
}

// worthwhile returns for how long a worker should search on.
func (g *gapEstimate) worthwhile() time.Duration {
	if g.limit == 0 {
		return 0
	}
	mean := time.Duration(g.mean.Load())
	if mean > g.limit {
		return 0
	}
	return min(4*mean, g.limit)
}

// A vigil is a worker's search beyond the usual turns, while it is worth it. The worker
// spins, and from time to time tries whether others want the processor: if so the vigil
// ends. One worker at a time keeps it.
type vigil struct {
	gap    *gapEstimate
	looks  int
	until  time.Duration // by the estimate's clock, when it ends
	probed time.Duration // when it last tried whether others want the processor
	probe  time.Duration // how long after that it will again
}

const (
	clockEvery = 8                     // looks
	probeFirst = 2 * time.Microsecond  // then twice as long each time
	probeLast  = 32 * time.Microsecond // who wants the processor waits no longer
	probeLong  = 10 * time.Microsecond // others ran meanwhile
)

// keepVigil begins a vigil, or reports false if it is not worth it or another worker
// keeps one.
func (g *gapEstimate) keepVigil() (vigil, bool) {
	worth := g.worthwhile()
	if worth == 0 || !g.lookout.TryLock() {
		return vigil{}, false
	}
	now := g.clock.Now()
	return vigil{gap: g, until: now + worth, probed: now, probe: probeFirst}, true
}

// goOn lets the time between two looks pass, and reports whether there is to be another
// look. Where the clock stands still, their number ends it.
func (v *vigil) goOn() bool {
	threads.Spin(spinTurns)
	v.looks++
	if v.looks%clockEvery != 0 {
		return true
	}
	now := v.gap.clock.Now()
	if now > v.until || v.looks > int(v.gap.limit/spinTurns) {
		return false
	}
	if now-v.probed < v.probe {
		return true
	}
	threads.Pause()
	v.probed = v.gap.clock.Now()
	v.probe = min(2*v.probe, probeLast)
	return v.probed-now < probeLong
}

func (v *vigil) end() { v.gap.lookout.Unlock() }
