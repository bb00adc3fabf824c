package pool_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/ratelimit"
)

// starts records when runs begin, and checks that against a rate.
type starts struct {
	begin time.Time
	at    chan time.Duration
}

func newStarts(n int) *starts { return &starts{time.Now(), make(chan time.Duration, n)} }

func (s *starts) add() { s.at <- time.Since(s.begin) }

// within fails the test if more runs started in some interval than the rate allows.
func (s *starts) within(t *testing.T, rate float64, burst int) {
	t.Helper()
	close(s.at)
	var at []time.Duration
	for d := range s.at {
		at = append(at, d)
	}
	for i := range at {
		for j := i; j < len(at); j++ {
			n, window := j-i+1, (at[j] - at[i]).Seconds()
			if float64(n) > rate*window+float64(burst)+1e-6 {
				t.Fatalf("%d runs started within %v, at a rate of %v and a burst of %d", n, window, rate, burst)
			}
		}
	}
}

func TestRateLimitsStarts(t *testing.T) {
	for _, c := range []struct {
		rate  float64
		opts  []pool.Option
		burst int
	}{
		{10, nil, 1},
		{100, nil, 1},
		{1000, nil, 10},
		{10, []pool.Option{pool.WithRateBurst(5)}, 5},
	} {
		for _, workers := range []int{1, 3, 100} {
			t.Run(fmt.Sprintf("rate=%v/burst=%d/workers=%d", c.rate, c.burst, workers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const tasks = 200
					p := startPool(t, pool.Config{Workers: workers, QueueSize: 50}, append(c.opts, pool.WithRateLimit(c.rate))...)
					s := newStarts(tasks)
					for range tasks {
						require.NoError(t, p.SubmitFunc(func(context.Context) error { s.add(); return nil }))
					}
					require.NoError(t, p.Wait())
					want := float64(tasks-c.burst) / c.rate
					took := time.Since(s.begin).Seconds()
					assert.GreaterOrEqual(t, took, want*0.999, "seconds")
					assert.LessOrEqual(t, took, want*1.001+0.001, "seconds")
					s.within(t, c.rate, c.burst)
					assert.NotZero(t, p.Stats().RateLimited, "no start was counted as rate-limited")
				})
			})
		}
	}
}

// Each run of a task takes a token, not each task.
func TestRateLimitHoldsForRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 4}, pool.WithRateLimit(10), pool.WithRetry(4, time.Millisecond))
		s := newStarts(100)
		for range 20 {
			require.NoError(t, p.SubmitFunc(func(context.Context) error { s.add(); return errors.New("again") }))
		}
		assert.Error(t, p.Wait())
		assert.Len(t, s.at, 100, "runs")
		s.within(t, 10, 1)
	})
}

// Runs on the goroutine of their submitter, or of a task that waits for them, take a
// token, too.
func TestRateLimitHoldsForRunsOutsideTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithRateLimit(10), pool.WithOverflow(pool.CallerRuns))
		s := newStarts(100)
		for range 10 {
			require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
				s.add()
				_, err := p.SubmitWait(ctx, asTask(func(context.Context) error { s.add(); return nil }))
				return err
			}))
		}
		require.NoError(t, p.Wait())
		assert.Len(t, s.at, 20, "runs")
		s.within(t, 10, 1)
	})
}

// A long pause saves up no more than the burst.
func TestRateLimitBanksNoMoreThanTheBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 8}, pool.WithRateLimit(10), pool.WithRateBurst(3))
		time.Sleep(100 * time.Hour)
		s := newStarts(50)
		for range 50 {
			require.NoError(t, p.SubmitFunc(func(context.Context) error { s.add(); return nil }))
		}
		require.NoError(t, p.Wait())
		s.within(t, 10, 3)
	})
}

// A worker that waits for a token runs no task.
func TestRateLimitedPoolIsIdleMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 4}, pool.WithRateLimit(0.001))
		for range 5 {
			require.NoError(t, p.SubmitFunc(func(context.Context) error { return nil }))
		}
		synctest.Wait()
		s := p.Stats()
		assert.Zero(t, s.ActiveWorkers, s)
		assert.Equal(t, 4, s.QueuedTasks, s)
		assert.Equal(t, int64(1), s.CompletedTasks, s)
		require.NoError(t, p.Wait())
	})
}

func TestStopDoesNotWaitForTokensOfWhatNeverRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 4}, pool.WithRateLimit(0.001))
		require.NoError(t, p.Start(background))
		var ran atomic.Int64
		for range 5 {
			require.NoError(t, p.SubmitFunc(func(context.Context) error { ran.Add(1); return nil }))
		}
		require.NoError(t, p.SubmitFunc(func(ctx context.Context) error { return nil }))
		synctest.Wait()
		begin := time.Now()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		var lost *pool.StopError
		if assert.ErrorAs(t, p.Stop(ctx), &lost) {
			assert.Equal(t, 5, lost.NeverRun.Count)
			assert.Zero(t, lost.Running.Count)
		}
		assert.Equal(t, time.Second, time.Since(begin), "Stop took")
		assert.Equal(t, int64(1), ran.Load())
	})
}

// The same holds for a task that waits for a token inside another task.
func TestStopEndsTheWaitForATokenInsideATask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 1}, pool.WithRateLimit(0.001))
		require.NoError(t, p.Start(background))
		inner := make(chan error, 1)
		require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
			_, err := p.SubmitWait(ctx, asTask(func(context.Context) error { t.Error("ran"); return nil }))
			inner <- err
			return err
		}))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		assert.ErrorIs(t, p.Stop(ctx), context.DeadlineExceeded)
		if e := <-inner; !errors.Is(e, pool.ErrStopped) && !errors.Is(e, context.Canceled) {
			t.Errorf("SubmitWait returned %v", e)
		}
		synctest.Wait()
		assert.Error(t, p.Stop(background), "the second Stop forgot the task that never ran")
		accounted(t, p)
	})
}

func TestLimiterDefaultBurstIsTenMilliseconds(t *testing.T) {
	for _, test := range []struct {
		rate  float64
		burst int
	}{
		{1e-9, 1},
		{1, 1},
		{100, 1},
		{199, 1},
		{200, 2},
		{1e3, 10},
		{1e6, 10_000},
		{1e11, 1_000_000_000},
		{math.MaxFloat64, ratelimit.MaxBurst},
	} {
		assert.Equal(t, test.burst, pool.DefaultBurst(test.rate), "at a rate of %v", test.rate)
		_, err := ratelimit.New(test.rate, pool.DefaultBurst(test.rate))
		assert.NoError(t, err)
	}
}
