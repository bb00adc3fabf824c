package ratelimit_test

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/user/millrace/pool/ratelimit"
)

// async calls f in a goroutine of its own, and sends its result.
func async[T any](f func() T) <-chan T {
	c := make(chan T, 1)
	go func() { c <- f() }()
	return c
}

func endedContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestLimiterWaitEndsWhenTheTokenIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 2)
		begin := time.Now()
		for i, want := range []time.Duration{0, 0, 100, 200, 300} {
			require.NoError(t, l.Wait(context.Background()))
			d := time.Since(begin)
			assert.Equal(t, want*time.Millisecond, d, "wait %d", i)
		}
		var none context.Context
		require.NoError(t, l.WaitN(none, 2))
		d := time.Since(begin)
		assert.Equal(t, 500*time.Millisecond, d, "two more after %v", d)
		require.NoError(t, l.WaitN(context.Background(), 0))
		require.NoError(t, l.WaitN(context.Background(), -1))
		d = time.Since(begin)
		assert.Equal(t, 500*time.Millisecond, d, "a wait for nothing took %v", d-500*time.Millisecond)
	})
}

func TestLimiterWaitersAreServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 1)
		l.Allow()
		begin := time.Now()
		var waiters []<-chan time.Duration
		for range 5 {
			waiters = append(waiters, async(func() time.Duration {
				assert.NoError(t, l.Wait(context.Background()))
				return time.Since(begin)
			}))
			synctest.Wait()
		}
		for i, c := range waiters {
			d, want := <-c, time.Duration(i+1)*100*time.Millisecond
			assert.Equal(t, want, d, "waiter %d came after %v", i, d)
		}
	})
}

func TestLimiterWaitWithAnEndedContextTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 3)
		for _, n := range []int{0, 1, 3} {
			assert.ErrorIs(t, l.WaitN(endedContext(), n), context.Canceled)
		}
		assert.ErrorIs(t, l.Wait(endedContext()), context.Canceled)
		assert.Equal(t, 3, drain(l), "tokens are left")
	})
}

// Goal: a wait that its deadline would end returns at once and takes nothing.
func TestLimiterWaitBeyondItsDeadlineDoesNotBegin(t *testing.T) {
	for _, test := range []struct {
		timeout time.Duration
		fails   bool
	}{
		{time.Millisecond, true},
		{100*time.Millisecond - 1, true},
		{100 * time.Millisecond, true}, // both at the same time
		{100*time.Millisecond + 1, false},
		{time.Hour, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(t, 10, 1)
			ctx, cancel := context.WithTimeout(context.Background(), test.timeout)
			defer cancel()
			require.NoError(t, l.Wait(ctx))
			begin := time.Now()
			err := l.Wait(ctx)
			if !test.fails {
				assert.NoError(t, err)
				return
			}
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			d := time.Since(begin)
			assert.NoError(t, ctx.Err(), "timeout %v: it took %v to say so", test.timeout, d)
			assert.Zero(t, d, "timeout %v: it took %v to say so", test.timeout, d)
			d = l.Reserve().Delay()
			assert.Equal(t, 100*time.Millisecond, d, "timeout %v: the next one waits %v", test.timeout, d)
		})
	}
}

// Goal: a wait for an available token ignores the deadline.
func TestLimiterWaitForATokenThatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 1)
		ctx, cancel := context.WithTimeout(context.Background(), 1)
		defer cancel()
		require.NoError(t, l.Wait(ctx))
	})
}

func TestLimiterWaitForWhatIsNeverThere(t *testing.T) {
	l := newLimiter(t, 1e-12, 2)
	for _, n := range []int{3, math.MaxInt} {
		err := l.WaitN(context.Background(), n)
		assert.ErrorIs(t, err, ratelimit.ErrBurst)
		assert.Contains(t, err.Error(), "at most 2", "%v: does not name the burst", err)
	}
	require.NoError(t, l.WaitN(context.Background(), 2))
	assert.ErrorIs(t, l.Wait(context.Background()), context.DeadlineExceeded)
}

// Goal: a waiter that gives up returns its token, unless others reserved after it.
func TestLimiterWaitGivesItsTokenBack(t *testing.T) {
	for _, followed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(t, 10, 1)
			l.Allow()
			ctx, cancel := context.WithCancel(context.Background())
			waiter := async(func() error { return l.Wait(ctx) })
			synctest.Wait()
			want := 100 * time.Millisecond
			if followed {
				l.Reserve()
				want *= 3
			}
			cancel()
			assert.ErrorIs(t, <-waiter, context.Canceled)
			d := l.Reserve().Delay()
			assert.Equal(t, want, d, "followed %v: the next one waits %v", followed, d)
		})
	}
}

// Goal: when waiters leave in reverse order, all their tokens come back.
func TestLimiterWaitersThatLeaveCostNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 4)
		l.AllowN(4)
		var cancels []context.CancelFunc
		for range 1000 {
			ctx, cancel := context.WithCancel(context.Background())
			cancels = append(cancels, cancel)
			go func() { _ = l.Wait(ctx) }()
			synctest.Wait()
		}
		for i := range cancels {
			cancels[len(cancels)-1-i]()
			synctest.Wait()
		}
		time.Sleep(400 * time.Millisecond)
		assert.Equal(t, 4, drain(l), "tokens")
	})
}
