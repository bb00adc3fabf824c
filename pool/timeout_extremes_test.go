package pool_test

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

const (
	longest = time.Duration(math.MaxInt64)
	year    = 365 * 24 * time.Hour
)

// Goal: the longest durations do not wrap into short ones: nothing is retried, timed
// out, reported or ended too early.
func TestLongestDurationsDoNotWrap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reports := 0
		p := newPool(
			pool.Config{Workers: 1, TaskTimeout: longest, ShutdownTimeout: longest},
			pool.WithRetry(1, longest), pool.WithBackoff(pool.Backoff{Max: longest, Jitter: 1, Factor: math.MaxFloat64}),
			pool.WithRetryAfter(func(error) (time.Duration, bool) { return longest, true }),
			pool.WithWatchdog(longest/2, func(pool.LongTask) { reports++ }),
		)
		require.NoError(t, p.Start(background))
		require.NoError(t, p.SubmitFunc(fails))
		require.NoError(t, p.Submit(asTask(succeeds, pool.WithTaskTimeout(longest))))
		synctest.Wait()
		time.Sleep(100 * year)
		synctest.Wait()
		if s := p.Stats(); s.WaitingRetries != 1 || s.CompletedTasks != 1 || s.Retries != 1 || reports != 0 {
			t.Errorf("after a century: %+v, %d reports", s, reports)
		}
		ctx, cancel := context.WithDeadline(background, time.Now().Add(time.Hour))
		defer cancel()
		before := time.Now()
		require.NoError(t, p.Stop(ctx)) // the retry is due too late
		assert.Zero(t, time.Since(before), "Stop took")
		accounted(t, p)
	})
}

// Goal: a Stop with any deadline does what the time left says.
func TestStopWithAnyDeadline(t *testing.T) {
	for name, test := range map[string]struct {
		deadline func() time.Time
		expired  bool
	}{
		"the first":         {func() time.Time { return time.Time{} }, true},
		"1970":              {func() time.Time { return time.Unix(0, 0) }, true},
		"9999":              {func() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }, false},
		"without monotonic": {func() time.Time { return time.Now().Add(time.Hour).Round(0) }, false},
		"the last":          {func() time.Time { return time.Unix(1<<40, 0) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPool(pool.Config{Workers: 1}, pool.WithRetry(1, time.Minute))
				require.NoError(t, p.Start(background))
				require.NoError(t, p.SubmitFunc(fails))
				synctest.Wait()
				ctx, cancel := context.WithDeadline(background, test.deadline())
				defer cancel()
				before := time.Now()
				err := p.Stop(ctx)
				want := time.Minute // until the retry is due
				if test.expired {
					want = 0
				}
				took := time.Since(before)
				assert.Equal(t, want, took, "Stop took %v: %v", took, err)
				accounted(t, p)
			})
		})
	}
}

// Goal: after a jump of decades nothing is owed for the time between: the burst of the
// rate limit is no larger, a due timer fires once, and the pool continues.
func TestJumpOfTimeOwesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 4}, pool.WithRateLimit(1), pool.WithRateBurst(3),
			pool.WithRetry(1, time.Hour), pool.WithWatchdog(time.Hour, nil), pool.WithHistograms(1))
		require.NoError(t, p.SubmitFunc(fails))
		for range 3 {
			synctest.Wait()
			time.Sleep(30 * year)
			synctest.Wait()
			runs := tally{}
			for range 10 {
				require.NoError(t, p.SubmitFunc(runs.body))
			}
			synctest.Wait()
			runs.want(t, 3)
			time.Sleep(7 * time.Second)
			synctest.Wait()
			runs.want(t, 10)
		}
		assert.ErrorIs(t, p.Wait(), errFails)
		s := p.Stats()
		assert.Equal(t, int64(1), s.Retries, s)
		assert.Equal(t, int64(1), s.FailedTasks, s)
		assert.Zero(t, s.LongTasks, s)
	})
}
