package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// An arrivalGap estimates how long the scheduler usually is without an item before the
// next one arrives. If that is short, a worker that found nothing spins, since waking it
// would take tens of microseconds. If it is long, spinning would be waste.
//
// The first worker that finds nothing notes the time. A worker that finds an item after
// that, or the waker of one, ends the gap. Several may do so at once, and a gap or two
// may be lost: it is an estimate.
type arrivalGap struct {
	clock threads.Clock
	limit time.Duration // longest spin; 0 means none
	mean  atomics.Int64 // ns, of the last few gaps
	since atomics.Int64 // ns, begin of the current gap; 0 if there is none

	// pollDeadline is when the spinner will have polled again, in ns, if it keeps its
	// processor; 0 if none spins. Written by the spinner, read by submitters.
	pollDeadline *atomics.Uint64

	// lock is held by the one spinner, which owns the rest.
	lock         threads.TryLock
	notBefore    time.Duration // earliest begin of the next spinner
	backoff      time.Duration // current length of the delay after a stall
	pollInterval time.Duration // twice the usual time between two checks
	runQueueBusy func() bool   // reports whether goroutines wait for a processor
}

// begin notes that no item was found.
func (g *arrivalGap) begin() {
	if g.limit > 0 && g.since.Load() == 0 {
		g.since.Store(int64(g.clock.Now()))
	}
}

// end notes that an item arrived. The mean is of the last four gaps or so. A very long
// gap counts as limit.
func (g *arrivalGap) end() {
	if g.limit == 0 {
		return
	}
	since := g.since.Load()
	if since == 0 {
		return
	}
	g.since.Store(0)
	mean := g.mean.Load()
	g.mean.Store(mean + (min(int64(g.clock.Now())-since, int64(g.limit))-mean)/4)
}

// spinTime returns how long a worker should spin, 0 if not at all.
func (g *arrivalGap) spinTime() time.Duration {
	if g.limit == 0 {
		return 0
	}
	mean := time.Duration(g.mean.Load())
	if mean > g.limit/2 {
		return 0 // the next item might come too late
	}
	return min(max(4*mean, g.limit/2), g.limit)
}

// spinnerStalled reports whether the spinner should have polled again by now: it may have
// lost its processor. A caller that gets true must have an item and wake another worker;
// the next true comes minPollInterval later at the earliest.
func (g *arrivalGap) spinnerStalled() bool {
	pollDeadline := g.pollDeadline.Load()
	if pollDeadline == 0 {
		return false
	}
	now := uint64(g.clock.Now())
	return now > pollDeadline && g.pollDeadline.CompareAndSwap(pollDeadline, now+uint64(minPollInterval))
}

// A spinner keeps polling after a normal search failed. At most one worker spins at a
// time. It occupies a processor that something else may need, so it makes way:
//
//   - It never yields to goroutines, since each yield would wake an idle processor. It
//     checks whether any wait for one, and ends if some do several times in a row.
//   - It yields to other threads, which Go does not know of.
//   - If it lost its processor for long, Go has fewer processors than it thinks, or the
//     process has used up its quota: the spinner ends, and the next one is put off.
//
// A stalled spinner finds no items. So it publishes by when it will have polled again.
type spinner struct {
	gap          *arrivalGap
	polls        int
	deadline     time.Duration // end of the spin, by the gap's clock
	lastCheck    time.Duration // when it last read the clock
	pollDeadline uint64        // what it published then
	busyPolls    int           // checks in a row at which goroutines waited for a processor
}

const (
	checkInterval   = 8                    // polls between two checks of the clock
	minPollInterval = 2 * time.Microsecond // twice the time between two checks on a quiet machine
	maxBusyPolls    = 3                    // a goroutine just made ready may be on its way to an idle processor

	stallThreshold = time.Millisecond
	backoffReset   = 200 * time.Millisecond // after this time without a stall the backoff starts anew
	maxBackoff     = 10 * time.Second
)

// tryStart starts a spinner, or reports false if that is not worth it, put off, or
// another worker spins.
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

// spin lets the time between two polls pass, and reports whether to poll again. If the
// clock stands still, the number of polls ends it.
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

// check notes when the spinner read the clock and publishes when it will again.
func (v *spinner) check(now time.Duration) {
	v.lastCheck, v.pollDeadline = now, uint64(now+max(v.gap.pollInterval, minPollInterval))
	atomics.StoreRelease(v.gap.pollDeadline, v.pollDeadline)
}

// updateInterval learns from the time between two checks. A time more than four times the
// usual one means that the processor was lost, and counts as four times.
func (g *arrivalGap) updateInterval(took time.Duration) {
	g.pollInterval += (min(2*took, 4*max(g.pollInterval, minPollInterval)) - g.pollInterval) / 8
}

// stalled reports whether the spinner was without a processor for long until now. Then
// none is started for as long, and for four times that at each further stall.
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

// end ends the spinner, which counts a stall up to now.
func (v *spinner) end() {
	v.stalled(v.gap.clock.Now()) // an item that ends it may have come meanwhile
	atomics.StoreRelease(v.gap.pollDeadline, 0)
	v.gap.lock.Unlock()
}

// spinForItem polls all queues for as long as the spinner runs.
func (w *Worker[T]) spinForItem() (v T, ok bool) {
	spinner, ok := w.s.gap.tryStart()
	if !ok {
		return v, false
	}
	defer spinner.end()
	for !w.excess() {
		v, status := w.take()
		switch {
		case status == ringbuffer.Done:
			w.s.gap.end()
			return v, true
		case status == ringbuffer.Busy:
			threads.Pause()
		case !spinner.spin():
			return v, false
		}
	}
	return v, false
}
