package pool

import (
	"context"
	"sync/atomic"
	"time"

	uberatomic "go.uber.org/atomic"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/pool/internal/taskctx"
)

// A record is one submission of a task that asks for more than a run: a result, a
// timeout, a callback, a context or an id of its own.
//
// Three steps decide its outcome. Each is taken once, by the first goroutine that gets
// there:
//
//   - claim: a goroutine takes the record out of its ticket. A worker or a waiter
//     claims it to run it; a canceller, an overflow policy or Stop claims it to settle
//     it without a run.
//   - start: the goroutine that claimed it starts the run, unless the submitter, whose
//     context has ended, called it off just before.
//   - settle: the goroutine that claimed it, or the timer of a run, gives the outcome.
//
// A failed run may be followed by another one. The record then waits in retries,
// returns to the queue in a new ticket, and the steps are taken again.
//
// The outcome is given in the order callback, counters, waiters. After it the record
// holds no closure, and nothing in the pool holds the record.
type record struct {
	pool       *WorkerPool
	ctx        taskctx.Context // of the first run
	completion completion

	task  Task      // the task to run, or
	typed typedTask // the Future that this record is part of

	id       string // "" if it has only a number
	number   uint64 // makes the id if there is none; 0 if no id is needed
	priority int
	timeout  time.Duration
	retries  int // number of runs that may follow the first
	callback func(Result)
	group    *Group
	errorTo  errorTo
	follows  bool // its end follows that of its submitter's context

	ticket    atomics.Pointer[ticket] // the last ticket
	state     runState
	later     atomic.Pointer[taskctx.Context] // context of the current run; nil in the first
	cancelled uberatomic.Error                // the reason not to run again
	requeued  broadcast                       // sent when the record is back in the queue

	// Written by the runner, before the timer is set.
	runs      int
	startedAt time.Time // of the first run
	runAt     time.Time // of the current run
	age       uint64    // its place among equals in a queue with priorities, at most a little earlier

	timer   *time.Timer
	runFor  time.Duration
	lastErr error // error of the previous run; written before the record waits for the next

	value any   // written by the goroutine that settles, read after completion
	err   error // likewise

	inGroup memberLink

	observed *observation // nil unless the task is observed
}

// A typedTask is a Future without its type parameter.
type typedTask interface {
	// call runs the function and keeps its value.
	call(ctx context.Context) error
	// result returns that value.
	result() any
	// forget lets go of the function.
	forget()
}

// errorTo says who hears of a task's error.
type errorTo uint8

const (
	toWait  errorTo = iota // the next Wait of the pool
	toOwner                // a callback, a future, a SubmitWait or a group
)

// taskID returns the id, or "" for a task without.
func (r *record) taskID() string {
	if r.id == "" && r.number != 0 {
		return numberedID(r.number)
	}
	return r.id
}

// runContext returns the context of the present run, or of the next one if it has
// not started.
func (r *record) runContext() *taskctx.Context {
	if ctx := r.later.Load(); ctx != nil {
		return ctx
	}
	return &r.ctx
}
