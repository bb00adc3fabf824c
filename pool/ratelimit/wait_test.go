package ratelimit_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/user/millrace/pool/ratelimit"
)

// async calls f in a goroutine of its own, and sends what it returns.
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
			if d := time.Since(begin); d != want*time.Millisecond {
				t.Errorf("wait %d ended after %v, want %d ms", i, d, want)
			}
		}
		var none context.Context
		require.NoError(t, l.WaitN(none, 2))
		if d := time.Since(begin); d != 500*time.Millisecond {
			t.Errorf("two more after %v, want 500 ms", d)
		}
		require.NoError(t, l.WaitN(context.Background(), 0))
		require.NoError(t, l.WaitN(context.Background(), -1))
		if d := time.Since(begin); d != 500*time.Millisecond {
			t.Errorf("a wait for nothing took %v", d-500*time.Millisecond)
		}
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
			if d, want := <-c, time.Duration(i+1)*100*time.Millisecond; d != want {
				t.Errorf("waiter %d came after %v, want %v", i, d, want)
			}
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
		if n := drain(l); n != 3 {
			t.Errorf("%d tokens are left, want 3", n)
		}
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
			if d := time.Since(begin); d != 0 || ctx.Err() != nil {
				t.Errorf("timeout %v: it took %v to say so", test.timeout, d)
			}
			if d := l.Reserve().Delay(); d != 100*time.Millisecond {
				t.Errorf("timeout %v: the next one waits %v, want 100 ms", test.timeout, d)
			}
		})
	}
}

// Goal: a wait for what is there does not look at the deadline.
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
		if !strings.Contains(err.Error(), "at most 2") {
			t.Errorf("%v: does not name the burst", err)
		}
	}
	require.NoError(t, l.WaitN(context.Background(), 2))
	assert.ErrorIs(t, l.Wait(context.Background()), context.DeadlineExceeded)
}

// Goal: who gives up leaves the place to the next, unless others stand behind.
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
			if d := l.Reserve().Delay(); d != want {
				t.Errorf("followed %v: the next one waits %v, want %v", followed, d, want)
			}
		})
	}
}

// Goal: when waiters leave, the last first, nothing remains of them.
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
		if n := drain(l); n != 4 {
			t.Errorf("%d tokens, want 4", n)
		}
	})
}
