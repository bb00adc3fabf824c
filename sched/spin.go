package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A spinner is a worker's search beyond the usual turns, while it is worth it. One worker
// at a time keeps it. It spins, and gives way to others:
//
//   - It never yields to goroutines, which would wake an idle processor each time, but
//     looks whether any wait for one. If some do several times in a row, it ends.
//   - It yields to other threads, of which Go knows nothing.
//   - If it lost the processor for long, there are fewer of them than Go thinks, or the
//     process has used up what it is given: it ends, and the next one has to wait.
//     Submitters do not rely on it meanwhile, be it for microseconds: it tells by when it
//     will have looked again.
type spinner struct {
	gap          *arrivalGap
	polls        int
	deadline     time.Duration // by the estimate's clock, when it ends
	lastCheck    time.Duration // when it last looked at the clock
	pollDeadline uint64        // what it said then
	busyPolls    int           // how often in a row goroutines waited for a processor
}

const (
	checkInterval   = 8                    // looks
	minPollInterval = 2 * time.Microsecond // twice what it takes from one check to the next
	maxBusyPolls    = 3                    // a goroutine just made ready may be on its way to an idle processor

	stallThreshold = time.Millisecond
	backoffReset   = 200 * time.Millisecond // after this without a loss all is forgotten
	maxBackoff     = 10 * time.Second
)

// tryStart begins a spinner, or reports false if it is not worth it or another worker
// keeps one.
func (g *arrivalGap) tryStart() (spinner, bool) {
	spinTime := g.spinTime()
	if spinTime == 0 || !g.lock.TryLock() {
		return spinner{}, false
	}
	now := g.clock.Now()
	if now < g.notBefore {
		g.lock.Unlock()
		return spinner{}, false
	}
	v := spinner{gap: g, deadline: now + spinTime}
	v.check(now)
	return v, true
}

// check notes when the spinner looked at the clock, and tells submitters when it will again.
func (v *spinner) check(now time.Duration) {
	v.lastCheck, v.pollDeadline = now, uint64(now+max(v.gap.pollInterval, minPollInterval))
	atomics.StoreRelease(v.gap.pollDeadline, v.pollDeadline)
}

// learn notes what it took from one check to the next. Where that was more than four times
// as long as usual, the processor was lost, and it counts as so much.
func (g *arrivalGap) updateInterval(took time.Duration) {
	g.pollInterval += (min(2*took, 4*max(g.pollInterval, minPollInterval)) - g.pollInterval) / 8
}

// spin lets the time between two looks pass, and reports whether there is to be another
// look. Where the clock stands still, their number ends it.
func (v *spinner) spin() bool {
	threads.Spin(spinTurns)
	v.polls++
	if v.polls%checkInterval != 0 {
		return true
	}
	now := v.gap.clock.Now()
	if g := v.gap; g.pollDeadline.Load() != v.pollDeadline { // an item came, and another worker was woken
		v.deadline, v.polls = now+g.spinTime(), 0
	}
	if v.stalled(now) || now > v.deadline || time.Duration(v.polls) > v.gap.limit/spinTurns {
		return false
	}
	v.gap.updateInterval(now - v.lastCheck)
	v.check(now)
	if v.gap.runQueueBusy() {
		v.busyPolls++
		return v.busyPolls < maxBusyPolls
	}
	v.busyPolls = 0
	threads.YieldThread()
	return true
}

// lost reports whether the spinner was long without a processor until now. Then there is
// to be none for as long, and for four times that each time this happens again.
func (v *spinner) stalled(now time.Duration) bool {
	g, lost := v.gap, now-v.lastCheck
	if lost <= stallThreshold {
		return false
	}
	if now > g.notBefore+backoffReset {
		g.backoff = 0
	}
	g.backoff = min(max(4*g.backoff, lost), maxBackoff)
	g.notBefore = now + g.backoff
	v.lastCheck = now // it counts once
	return true
}

func (v *spinner) end() {
	v.stalled(v.gap.clock.Now()) // an item that ends it may have come meanwhile
	atomics.StoreRelease(v.gap.pollDeadline, 0)
	v.gap.lock.Unlock()
}
