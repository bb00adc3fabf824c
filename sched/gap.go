package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
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
