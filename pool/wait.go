package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Wait blocks until an instant at which no accepted task is pending: queued, waiting to
// retry, or running and not overdue. The pool stays open. Wait may be called any number
// of times, by many goroutines, and concurrently with submissions. If these never pause
// it may not return; a Group waits for its own tasks only.
//
// Wait returns and clears the unclaimed errors since the last Wait: those of tasks
// without a callback, a future, a SubmitWait or a group. The first 16 are joined, with
// the number of the rest. Before Start it returns ErrNotStarted.
//
// Called from inside a task, Wait never returns. WaitContext with the task's context
// returns ErrInsideTask at once.
func (p *WorkerPool) Wait() error { return p.WaitContext(context.Background()) }

// WaitContext is Wait until ctx ends at most. It then returns the error of ctx and
// clears nothing. If ctx derives from a task of the pool, it returns ErrInsideTask at
// once.
func (p *WorkerPool) WaitContext(ctx context.Context) error {
	if p.err != nil {
		return p.err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if p.root.AncestorOf(ctx) != nil {
		return ErrInsideTask
	}
	if !p.started.Load() {
		return ErrNotStarted
	}
	if !p.engine.Wait(ctx.Done()) {
		return ctx.Err()
	}
	return p.unclaimed.take()
}

// maxUnclaimed is the largest number of errors that Wait returns.
const maxUnclaimed = 16

// unclaimedErrors holds the errors of tasks for the next Wait.
type unclaimedErrors struct {
	mu   sync.Mutex
	errs []error
	more int
}

func (k *unclaimedErrors) add(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.errs) < maxUnclaimed {
		k.errs = append(k.errs, err)
	} else {
		k.more++
	}
}

func (k *unclaimedErrors) take() error {
	k.mu.Lock()
	errs, more := k.errs, k.more
	k.errs, k.more = nil, 0
	k.mu.Unlock()
	if more > 0 {
		errs = append(errs, fmt.Errorf("pool: and %d more errors", more))
	}
	return errors.Join(errs...)
}
