package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A handover is a submitter's yield to the worker that it woke while all slept. Go
// puts a goroutine that was made ready next in line on the processor of the waker: if
// that one runs on, it waits there until another processor was woken and is allowed to
// take it, some 100 µs. After a yield it runs at once, and it is the submitter that
// another processor takes, or who waits until the item is done.
//
// What that costs submitters is measured. Where it is much, because items take long
// or no processor is idle, they keep their processor, and try again after a while.
type handover struct {
	on   bool
	cost atomics.Int64 // ns, the mean of the last few; what was not tried costs a little less each time
}

// maxHandoverCost is what a handover may cost a submitter.
const maxHandoverCost = 100 * time.Microsecond

// yield yields, unless that was maxHandoverCost as of late.
func (h *handover) yield(clock threads.Clock) {
	if !h.on {
		return
	}
	cost := h.cost.Load()
	if time.Duration(cost) > maxHandoverCost {
		h.cost.Store(cost - cost/16)
		return
	}
	before := clock.Now()
	threads.Pause()
	h.cost.Store(cost + (int64(clock.Now()-before)-cost)/4)
}
