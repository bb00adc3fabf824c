package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// An arrivalGap is how long the scheduler as a rule is without an item before the next
// one comes. Where that is short, a worker that found nothing searches on: to wake it
// would take tens of microseconds. Where it is long, searching would be waste.
//
// The first worker that finds nothing notes when that was; who finds an item after
// that, or wakes a worker for one, counts the gap. Several may do so at a time, and a
// gap or two be lost: it is an estimate.
type arrivalGap struct {
	clock threads.Clock
	limit time.Duration // of how long a worker may search on; 0 means that none does
	mean  atomics.Int64 // ns, of the last few
	since atomics.Int64 // ns, when the present one began; 0 if none did

	// due is when the worker that searches on will have looked again, ns, if it keeps its
	// processor; 0 if none searches on.
	pollDeadline *atomics.Uint64

	// lock is held by the one worker that searches on, who may use the rest.
	lock         threads.TryLock
	notBefore    time.Duration // the next spinner
	backoff      time.Duration
	pollInterval time.Duration // twice what it takes as a rule from one check to the next
	runQueueBusy func() bool   // whether goroutines wait for a processor
}

// begin notes that no item was found.
func (g *arrivalGap) begin() {
	if g.limit > 0 && g.since.Load() == 0 {
		g.since.Store(int64(g.clock.Now()))
	}
}

// end notes that an item came. The mean is of the last four gaps or so, of which one
// that was very long counts no more than any other that was too long.
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

// spinTime returns for how long a worker should search on.
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

// spinnerStalled reports whether the worker that searches on should have looked again by now:
// it may have lost its processor. Who is told so has an item, and wakes another worker;
// nobody else is before that one has had some time.
func (g *arrivalGap) spinnerStalled() bool {
	pollDeadline := g.pollDeadline.Load()
	if pollDeadline == 0 {
		return false
	}
	now := uint64(g.clock.Now())
	return now > pollDeadline && g.pollDeadline.CompareAndSwap(pollDeadline, now+uint64(minPollInterval))
}

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

// spinForItem looks at all queues again and again, for as long as that is worth it.
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
