package pool_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// in returns a context that ends after d.
func in(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(background, d)
	t.Cleanup(cancel)
	return ctx
}

// Goal: after Stop began, a retry that is due in time runs. One that is not has its
// outcome at once.
func TestRetryDueInTimeRunsAndLateOnesEnd(t *testing.T) {
	for _, fails := range []string{"before Stop", "after its begin"} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, 4*time.Second))
			tell, results := told()
			begin := time.Now()
			gate := make(chan struct{})
			task := flaky{fails: always}
			require.NoError(t, p.Submit(asTask(func(ctx context.Context) error { <-gate; return task.body(ctx) }, tell)))
			if fails == "before Stop" {
				close(gate)
			}
			synctest.Wait()
			stopped := async(func() error { return p.Stop(in(t, 10*time.Second)) })
			synctest.Wait()
			if fails != "before Stop" {
				close(gate)
			}
			require.NoError(t, <-stopped)
			// The third retry is due after 12 s, which is known after 8 s.
			task.wantAt(t, begin, 0, 4*time.Second, 8*time.Second)
			took := time.Since(begin)
			assert.Equal(t, 8*time.Second, took, "%s: Stop took %v", fails, took)
			wantRetryError(t, only(t, results).Error, 3, errFlaky, pool.ErrStopped)
			s := p.Stats()
			assert.Equal(t, int64(1), s.FailedTasks, s)
			assert.Zero(t, s.DroppedTasks, s)
		})
	}
}

func TestRetryThatNoStopWaitsForEndsAtItsBegin(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(3, time.Hour))
			task := flaky{fails: always}
			submitted := async(func() error { return way.submit(p, background, task.body) })
			synctest.Wait()
			wantRetries(t, p, 1, 1)
			begin := time.Now()
			require.NoError(t, p.Stop(in(t, 30*time.Minute)))
			assert.Zero(t, time.Since(begin), "Stop took")
			err := <-submitted
			if waited := p.Wait(); err == nil {
				err = waited
			}
			if way.name != "SubmitBatchOfRecords" && way.name != "Go" {
				wantRetryError(t, err, 1, errFlaky, pool.ErrStopped)
			}
			time.Sleep(2 * time.Hour)
			task.wantRuns(t, 1)
			wantRetries(t, p, 0, 1)
		})
	})
}

func TestRetrySecondStopWithAnEarlierDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, 10*time.Minute))
		begin := time.Now()
		task := flaky{fails: always}
		f := goFlaky(t, p, task.body)
		synctest.Wait()
		first := async(func() error { return p.Stop(in(t, time.Hour)) })
		synctest.Wait()
		wantRetries(t, p, 1, 1)
		time.Sleep(15 * time.Minute) // the second run is over
		require.NoError(t, p.Stop(in(t, 2*time.Minute)))
		require.NoError(t, <-first)
		_, err := f.Wait(background)
		wantRetryError(t, err, 2, errFlaky, pool.ErrStopped)
		assert.Equal(t, 15*time.Minute, time.Since(begin))
	})
}

// Goal: the end of the grace, whatever its cause, ends all waiting tasks. A retried
// task does not count as one that never ran.
func TestRetryEndOfGraceEndsAllThatWait(t *testing.T) {
	for name, end := range map[string]func(p *pool.WorkerPool, cancel func()) error{
		"expired Stop": func(p *pool.WorkerPool, _ func()) error { return p.Stop(endedContext()) },
		"Start":        func(p *pool.WorkerPool, cancel func()) error { cancel(); return p.Stop(background) },
		"Stop with a context that is cancelled": func(p *pool.WorkerPool, _ func()) error {
			ctx, cancel := context.WithCancel(background)
			stopped := async(func() error { return p.Stop(ctx) })
			synctest.Wait()
			cancel()
			return <-stopped
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			p := newPool(pool.Config{Workers: 1}, pool.WithRetry(3, time.Second), pool.WithTaskTimeout(time.Hour))
			require.NoError(t, p.Start(ctx))
			tellWaiting, waiting := told()
			tellQueued, queued := told()
			tellRunning, running := told()
			var back, still flaky
			back.fails, still.fails = always, always
			require.NoError(t, p.Submit(asTask(back.body, tellQueued)))
			synctest.Wait()
			time.Sleep(time.Second / 2)
			require.NoError(t, p.Submit(asTask(still.body, tellWaiting)))
			synctest.Wait()
			require.NoError(t, p.Submit(asTask(func(ctx context.Context) error { <-ctx.Done(); return errFlaky }, tellRunning)))
			time.Sleep(time.Second / 2)
			synctest.Wait()
			s := p.Stats()
			require.Equal(t, 1, s.QueuedTasks, s)
			require.Equal(t, 1, s.WaitingRetries, s)
			require.Equal(t, 1, s.RunningTasks, s)
			begin := time.Now()
			err := end(p, cancel)
			took := time.Since(begin)
			assert.Zero(t, took, "%s: took %v", name, took)
			if err != nil { // it may name the running task, if Stop gave up on it
				_ = wantStopError(t, err, context.Canceled, 0, 1)
				require.NoError(t, p.Stop(background))
			}
			wantRetryError(t, only(t, waiting).Error, 1, errFlaky, pool.ErrStopped)
			wantRetryError(t, only(t, queued).Error, 1, errFlaky, pool.ErrStopped)
			assert.Same(t, errFlaky, only(t, running).Error, "%s: the running task", name)
			back.wantRuns(t, 1)
			still.wantRuns(t, 1)
			s = p.Stats()
			assert.Equal(t, int64(3), s.FailedTasks, "%s: %+v", name, s)
			assert.Zero(t, s.DroppedTasks, "%s: %+v", name, s)
			assert.Zero(t, s.CancelledTasks, "%s: %+v", name, s)
			accounted(t, p)
		})
	}
}

// Goal: a task that fails when the grace ends has its last error, with a record or
// without, and the policy is not asked.
func TestRetryOfATaskThatFailsAfterTheGrace(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		if way.waits {
			return // the caller is told otherwise
		}
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Second), pool.WithRetryIf(func(error) bool {
				t.Error("asked in vain")
				return true
			}))
			require.NoError(t, way.submit(p, background, func(ctx context.Context) error { <-ctx.Done(); return errFlaky }))
			synctest.Wait()
			_ = p.Stop(endedContext())
			synctest.Wait()
			wantRetries(t, p, 0, 0)
			err := p.Wait()
			if way.name != "SubmitBatchOfRecords" && way.name != "Go" && err.Error() != errFlaky.Error() {
				t.Errorf("%v, want the error itself", err)
			}
		})
	})
}

// Goal: Stop ends tasks that would fail and run again at once, forever.
func TestRetryStormEndsWithStop(t *testing.T) {
	for _, workers := range []int{1, 4} {
		p := startedPool(t, pool.Config{Workers: workers}, pool.WithRetry(always, 0))
		const n = 20
		var ran tally
		for i := range n {
			opts := []pool.TaskOption{pool.WithTaskTimeout(time.Hour)}
			require.NoError(t, p.Submit(asTask(func(context.Context) error { ran.n.Add(1); return errFlaky }, opts[:i%2]...)))
		}
		ctx, cancel := context.WithCancel(background)
		stopped := async(func() error { return p.Stop(ctx) })
		many := ran.n.Load() + 1000
		spinUntil(func() bool { return ran.n.Load() > many }) // they run on while Stop waits
		cancel()
		<-stopped
		_ = p.Stop(background) // it says again what never ran: with priorities a retry goes first
		end := ran.n.Load()
		accounted(t, p)
		s := p.Stats()
		assert.NotZero(t, s.FailedTasks, s)
		assert.Equal(t, int64(n), s.FailedTasks+s.DroppedTasks, s)
		assert.Zero(t, s.WaitingRetries, s)
		runtime.Gosched()
		ran.want(t, end)
	}
}

// Goal: Stop in the callback of a task that it ends returns.
func TestRetryStopInTheCallbackOfOneThatWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, ShutdownTimeout: time.Minute}, pool.WithRetry(3, time.Hour))
		inside := make(chan error, 2)
		for range 2 {
			require.NoError(t, p.Submit(asTask((&flaky{fails: always}).body, pool.WithTaskCallback(func(pool.Result) {
				inside <- p.Stop(in(t, time.Second))
			}))))
		}
		synctest.Wait()
		_ = p.Stop(background)
		<-inside
		<-inside
		require.NoError(t, p.Stop(background))
		s := p.Stats()
		assert.Equal(t, int64(2), s.FailedTasks, s)
		assert.Zero(t, s.Goroutines, s)
	})
}

// Goal: if Stop ends a task whose callback ends its goroutine, only the callback's own
// call ends.
func TestRetryCallbackThatExitsUnderStop(t *testing.T) {
	for _, fails := range []string{"before Stop", "after its begin"} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Hour))
			gate := make(chan struct{})
			for range 3 {
				require.NoError(t, p.Submit(asTask(func(context.Context) error { <-gate; return errFlaky },
					pool.WithTaskCallback(func(pool.Result) { _, _ = goexit() }))))
			}
			if fails == "before Stop" {
				close(gate)
			}
			synctest.Wait()
			stopped := async(func() error { return p.Stop(in(t, time.Minute)) })
			synctest.Wait()
			if fails != "before Stop" {
				close(gate)
			}
			require.NoError(t, <-stopped)
			s := p.Stats()
			assert.Equal(t, int64(3), s.FailedTasks, "%s: %+v", fails, s)
			assert.Equal(t, int64(3), s.ContainedPanics, "%s: %+v", fails, s)
			assert.Zero(t, s.Goroutines, "%s: %+v", fails, s)
		})
	}
}

// Goal: after Stop nothing is left of waiting tasks: no goroutine and no timer.
func TestRetryLeavesNoGoroutine(t *testing.T) {
	base := goroutinesAtRest()
	for range scaled(200) {
		for _, stop := range []context.Context{in(t, time.Hour), endedContext()} {
			p := newPool(pool.Config{Workers: 2}, pool.WithRetry(always, time.Microsecond))
			require.NoError(t, p.Start(background))
			for i := range 8 {
				_ = p.Submit(asTask((&flaky{fails: i}).body))
				_ = p.Submit(asTask((&flaky{fails: i}).body, pool.WithTaskTimeout(time.Hour)))
			}
			_ = p.Stop(stop)
			_ = p.Stop(background)
			accounted(t, p)
		}
	}
	spinUntil(func() bool { return runtime.NumGoroutine() == base })
}

// Goal: a run that obeys its deadline is followed by another one, with its full time.
// The outcome of the last one comes at its deadline.
func TestRetryOfARunThatTimesOut(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		if way.name == "WithTimeout" {
			return // with one of its own
		}
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, time.Second), pool.WithTaskTimeout(time.Hour))
			begin := time.Now()
			task := flaky{}
			_ = way.submit(p, background, func(ctx context.Context) error {
				_ = task.body(ctx)
				if d, ok := ctx.Deadline(); !ok || !d.Equal(time.Now().Add(time.Hour)) {
					t.Errorf("deadline in %v, %v", time.Until(d), ok)
				}
				<-ctx.Done()
				assert.Equal(t, context.DeadlineExceeded, ctx.Err())
				return nil
			})
			_ = p.Wait()
			task.wantAt(t, begin, 0, time.Hour+time.Second, 2*(time.Hour+time.Second))
		})
	})
}

// Goal: two runs never overlap, so with retries left the next one waits for the
// function. The outcome of the last one does not. Method: functions that ignore their
// contexts.
func TestRetryOfARunThatIsLate(t *testing.T) {
	const timeout, work, delay = 50 * time.Millisecond, 500 * time.Millisecond, time.Second
	for fails := range 4 {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(2, delay), pool.WithTaskTimeout(timeout))
			tell, results := told()
			begin := time.Now()
			var running atomic.Int64
			task := flaky{}
			f := goFlaky(t, p, func(ctx context.Context) error {
				_ = task.body(ctx)
				assert.LessOrEqual(t, running.Add(1), int64(1), "two runs at once")
				if task.runs() <= fails {
					time.Sleep(work)
				}
				running.Add(-1)
				return nil // which says nothing: the time was out
			}, tell)
			time.Sleep(timeout)
			synctest.Wait()
			if s := p.Stats(); fails > 0 && (s.OverdueTasks != 0 || s.RunningTasks != 1 || s.ActiveWorkers != 1 || len(results) != 0) {
				t.Errorf("late, with retries left: %+v", s)
			}
			adds(t, p)
			_, err := f.Wait(background)
			took, want := time.Since(begin), time.Duration(fails)*(work+delay)
			last := fails + 1
			if fails == 3 {
				want = 2*(work+delay) + timeout
				last = 3
				wantRetryError(t, err, 3, context.DeadlineExceeded, nil)
				s := p.Stats()
				assert.Equal(t, 1, s.OverdueTasks, s)
			} else {
				require.NoError(t, err)
				want = max(want, timeout) // slept above
			}
			assert.Equal(t, want, took, "%d late runs: outcome after %v", fails, took)
			require.NoError(t, p.Wait())
			r := only(t, results)
			if r.Runs != last || !r.StartedAt.Equal(begin) || fails == 3 && r.Duration != timeout || fails < 3 && r.Duration != 0 {
				t.Errorf("%+v", r)
			}
			require.NoError(t, p.Stop(background))
			task.wantRuns(t, last)
		})
	}
}

func TestRetryWaitWaitsForALateRunThatIsNotTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Second), pool.WithTaskTimeout(time.Second))
		begin := time.Now()
		task := flaky{}
		require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
			_ = task.body(ctx)
			if task.runs() == 1 {
				time.Sleep(time.Minute)
			}
			return nil
		}))
		require.NoError(t, p.Wait())
		assert.Equal(t, time.Minute+time.Second, time.Since(begin), "Wait took")
	})
}

func TestRetryIsNotForALateRunThatPanicsOrExits(t *testing.T) {
	for name, c := range map[string]struct {
		end  func()
		want error
	}{
		"panic":  {func() { panic(errFlaky) }, errFlaky},
		"goexit": {func() { _, _ = goexit() }, pool.ErrGoexit},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(5, time.Second), pool.WithTaskTimeout(time.Second))
			runs := 0
			f := goFlaky(t, p, func(ctx context.Context) error {
				if runs++; runs < 2 {
					return errFlaky
				}
				<-ctx.Done()
				synctest.Wait() // the run is late by now
				c.end()
				return nil
			})
			_, err := f.Wait(background)
			assert.ErrorIs(t, err, c.want)
			if s := p.Stats(); runs != 2 || s.FailedTasks != 1 || s.OverdueTasks != 0 {
				t.Errorf("%s: %d runs, %+v", name, runs, s)
			}
		})
	}
}

// Goal: the timer of one run does not affect the next, however late it fires, and a
// task has one outcome. Method: in a bubble the function returns at the exact instant
// of its deadline, and the next run begins at the same instant.
func TestRetryTimerOfARunLeavesTheNextAlone(t *testing.T) {
	for range rounds(20) {
		for _, attempts := range []int{0, 1, 3} {
			synctest.Test(t, func(t *testing.T) {
				const n = 50
				p := startPool(t, pool.Config{Workers: 4}, pool.WithRetry(attempts, 0), pool.WithTaskTimeout(time.Second))
				var results, failed, retries atomic.Int64
				for range n {
					var running atomic.Int64
					require.NoError(t, p.Submit(asTask(func(ctx context.Context) error {
						if running.Add(1) > 1 {
							t.Error("two runs at once")
						}
						if err := ctx.Err(); err != nil {
							t.Errorf("a run begins with %v", err)
						}
						time.Sleep(time.Second)
						running.Add(-1)
						return errFlaky
					}, pool.WithTaskCallback(func(r pool.Result) {
						results.Add(1)
						retries.Add(int64(r.Runs - 1))
						if r.Error != nil {
							failed.Add(1)
						}
						assert.Equal(t, attempts+1, r.Runs, r)
						assert.Equal(t, time.Second, r.Duration, r)
					}))))
				}
				require.NoError(t, p.Wait())
				require.NoError(t, p.Stop(background))
				s := p.Stats()
				if results.Load() != n || s.FailedTasks != failed.Load() || s.OverdueTasks != 0 || s.Retries != retries.Load() {
					t.Errorf("%d outcomes, %d failed, %d retries: %+v", results.Load(), failed.Load(), retries.Load(), s)
				}
			})
		}
	}
}

// Goal: a deadline that passes in the delay or in the queue belongs to no run.
func TestRetryTimeDoesNotRunBetweenRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Hour), pool.WithTaskTimeout(time.Minute))
		task := flaky{fails: 1}
		f := goFlaky(t, p, task.body)
		time.Sleep(30 * time.Minute)
		wantRetries(t, p, 1, 1)
		release := make(chan struct{})
		require.NoError(t, p.Submit(asTask(func(context.Context) error { <-release; return nil }, pool.WithTaskTimeout(0))))
		time.Sleep(time.Hour)
		close(release)
		_, err := f.Wait(background)
		require.NoError(t, err)
		task.wantRuns(t, 2)
	})
}

// Goal: a late run that is called off, or for which the grace does not wait, has its
// outcome once it has returned. No other run follows.
func TestRetryLateRunThatIsCalledOff(t *testing.T) {
	for name, off := range map[string]func(p *pool.WorkerPool, f *pool.Future[int], cancel func()){
		"Cancel": func(_ *pool.WorkerPool, f *pool.Future[int], _ func()) {
			assert.False(t, f.Cancel(), "Cancel says that it never ran")
		},
		"context": func(_ *pool.WorkerPool, _ *pool.Future[int], cancel func()) { cancel() },
		"Stop": func(p *pool.WorkerPool, _ *pool.Future[int], _ func()) {
			_ = wantStopError(t, p.Stop(in(t, time.Second)), context.DeadlineExceeded, 0, 1)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Second), pool.WithTaskTimeout(time.Second))
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			tell, results := told()
			task := flaky{}
			f := goFlaky(t, p, func(ctx context.Context) error {
				_ = task.body(ctx)
				time.Sleep(time.Minute)
				return nil
			}, tell, pool.WithTaskContext(ctx))
			time.Sleep(30 * time.Second)
			off(p, f, cancel)
			synctest.Wait()
			if s := p.Stats(); len(results) != 0 || s.OverdueTasks != 0 || s.ActiveWorkers != 1 {
				t.Errorf("%s: %d outcomes, %+v", name, len(results), s)
			}
			_ = p.Wait()
			r := only(t, results)
			assert.Equal(t, context.DeadlineExceeded, r.Error, "%s: %+v", name, r)
			assert.Equal(t, 1, r.Runs, "%s: %+v", name, r)
			assert.Equal(t, time.Minute, r.Duration, "%s: %+v", name, r)
			time.Sleep(time.Hour)
			task.wantRuns(t, 1)
			wantRetries(t, p, 0, 0)
		})
	}
}
