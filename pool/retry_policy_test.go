package pool_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

// delays runs a task that always fails on a pool with these options, and returns
// the times between its runs.
func delays(t *testing.T, opts ...pool.Option) (between []time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, opts...)
		task := flaky{fails: always}
		require.NoError(t, p.SubmitFunc(task.body))
		_ = p.Wait()
		for i := 1; i < len(task.ran); i++ {
			between = append(between, task.ran[i].Sub(task.ran[i-1]))
		}
	})
	return between
}

func wantDelays(t *testing.T, got []time.Duration, want ...time.Duration) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		require.Less(t, i, len(got), "delays %v", got)
		require.Less(t, i, len(want), "delays %v", got)
		require.Equal(t, want[i], got[i], "delays %v", got)
	}
}

func TestRetryDelayIsConstantWithoutBackoff(t *testing.T) {
	wantDelays(t, delays(t, pool.WithRetry(4, time.Second)), time.Second, time.Second, time.Second, time.Second)
}

func TestBackoffGrowsUpToItsMax(t *testing.T) {
	const s = time.Second
	b := pool.WithBackoff(pool.Backoff{Factor: 3, Max: 20 * s})
	wantDelays(t, delays(t, pool.WithRetry(5, s), b), s, 3*s, 9*s, 20*s, 20*s)
	wantDelays(t, delays(t, b, pool.WithRetry(2, s)), s, 3*s)
	wantDelays(t, delays(t, pool.WithRetry(2, time.Minute), b), 20*s, 20*s)
}

func TestBackoffDefaults(t *testing.T) {
	const s = time.Second
	wantDelays(t, delays(t, pool.WithRetry(7, s), pool.WithBackoff(pool.Backoff{})), s, 2*s, 4*s, 8*s, 16*s, 30*s, 30*s)
}

func TestBackoffOfADelayOfZeroIsZero(t *testing.T) {
	wantDelays(t, delays(t, pool.WithRetry(3, 0), pool.WithBackoff(pool.Backoff{Jitter: 1})), 0, 0, 0)
}

// go-pkgz/pool: 1<<attempt overflows.
func TestBackoffNeverOverflows(t *testing.T) {
	const runs = 1200 // 2^1200 is more than a float64 holds
	got := delays(t, pool.WithRetry(runs, time.Second), pool.WithBackoff(pool.Backoff{}))
	require.Len(t, got, runs, "retries")
	for i, d := range got[5:] {
		require.Equal(t, 30*time.Second, d, "delay %d", i+6)
	}
	for _, b := range []pool.Backoff{{2, math.MaxInt64, 0}, {math.MaxFloat64, math.MaxInt64, 0}, {1, math.MaxInt64, 0}} {
		assert.Equal(t, time.Duration(math.MaxInt64), pool.RetryDelay(math.MaxInt64, b, math.MaxInt, 0), b)
	}
}

func TestBackoffJitterStaysInItsPart(t *testing.T) {
	const d = time.Second
	for _, jitter := range []float64{0, 0.25, 1} {
		low := time.Duration(float64(d) * (1 - jitter))
		got := delays(t, pool.WithRetry(200, d), pool.WithBackoff(pool.Backoff{Factor: 1, Jitter: jitter}))
		var below int // the middle
		for _, got := range got {
			require.GreaterOrEqual(t, got, low, "jitter %v", jitter)
			require.LessOrEqual(t, got, d, "jitter %v", jitter)
			if got < (low+d)/2 {
				below++
			}
		}
		if len(got) != 200 || jitter > 0 && (below < 50 || below > 150) {
			t.Errorf("jitter %v: %d of %d delays in the lower half", jitter, below, len(got))
		}
	}
	if b := (pool.Backoff{Factor: 1, Max: d, Jitter: 0.5}); pool.RetryDelay(d, b, 1, 0) != d ||
		pool.RetryDelay(d, b, 1, 0.5) != 3*d/4 || pool.RetryDelay(d, b, 1, 1) != d/2 {
		t.Error("the part of the jitter is not what random says")
	}
}

func FuzzRetryDelay(f *testing.F) {
	f.Add(int64(time.Second), 2.0, int64(30*time.Second), 0.0, 1, 0.5)
	f.Add(int64(time.Second), 2.0, int64(30*time.Second), 1.0, 2000, 0.999) // the power is infinite
	f.Add(int64(0), 2.0, int64(30*time.Second), 0.5, 2000, 0.0)             // 0 × ∞
	f.Add(int64(math.MaxInt64), 1.0, int64(math.MaxInt64), 0.0, 1, 0.0)     // 2⁶³ is no int64
	f.Add(int64(1<<62+1), 1.0, int64(1<<62+1), 0.0, 1, 0.0)                 // is no float64
	f.Add(int64(3), 1.0, int64(1), 0.3, 1, 0.9999)
	f.Fuzz(func(t *testing.T, first int64, factor float64, most int64, jitter float64, runs int, random float64) {
		b := pool.Backoff{Factor: factor, Max: time.Duration(most), Jitter: jitter}
		if pool.New(pool.Config{}, pool.WithRetry(1, time.Duration(first)), pool.WithBackoff(b)).Validate() != nil ||
			factor == 0 || most == 0 || runs < 1 || !(random >= 0 && random < 1) {
			return
		}
		delay := func(runs int, random float64) time.Duration {
			return pool.RetryDelay(time.Duration(first), b, runs, random)
		}
		d, whole := delay(runs, random), delay(runs, 0)
		switch {
		case d < 0 || d > whole || whole > b.Max:
			t.Errorf("%v with jitter, %v without", d, whole)
		case runs < math.MaxInt && delay(runs+1, 0) < whole:
			t.Errorf("%v, and then %v", whole, delay(runs+1, 0))
		case first > 0 && whole < min(time.Duration(first), b.Max)-1024: // a float64 has 53 bits
			t.Errorf("%v is less than the first delay", whole)
		case float64(d) < float64(whole)*(1-jitter)-1024:
			t.Errorf("%v is less than the jitter leaves of %v", d, whole)
		}
	})
}

func TestRetryIfDecides(t *testing.T) {
	errLast := errors.New("do not try again")
	each(t, ways(), func(t *testing.T, way submission) {
		var asked []error
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(5, 0), pool.WithRetryIf(func(err error) bool {
			asked = append(asked, err)
			return err != errLast
		}))
		runs := 0
		_ = way.submit(p, background, func(context.Context) error {
			if runs++; runs == 3 {
				return errLast
			}
			return errFlaky
		})
		_ = p.Wait()
		if assert.Equal(t, 3, runs) {
			assert.Len(t, asked, 3)
			assert.Same(t, errFlaky, asked[0])
			assert.Same(t, errLast, asked[2])
		}
	})
}

func TestRetryIfIsNotAskedInVain(t *testing.T) {
	var asked tally
	p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, 0),
		pool.WithRetryIf(func(error) bool { asked.n.Add(1); return true }))
	require.NoError(t, p.SubmitFunc(func(context.Context) error { return nil }))
	require.NoError(t, p.Submit(asTask(func(context.Context) error { return errFlaky }, pool.WithTaskRetry(0))))
	require.NoError(t, p.SubmitFunc(func(context.Context) error { panic("no") }))
	_ = p.Wait()
	asked.want(t, 0)
	require.NoError(t, p.SubmitFunc(func(context.Context) error { return errFlaky }))
	_ = p.Wait()
	asked.want(t, 2) // and not after the last run
}

func TestRetryPolicyIsAskedByTheGoroutineOfTheRun(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		var ran string
		p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(1, 0), pool.WithRetryIf(func(error) bool {
			assert.Equal(t, ran, goid(), "asked on another goroutine than it ran on")
			return true
		}))
		_ = way.submit(p, background, func(context.Context) error { ran = goid(); return errFlaky })
		_ = p.Wait()
	})
}

func TestRetryAfterReadsTheDelay(t *testing.T) {
	const s = time.Second
	answers := []struct {
		d  time.Duration
		ok bool
	}{{time.Hour, true}, {0, false}, {-s, true}, {0, true}, {7 * s, false}}
	n := 0
	after := pool.WithRetryAfter(func(err error) (time.Duration, bool) {
		assert.Same(t, errFlaky, err)
		n++
		return answers[n-1].d, answers[n-1].ok
	})
	// Neither Max nor Jitter applies to it.
	b := pool.WithBackoff(pool.Backoff{Factor: 2, Max: 10 * s, Jitter: 0})
	wantDelays(t, delays(t, pool.WithRetry(5, s), after, b), time.Hour, 2*s, 0, 0, 10*s)
	n = 0
	b = pool.WithBackoff(pool.Backoff{Factor: 2, Max: 10 * s, Jitter: 1})
	got := delays(t, pool.WithRetry(1, s), after, b)
	assert.Equal(t, time.Hour, got[0], "with jitter: %v", got)
}

func TestRetryAfterIsNotAskedIfRetryIfSaysNo(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, 0), pool.WithRetryIf(func(error) bool { return false }),
		pool.WithRetryAfter(func(error) (time.Duration, bool) { t.Error("asked"); return 0, true }))
	require.NoError(t, p.SubmitFunc(func(context.Context) error { return errFlaky }))
	assert.ErrorIs(t, p.Wait(), errFlaky)
}

// Goal: a panic or Goexit of the policy's functions ends the retries of that task, is
// contained and counted, and costs no worker.
func TestRetryPolicyThatPanicsOrExits(t *testing.T) {
	for name, wrong := range map[string]func(){
		"panic":  func() { panic("in the policy") },
		"goexit": func() { _, _ = goexit() },
	} {
		for where, opt := range map[string]pool.Option{
			"retryIf": pool.WithRetryIf(func(error) bool { wrong(); return true }),
			"after":   pool.WithRetryAfter(func(error) (time.Duration, bool) { wrong(); return 0, true }),
		} {
			each(t, ways(), func(t *testing.T, way submission) {
				p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(5, 0), opt)
				task := flaky{fails: always}
				exits(func() { _ = way.submit(p, background, task.body) })
				_ = p.Wait()
				task.wantRuns(t, 1)
				s := p.Stats()
				assert.Equal(t, int64(1), s.ContainedPanics, "%s in %s: %+v", name, where, s)
				assert.GreaterOrEqual(t, s.FailedTasks, int64(1), "%s in %s: %+v", name, where, s)
				wantRetries(t, p, 0, 0)
				v, err := p.SubmitWait(background, pool.TaskFunc(func(context.Context) (any, error) { return "next", nil }))
				assert.NoError(t, err)
				assert.Equal(t, "next", v)
			})
		}
	}
}

func TestRetryOfATaskWhoseErrorIsThePoolsOwn(t *testing.T) {
	for _, err := range []error{pool.ErrStopped, pool.ErrNotStarted, pool.ErrDropped, context.Canceled, context.DeadlineExceeded} {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, 0))
		runs := 0
		_, got := p.SubmitWait(background, asTask(func(context.Context) error { runs++; return err }))
		wantRetryError(t, got, 3, err, nil)
	}
}

// go-pkgz/pool: a task that was tried three times with 160 ms between occupied the only
// worker, and delayed the next task, for 320 ms.
func TestRetryDelayHoldsNoWorker(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, 160*time.Millisecond))
			begin := time.Now()
			task := flaky{fails: always}
			submitted := async(func() error { return way.submit(p, background, task.body) })
			synctest.Wait()
			s := p.Stats()
			assert.Equal(t, 1, s.WaitingRetries, s)
			if way.name == "SubmitWaitInside" || way.name == "GroupInside" || way.name == "FutureWaitInside" {
				p.Resize(2) // the other task waits on the first worker
			}
			_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
			require.NoError(t, err)
			took := time.Since(begin)
			assert.Zero(t, took, "the next task took %v", took)
			<-submitted
			_ = p.Wait()
			task.wantAt(t, begin, 0, 160*time.Millisecond, 320*time.Millisecond)
		})
	})
}

// Goal: waiting tasks cost the others nothing, neither a goroutine nor time.
func TestRetryThousandThatWaitDelayNothing(t *testing.T) {
	const n = 1000
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Minute))
		goroutines := runtime.NumGoroutine()
		tasks := make([]flaky, n)
		begin := time.Now()
		for i := range tasks {
			tasks[i].fails = 1
			require.NoError(t, p.SubmitFunc(tasks[i].body))
		}
		synctest.Wait()
		wantRetries(t, p, n, n)
		adds(t, p)
		assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
		_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
		require.NoError(t, err)
		took := time.Since(begin)
		assert.Zero(t, took, "a new task took %v", took)
		require.NoError(t, p.Wait())
		for i := range tasks {
			tasks[i].wantAt(t, begin, 0, time.Minute)
		}
		wantRetries(t, p, 0, n)
	})
}

// Goal: a retried task finds room in a full queue with waiting submitters, which are
// admitted as usual.
func TestRetryComesBackToAFullQueue(t *testing.T) {
	const blocked, bound = 1000, 4
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: bound}, pool.WithRetry(1, time.Second))
		task := flaky{fails: 1}
		require.NoError(t, p.SubmitFunc(task.body))
		synctest.Wait()
		release := busyWorker(t, p)
		fill(t, p, bound)
		var ran tally
		in := make(chan error, blocked)
		for range blocked {
			go func() { in <- p.SubmitFunc(ran.body) }()
		}
		synctest.Wait()
		wantRetries(t, p, 1, 1)
		time.Sleep(time.Second)
		synctest.Wait()
		wantRetries(t, p, 0, 1)
		s := p.Stats()
		assert.Equal(t, bound+1, s.QueuedTasks, "%d went in: %+v", len(in), s)
		assert.Empty(t, in, "%d went in: %+v", len(in), s)
		adds(t, p)
		release()
		for range blocked {
			require.NoError(t, <-in)
		}
		require.NoError(t, p.Wait())
		task.wantRuns(t, 2)
		ran.want(t, blocked)
	})
}

func TestRetryUnderEachOverflowPolicy(t *testing.T) {
	for policy := pool.Block; policy <= pool.CallerRuns; policy++ {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithRetry(2, time.Second), pool.WithOverflow(policy))
			tell, results := told()
			task := flaky{fails: 2}
			require.NoError(t, p.Submit(asTask(task.body, tell)))
			synctest.Wait()
			release := busyWorker(t, p)
			fill(t, p, 1)
			time.Sleep(time.Second) // it comes back to a full queue
			synctest.Wait()
			if policy == pool.DropOldest { // which gives up others, and not what has begun
				for range 3 {
					fill(t, p, 1)
				}
			}
			s := p.Stats()
			assert.Equal(t, 2, s.QueuedTasks, "policy %v: %+v", policy, s)
			assert.Empty(t, results, "policy %v: %+v", policy, s)
			release()
			_ = p.Wait()
			task.wantRuns(t, 3)
			r := only(t, results)
			assert.NoError(t, r.Error, "policy %v: %+v", policy, r)
			assert.Equal(t, 3, r.Runs, "policy %v: %+v", policy, r)
		})
	}
}

// Goal: a task that fails on its submitter's goroutine is retried on the workers.
func TestRetryOfWhatTheCallerRan(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithRetry(1, time.Second), pool.WithOverflow(pool.CallerRuns))
			release := busyWorker(t, p)
			fill(t, p, 1)
			begin := time.Now()
			task := flaky{fails: 1}
			var on []string
			submitter := ""
			submitted := async(func() error {
				submitter = goid()
				return sub.submit(p, background, func(ctx context.Context) error { on = append(on, goid()); return task.body(ctx) })
			})
			synctest.Wait()
			wantRetries(t, p, 1, 1)
			adds(t, p)
			release()
			require.NoError(t, <-submitted)
			require.NoError(t, p.Wait())
			task.wantAt(t, begin, 0, time.Second)
			if assert.Len(t, on, 2) {
				assert.Equal(t, submitter, on[0])
				assert.NotEqual(t, submitter, on[1])
			}
		})
	})
}

func TestRetryWaitWaitsForWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, time.Minute))
		begin := time.Now()
		require.NoError(t, p.SubmitFunc((&flaky{fails: always}).body))
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		assert.ErrorIs(t, p.WaitContext(ctx), context.DeadlineExceeded)
		adds(t, p)
		err := p.Wait()
		assert.Equal(t, 2*time.Minute, time.Since(begin), "Wait took")
		assert.ErrorIs(t, err, errFlaky)
	})
}

// Goal: a pool with waiting tasks ends with its bubble.
func TestRetryBubbleEnds(t *testing.T) {
	for _, opt := range []pool.Option{pool.WithRetry(always, time.Hour), pool.WithRetry(3, time.Hour), pool.WithRetry(3, 0)} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(background)
			p := newPool(pool.Config{Workers: 2}, opt)
			require.NoError(t, p.Start(ctx))
			for range 10 {
				require.NoError(t, p.SubmitFunc((&flaky{fails: always}).body))
			}
			time.Sleep(2 * time.Hour)
			cancel()
			synctest.Wait()
			s := p.Stats()
			assert.Zero(t, s.Goroutines, s)
			assert.Zero(t, s.WaitingRetries, s)
			assert.Equal(t, int64(10), s.FailedTasks, s)
		})
	}
}

// Goal: each run starts within the rate limit, whatever goroutine runs it.
func TestRetryTakesTheRateLimit(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(3, 0), pool.WithRateLimit(1), pool.WithRateBurst(1))
			task := flaky{fails: 3}
			require.NoError(t, way.submit(p, background, task.body))
			require.NoError(t, p.Wait())
			task.wantRuns(t, 4)
			for i := 1; i < len(task.ran); i++ {
				between := task.ran[i].Sub(task.ran[i-1])
				assert.GreaterOrEqual(t, between, time.Second-time.Millisecond,
					"run %d came %v after the one before", i+1, between)
			}
		})
	})
}

// Goal: a retried task has the priority and, among equals, the position it had.
func TestRetryKeepsItsPositionAmongEquals(t *testing.T) {
	tell, _ := told()
	for name, opts := range map[string][]pool.TaskOption{"recordless": nil, "recorded": {tell}} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, Priority: true}, pool.WithRetry(1, time.Second))
			var order []int
			submit := func(priority, number int) {
				failed := number != 2 && number != 4
				require.NoError(t, p.Submit(asTask(func(context.Context) error {
					if !failed {
						failed = true
						return errFlaky
					}
					order = append(order, number)
					return nil
				}, append(opts, pool.WithTaskPriority(priority))...)))
			}
			release := busyWorker(t, p)
			submit(0, 1)
			submit(0, 2)
			submit(0, 3)
			submit(5, 4)
			release()
			synctest.Wait() // 1 and 3 have run; 2 and 4 wait for their next run
			release = busyWorker(t, p)
			submit(5, 5)
			submit(0, 6)
			time.Sleep(time.Second)
			synctest.Wait()
			release()
			require.NoError(t, p.Wait())
			assert.Equal(t, []int{1, 3, 4, 5, 2, 6}, order, name)
		})
	}
}
