package pool

import (
	"context"
	"sync/atomic"
	"time"

	uberatomic "go.uber.org/atomic"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/pool/internal/taskctx"
)

// A record is one submission of a task that asked for more than to be run: a
// result, a timeout, a callback, a context or an id of its own.
//
// Three steps decide what becomes of it; the first goroutine to take a step wins:
//
//   - claim: who takes it out of its ticket decides whether it runs. A worker or
//     a waiter runs it; a canceller, a full queue or Stop resolves it unrun.
//   - start: who claimed it to run it starts it, unless its submitter, whose
//     context has ended, called it off just before.
//   - settle: who settles it gives the outcome. That is the one who claimed it,
//     or the timer of a run.
//
// A run that failed may be followed by another one: the record then waits in
// retries for its time, comes back to the queue in a new ticket, and these steps
// are taken again.
//
// The outcome is given in the order callback, counters, waiters. After it the
// record holds no closure and nothing in the pool holds the record.
type record struct {
	pool       *WorkerPool
	ctx        taskctx.Context // of the first run
	completion completion

	task  Task      // what to run, or
	typed typedTask // the Future it is part of

	id       string // "" if it has only a number
	number   uint64 // 0 if nobody will ask for an id
	priority int
	timeout  time.Duration
	retries  int // how many runs may follow the first
	callback func(Result)
	group    *Group
	errorTo  errorTo
	follows  bool // its submitter's context is to be watched

	ticket    atomics.Pointer[ticket] // the last one it was given
	state     runState
	later     atomic.Pointer[taskctx.Context] // of the present run if it is not the first
	cancelled uberatomic.Error                // why it must not run any more
	requeued  broadcast                       // it came back to the queue

	// Written by the runner, before the timer is set.
	runs      int
	startedAt time.Time // of the first run
	runAt     time.Time // of the present one
	age       uint64    // its place among equals in a queue with priorities, or a little before

	timer   *time.Timer
	runFor  time.Duration
	lastErr error // of the run before; written before it waits for the next

	value any   // written by the goroutine that settles, read after completion
	err   error // likewise

	inGroup memberLink

	observed *observation // nil if nobody wants to know
}

// typedTask is a Future seen without its type.
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
