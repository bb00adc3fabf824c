package pool_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: a task called off at the instant it returns to the queue is resolved at once,
// even if every worker is busy. Method: in a bubble both happen at one instant.
func TestRetryCalledOffAsItComesBack(t *testing.T) {
	for name, off := range map[string]func(f *pool.Future[int], cancel func()){
		"Cancel":  func(f *pool.Future[int], _ func()) { f.Cancel() },
		"context": func(_ *pool.Future[int], cancel func()) { cancel() },
	} {
		for range rounds(500) {
			synctest.Test(t, func(t *testing.T) {
				const n = 30
				p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Second))
				ctx, cancel := context.WithCancel(background)
				defer cancel()
				var futures [n]*pool.Future[int]
				for i := range futures {
					futures[i] = goFlaky(t, p, (&flaky{fails: always}).body, pool.WithTaskContext(ctx))
				}
				synctest.Wait()
				release := busyWorker(t, p)
				var all sync.WaitGroup
				for _, f := range futures {
					all.Go(func() { time.Sleep(time.Second); off(f, cancel) })
				}
				all.Wait()
				synctest.Wait()
				s := p.Stats()
				require.Equal(t, int64(n), s.FailedTasks, "%s: %+v", name, s)
				require.Zero(t, s.QueuedTasks, "%s: %+v", name, s)
				require.Zero(t, s.WaitingRetries, "%s: %+v", name, s)
				for _, f := range futures {
					_, err := f.Wait(background)
					wantRetryError(t, err, 1, errFlaky, context.Canceled)
				}
				release()
				require.NoError(t, p.Wait())
			})
		}
	}
}

// Goal: after a Cancel at any instant there is one outcome, and no later run except one
// that had begun.
func TestRetryCancelAtAnyInstant(t *testing.T) {
	for round := range rounds(300) {
		p := newPool(pool.Config{Workers: 2}, pool.WithRetry(always, time.Duration(round%2)*time.Microsecond))
		require.NoError(t, p.Start(background))
		var runs atomic.Int64
		several := make(chan struct{})
		tell, results := told()
		f := goFlaky(t, p, func(context.Context) error {
			if runs.Add(1) == 3 {
				close(several)
			}
			return errFlaky
		}, tell)
		<-several
		for range round % 40 {
			yield()
		}
		never := f.Cancel()
		_, err := f.Wait(background)
		r := only(t, results)
		if assert.ErrorIs(t, err, errFlaky); never {
			assert.ErrorIs(t, err, context.Canceled)
		}
		require.NoError(t, p.Wait())
		n := int(runs.Load())
		assert.Equal(t, n, r.Runs, "%d runs: %+v", n, r)
		assert.Same(t, err, r.Error, "%d runs: %+v", n, r)
		require.NoError(t, p.Stop(background))
		accounted(t, p)
	}
}

// Goal: under any interleaving, each task has one outcome, reported once, its runs do
// not overlap, the counts add up, and Stop ends all.
func TestRetryStorm(t *testing.T) {
	for round := range rounds(32) {
		for _, graceful := range []bool{true, false} {
			ctx, end := context.WithCancel(background)
			s := &retryStorm{t: t, p: newPool(pool.Config{Workers: 1 + round%4, QueueSize: 4 * (round % 2)},
				pool.WithRetry(3, time.Duration(round%3)*30*time.Microsecond), pool.WithBackoff(pool.Backoff{Jitter: 1}),
				pool.WithOverflow([]pool.Overflow{pool.Block, pool.DropOldest, pool.CallerRuns, pool.Reject}[round/4%4]))}
			require.NoError(t, s.p.Start(ctx))
			var all sync.WaitGroup
			for i := range 4 {
				all.Go(func() { s.submitMany(rand.New(rand.NewPCG(uint64(round), uint64(i)))) })
			}
			if graceful {
				all.Wait()
				_ = s.p.Wait()
			} else {
				end()
				all.Wait()
			}
			_ = s.p.Stop(background)
			end()
			s.check(round)
		}
	}
}

type retryStorm struct {
	t               *testing.T
	p               *pool.WorkerPool
	told, ownerless atomic.Int64 // tasks that reported their outcomes, and that had no owner
}

func (s *retryStorm) submitMany(random *rand.Rand) {
	for range 30 {
		exits(func() { s.submit(background, random) }) // a task that exits may run on the caller
		if random.IntN(3) == 0 {
			inner := rand.New(rand.NewPCG(random.Uint64(), 0))
			exits(func() {
				s.submitRecordless(func(ctx context.Context) error { s.submit(ctx, inner); return nil })
			})
		}
	}
}

func (s *retryStorm) submitRecordless(body doing) {
	s.ownerless.Add(1)
	if s.p.SubmitFunc(body) != nil {
		s.ownerless.Add(-1)
	}
}

// submit submits a task in one of all ways. random decides on its runs and its end.
func (s *retryStorm) submit(ctx context.Context, random *rand.Rand) {
	ctx, cancel := context.WithCancel(ctx)
	ends := random.IntN(2) == 0
	defer func() {
		if ends {
			cancel()
		}
	}()
	timeout := time.Duration(random.IntN(3)) * 30 * time.Microsecond
	body, tell := s.body(random, timeout)
	opts := []pool.TaskOption{tell, pool.WithTaskTimeout(timeout)}
	switch random.IntN(5) {
	case 0:
		f, err := pool.Go(s.p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, append(opts, pool.WithTaskContext(ctx))...)
		if err != nil {
			return
		}
		switch random.IntN(3) {
		case 0:
			f.Cancel()
		case 1:
			_, _ = f.Wait(ctx)
		}
	case 1:
		_ = s.p.SubmitContext(ctx, asTask(body, opts...))
	case 2:
		time.AfterFunc(time.Duration(random.IntN(50))*time.Microsecond, cancel)
		_, _ = s.p.SubmitWait(ctx, asTask(body, opts...))
	case 3:
		g := pool.NewGroup(s.p, pool.WithGroupContext(ctx))
		s.ownerless.Add(1)
		if g.TryGo(func(ctx context.Context) error { return body(ctx) }) != nil {
			s.ownerless.Add(-1)
		}
		_ = g.Wait()
	case 4:
		s.submitRecordless(body)
	}
}

// body returns the body of a task, and an option that reports its outcome.
func (s *retryStorm) body(random *rand.Rand, timeout time.Duration) (doing, pool.TaskOption) {
	var running, runs, told atomic.Int64
	fails, end := random.Int64N(6), random.IntN(12)
	body := func(ctx context.Context) error {
		if running.Add(1) > 1 {
			s.t.Error("two runs at once")
		}
		defer running.Add(-1)
		n := runs.Add(1)
		switch {
		case end < 3 && timeout > 0:
			time.Sleep(timeout) // its deadline comes as it ends
		case n > fails:
			return nil
		case end == 3:
			panic("storm")
		case end == 4:
			_, _ = goexit()
		}
		return errFlaky
	}
	return body, pool.WithTaskCallback(func(r pool.Result) {
		s.told.Add(1)
		n := int(runs.Load())
		if r.Runs == n+1 && errors.Is(r.Error, context.DeadlineExceeded) {
			n++ // the time was out before the function began
		}
		if told.Add(1) > 1 || r.Runs != n {
			s.t.Errorf("outcome %d after %d runs: %+v", told.Load(), n, r)
		}
	})
}

func (s *retryStorm) check(round int) {
	s.t.Helper()
	accounted(s.t, s.p)
	stats := s.p.Stats()
	if sum := s.told.Load() + s.ownerless.Load(); sum != stats.SubmittedTasks || stats.WaitingRetries != 0 || stats.Goroutines != 0 {
		s.t.Errorf("round %d: %d outcomes reported, %d without an owner: %+v", round, s.told.Load(), s.ownerless.Load(), stats)
	}
}

// Goal: a run sees all writes of the run before.
func TestRetryRunsHappenOneAfterTheOther(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Microsecond} {
		p := startPool(t, pool.Config{Workers: 4}, pool.WithRetry(20, delay))
		var all sync.WaitGroup
		for range rounds(200) {
			all.Go(func() {
				n := 0 // not atomic
				_, err := p.SubmitWait(background, asTask(func(context.Context) error { n++; return errFlaky }))
				if wantRetryError(t, err, 21, errFlaky, nil); n != 21 {
					t.Errorf("%d runs", n)
				}
			})
		}
		all.Wait()
	}
}

// Goal: the gauge stays within its bounds at any instant.
func TestRetryStatsAreNeverNegative(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(always, time.Microsecond))
	const n = 16
	var futures [n]*pool.Future[int]
	for i := range futures {
		futures[i] = goFlaky(t, p, func(context.Context) error { return errFlaky })
	}
	for range rounds(20_000) {
		if s := p.Stats(); s.WaitingRetries < 0 || s.WaitingRetries > n || s.QueuedTasks < 0 || s.RunningTasks < 0 {
			t.Errorf("%+v", s)
		}
	}
	for _, f := range futures {
		f.Cancel()
	}
	_ = p.Wait()
}
