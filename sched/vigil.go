package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A vigil is a worker's search beyond the usual turns, while it is worth it. One worker
// at a time keeps it. It spins, and gives way to others:
//
//   - It never yields to goroutines, which would wake an idle processor each time, but
//     looks whether any wait for one. If some do several times in a row, it ends.
//   - It yields to other threads, of which Go knows nothing.
//   - If it lost the processor for long, there are fewer of them than Go thinks, or the
//     process has used up what it is given: it ends, and the next one has to wait.
//     Submitters do not rely on it meanwhile, be it for microseconds: it tells by when it
//     will have looked again.
type vigil struct {
	gap      *gapEstimate
	looks    int
	until    time.Duration // by the estimate's clock, when it ends
	checked  time.Duration // when it last looked at the clock
	due      uint64        // what it said then
	crowding int           // how often in a row goroutines waited for a processor
}

const (
	checkEvery = 8                    // looks
	leastBlink = 2 * time.Microsecond // twice what it takes from one check to the next
	crowdedOut = 3                    // a goroutine just made ready may be on its way to an idle processor

	lostLong   = time.Millisecond
	calm       = 200 * time.Millisecond // after this without a loss all is forgotten
	maxBackoff = 10 * time.Second
)

// keepVigil begins a vigil, or reports false if it is not worth it or another worker
// keeps one.
func (g *gapEstimate) keepVigil() (vigil, bool) {
	worth := g.worthwhile()
	if worth == 0 || !g.lookout.TryLock() {
		return vigil{}, false
	}
	now := g.clock.Now()
	if now < g.notBefore {
		g.lookout.Unlock()
		return vigil{}, false
	}
	v := vigil{gap: g, until: now + worth}
	v.check(now)
	return v, true
}

// check notes when the vigil looked at the clock, and tells submitters when it will again.
func (v *vigil) check(now time.Duration) {
	v.checked, v.due = now, uint64(now+max(v.gap.blink, leastBlink))
	atomics.StoreRelease(v.gap.due, v.due)
}

// learn notes what it took from one check to the next. Where that was more than four times
// as long as usual, the processor was lost, and it counts as so much.
func (g *gapEstimate) learn(took time.Duration) {
	g.blink += (min(2*took, 4*max(g.blink, leastBlink)) - g.blink) / 8
}

// goOn lets the time between two looks pass, and reports whether there is to be another
// look. Where the clock stands still, their number ends it.
func (v *vigil) goOn() bool {
	threads.Spin(spinTurns)
	v.looks++
	if v.looks%checkEvery != 0 {
		return true
	}
	now := v.gap.clock.Now()
	if g := v.gap; g.due.Load() != v.due { // an item came, and another worker was woken
		v.until, v.looks = now+g.worthwhile(), 0
	}
	if v.lost(now) || now > v.until || time.Duration(v.looks) > v.gap.limit/spinTurns {
		return false
	}
	v.gap.learn(now - v.checked)
	v.check(now)
	if v.gap.crowded() {
		v.crowding++
		return v.crowding < crowdedOut
	}
	v.crowding = 0
	threads.YieldThread()
	return true
}

// lost reports whether the vigil was long without a processor until now. Then there is
// to be none for as long, and for four times that each time this happens again.
func (v *vigil) lost(now time.Duration) bool {
	g, lost := v.gap, now-v.checked
	if lost <= lostLong {
		return false
	}
	if now > g.notBefore+calm {
		g.backoff = 0
	}
	g.backoff = min(max(4*g.backoff, lost), maxBackoff)
	g.notBefore = now + g.backoff
	v.checked = now // it counts once
	return true
}

func (v *vigil) end() {
	v.lost(v.gap.clock.Now()) // an item that ends it may have come meanwhile
	atomics.StoreRelease(v.gap.due, 0)
	v.gap.lookout.Unlock()
}
