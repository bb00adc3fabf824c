package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Wait blocks until there was an instant at which nothing accepted was pending:
// queued, or running and not overdue. The pool stays open. It may be called any
// number of times, by many at once, and beside submissions; where these never
// pause it may not return, and a Group waits for its own tasks only.
//
// It returns, and forgets, the errors of tasks since the last Wait that nobody
// else hears of: those without a callback, a future, a SubmitWait or a group. The
// first 16 are joined, with the number of the rest. Before Start it returns
// ErrNotStarted.
//
// Called from inside a task it never returns; WaitContext with the task's context
// says so at once.
func (p *WorkerPool) Wait() error { return p.WaitContext(context.Background()) }

// WaitContext is Wait no longer than ctx lasts; it then returns the error of ctx
// and forgets nothing. If ctx derives from a task of the pool it returns
// ErrInsideTask at once.
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

// maxUnclaimed is how many errors Wait returns.
const maxUnclaimed = 16

// unclaimedErrors holds the errors of tasks that nobody else hears of.
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
