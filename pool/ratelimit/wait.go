package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrBurst is wrapped by the error of WaitN for more tokens than the burst, which
// are never there at once.
var ErrBurst = errors.New("ratelimit: more tokens than the burst")

// Wait takes a token and waits until it is usable; see WaitN.
func (l *Limiter) Wait(ctx context.Context) error { return l.WaitN(ctx, 1) }

// WaitN takes n tokens and waits until they are usable. For n < 1 it takes nothing
// and does not wait.
//
// It takes nothing and returns at once
//
//   - the error of ctx, if ctx has ended;
//   - an error that wraps ErrBurst, if n exceeds the burst;
//   - an error that wraps context.DeadlineExceeded, if the wait would not end
//     before the deadline of ctx, or not for decades.
//
// If ctx ends during the wait, it returns the error of ctx and gives the tokens back
// as Reservation.Cancel does. A nil ctx never ends.
func (l *Limiter) WaitN(ctx context.Context, n int) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c, v := l.claim(n, maxWait(ctx))
	switch v {
	case tooMany:
		return fmt.Errorf("%w: n = %d: must be at most %d", ErrBurst, n, c.state.burst)
	case tooSoon:
		return waitError(ctx, c.wait())
	}
	return c.await(ctx)
}

// maxWait returns for how long a call with ctx may wait.
func maxWait(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline) - 1 // at the deadline is too late
	}
	return never
}

// waitError returns the error for a wait that ctx or the clock does not allow.
func waitError(ctx context.Context, wait time.Duration) error {
	limit := "the limiter's clock"
	if _, ok := ctx.Deadline(); ok {
		limit = "the context deadline"
	}
	return &tooSoonError{fmt.Sprintf("ratelimit: wait of %v would exceed %s", wait, limit)}
}

// A tooSoonError is context.DeadlineExceeded before the wait rather than after it.
type tooSoonError struct{ text string }

func (e *tooSoonError) Error() string { return e.text }
func (e *tooSoonError) Unwrap() error { return context.DeadlineExceeded }

// await waits until the tokens of c are usable, or gives them back if ctx ends
// before that.
func (c claim) await(ctx context.Context) error {
	wait := c.wait()
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		c.giveBack()
		return ctx.Err()
	}
}
