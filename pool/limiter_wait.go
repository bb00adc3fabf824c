package pool

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrBurst is wrapped by what WaitN returns for more tokens than the limiter's
// burst, which are never there at once.
var ErrBurst = errors.New("pool: more tokens than the limiter's burst")

// Wait takes a token, waiting until it is there; see WaitN.
func (l *Limiter) Wait(ctx context.Context) error { return l.WaitN(ctx, 1) }

// WaitN takes n tokens, waiting until they are there. For n < 1 it takes nothing
// and does not wait.
//
// It takes nothing, and returns at once, if ctx has ended, with the error of ctx;
// if n is above the burst, with an error that wraps ErrBurst; and if the tokens are
// not there before the deadline of ctx, or not before decades have passed, with one
// that wraps context.DeadlineExceeded.
//
// If ctx ends while it waits it returns the error of ctx and gives the tokens back
// as Reservation.Cancel does. A nil ctx never ends.
func (l *Limiter) WaitN(ctx context.Context, n int) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c, v := l.claim(n, patience(ctx))
	switch v {
	case tooMany:
		return fmt.Errorf("%w: %d of %d", ErrBurst, n, c.state.burst)
	case tooSoon:
		return fmt.Errorf("pool: limiter's tokens are not there for %v: %w", c.wait(), context.DeadlineExceeded)
	}
	return c.await(ctx)
}

// patience returns how long a call with ctx may wait.
func patience(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline) - 1 // at the deadline is too late
	}
	return never
}

// await waits until the tokens of c are there, or gives them back if ctx ends
// before.
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
