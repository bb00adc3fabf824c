package pool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// Goal: a run that heeds its deadline is followed by another one, with its full
// time; the last one's outcome comes at its deadline.
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
				if ctx.Err() != context.DeadlineExceeded {
					t.Error(ctx.Err())
				}
				return nil
			})
			_ = p.Wait()
			task.wantAt(t, begin, 0, time.Hour+time.Second, 2*(time.Hour+time.Second))
		})
	})
}

// Goal: two runs never overlap, so with retries left the next one waits for the
// function; the last one's outcome does not.
// Method: functions that ignore their contexts.
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
				if running.Add(1) > 1 {
					t.Error("two runs at once")
				}
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
				if s := p.Stats(); s.OverdueTasks != 1 {
					t.Errorf("%+v", s)
				}
			} else {
				must(t, err)
				want = max(want, timeout) // slept above
			}
			if took != want {
				t.Errorf("%d late runs: outcome after %v, want %v", fails, took, want)
			}
			must(t, p.Wait())
			r := only(t, results)
			if r.Runs != last || !r.StartedAt.Equal(begin) || fails == 3 && r.Duration != timeout || fails < 3 && r.Duration != 0 {
				t.Errorf("%+v", r)
			}
			must(t, p.Stop(background))
			task.wantRuns(t, last)
		})
	}
}

func TestRetryWaitWaitsForALateRunThatIsNotTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Second), pool.WithTaskTimeout(time.Second))
		begin := time.Now()
		task := flaky{}
		must(t, p.SubmitFunc(func(ctx context.Context) error {
			_ = task.body(ctx)
			if task.runs() == 1 {
				time.Sleep(time.Minute)
			}
			return nil
		}))
		must(t, p.Wait())
		if took := time.Since(begin); took != time.Minute+time.Second {
			t.Errorf("Wait took %v", took)
		}
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
			wantErr(t, err, c.want)
			if s := p.Stats(); runs != 2 || s.FailedTasks != 1 || s.OverdueTasks != 0 {
				t.Errorf("%s: %d runs, %+v", name, runs, s)
			}
		})
	}
}

// Goal: the timer of one run does nothing to the next, however late it comes, and
// a task has one outcome.
// Method: in a bubble the function returns in the very instant of its deadline, and
// the next run begins in the same instant.
func TestRetryTimerOfARunLeavesTheNextAlone(t *testing.T) {
	for range rounds(20) {
		for _, attempts := range []int{0, 1, 3} {
			synctest.Test(t, func(t *testing.T) {
				const n = 50
				p := startPool(t, pool.Config{Workers: 4}, pool.WithRetry(attempts, 0), pool.WithTaskTimeout(time.Second))
				var results, failed, retries atomic.Int64
				for range n {
					var running atomic.Int64
					must(t, p.Submit(asTask(func(ctx context.Context) error {
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
						if r.Runs != attempts+1 || r.Duration != time.Second {
							t.Errorf("%+v", r)
						}
					}))))
				}
				must(t, p.Wait())
				must(t, p.Stop(background))
				s := p.Stats()
				if results.Load() != n || s.FailedTasks != failed.Load() || s.OverdueTasks != 0 || s.Retries != retries.Load() {
					t.Errorf("%d outcomes, %d failed, %d retries: %+v", results.Load(), failed.Load(), retries.Load(), s)
				}
			})
		}
	}
}

// Goal: a deadline that passes in the delay, or in the queue, is no run's.
func TestRetryTimeDoesNotRunBetweenRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Hour), pool.WithTaskTimeout(time.Minute))
		task := flaky{fails: 1}
		f := goFlaky(t, p, task.body)
		time.Sleep(30 * time.Minute)
		wantRetries(t, p, 1, 1)
		release := make(chan struct{})
		must(t, p.Submit(asTask(func(context.Context) error { <-release; return nil }, pool.WithTaskTimeout(0))))
		time.Sleep(time.Hour)
		close(release)
		_, err := f.Wait(background)
		must(t, err)
		task.wantRuns(t, 2)
	})
}

// Goal: a late run that is called off, or that the grace does not wait for, has its
// outcome once it has returned, and is not followed by another one.
func TestRetryLateRunThatIsCalledOff(t *testing.T) {
	for name, off := range map[string]func(p *pool.WorkerPool, f *pool.Future[int], cancel func()){
		"Cancel": func(_ *pool.WorkerPool, f *pool.Future[int], _ func()) {
			if f.Cancel() {
				t.Error("Cancel says that it never ran")
			}
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
			if r := only(t, results); r.Error != context.DeadlineExceeded || r.Runs != 1 || r.Duration != time.Minute {
				t.Errorf("%s: %+v", name, r)
			}
			time.Sleep(time.Hour)
			task.wantRuns(t, 1)
			wantRetries(t, p, 0, 0)
		})
	}
}
