package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Wait blocks until there was an instant at which no accepted task was pending. A task
// is pending while it is queued, waits for a retry, or runs and is not overdue. The
// pool stays open.
//
// Wait may be called any number of times, by several goroutines at once, and
// concurrently with submissions. If submissions never pause it may never return. Use a
// Group to wait for certain tasks only.
//
// Wait returns the unclaimed errors since the last Wait, and forgets them. An error is
// unclaimed if its task has no callback and belongs to no Future, SubmitWait or Group.
// The first 16 are joined, with the number of the rest. Before Start, Wait returns
// ErrNotStarted.
//
// Called from inside a task, Wait never returns. Call WaitContext with the task's
// context there: it returns ErrInsideTask at once.
func (p *WorkerPool) Wait() error { return p.WaitContext(context.Background()) }

// WaitContext is Wait bounded by ctx. If ctx ends first, it returns the error of ctx
// and forgets no errors. If ctx derives from a task of the pool, it returns
// ErrInsideTask at once. A nil ctx is context.Background.
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

// unclaimedErrors holds the errors of tasks that only Wait reports.
type unclaimedErrors struct {
	mu   sync.Mutex
	errs []error
	more int // number of errors beyond maxUnclaimed
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
