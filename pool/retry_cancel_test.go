package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// goFlaky submits body with Go.
func goFlaky(t testing.TB, p *pool.WorkerPool, body doing, opts ...pool.TaskOption) *pool.Future[int] {
	t.Helper()
	f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, opts...)
	must(t, err)
	return f
}

// Goal: whoever calls off a task that waits for its next run, its outcome is its
// last error, at once, and it does not run again.
func TestRetryCalledOffWhileItWaits(t *testing.T) {
	type callOff func(f *pool.Future[int], cancel func())
	for name, c := range map[string]struct {
		off   callOff
		cause error
	}{
		"Cancel": {func(f *pool.Future[int], _ func()) {
			if !f.Cancel() {
				t.Error("Cancel says that it will run")
			}
			if f.Cancel() {
				t.Error("a second Cancel kept it from running")
			}
		}, context.Canceled},
		"context":  {func(_ *pool.Future[int], cancel func()) { cancel() }, context.Canceled},
		"deadline": {func(*pool.Future[int], func()) { time.Sleep(30 * time.Second) }, context.DeadlineExceeded},
	} {
		for _, where := range []string{"in its delay", "in the queue"} {
			t.Run(name+" "+where, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, 10*time.Second))
					ctx, cancel := context.WithTimeout(background, 45*time.Second)
					defer cancel()
					tell, results := told()
					task := flaky{fails: always}
					f := goFlaky(t, p, task.body, tell, pool.WithTaskContext(ctx))
					time.Sleep(15 * time.Second) // two runs
					release := func() {}
					if where == "in the queue" {
						release = busyWorker(t, p)
						time.Sleep(10 * time.Second)
					} else if name == "deadline" {
						return // it comes in the queue
					}
					synctest.Wait()
					c.off(f, cancel)
					synctest.Wait()
					r := only(t, results)
					wantRetryError(t, r.Error, 2, errFlaky, c.cause)
					if _, err := f.Wait(background); err != r.Error || r.Runs != 2 {
						t.Errorf("%v, %+v", err, r)
					}
					if s := p.Stats(); s.FailedTasks != 1 || s.CancelledTasks != 0 || s.QueuedTasks != 0 || s.WaitingRetries != 0 {
						t.Errorf("%+v", s)
					}
					adds(t, p)
					release()
					must(t, p.Wait())
					time.Sleep(time.Hour)
					task.wantRuns(t, 2)
				})
			})
		}
	}
}

func TestRetryDeadlineOfTheSubmitterEndsTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Hour))
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		begin := time.Now()
		f := goFlaky(t, p, (&flaky{fails: always}).body, pool.WithTaskContext(ctx))
		_, err := f.Wait(background)
		wantRetryError(t, err, 1, errFlaky, context.DeadlineExceeded)
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("after %v", took)
		}
	})
}

// Goal: a task that is cancelled, or whose submitter's context ends, while it runs
// is not run again.
func TestRetryCalledOffWhileItRuns(t *testing.T) {
	for name, off := range map[string]func(f *pool.Future[int], cancel func()){
		"Cancel": func(f *pool.Future[int], _ func()) {
			if f.Cancel() {
				t.Error("Cancel says that it never ran")
			}
		},
		"context": func(_ *pool.Future[int], cancel func()) { cancel() },
	} {
		for _, run := range []int{1, 2} {
			for _, timeout := range []time.Duration{0, time.Hour} {
				synctest.Test(t, func(t *testing.T) {
					p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(5, time.Second), pool.WithTaskTimeout(timeout))
					ctx, cancel := context.WithCancel(background)
					defer cancel()
					begun, runs := make(chan struct{}), 0
					f := goFlaky(t, p, func(ctx context.Context) error {
						if runs++; runs == run {
							close(begun)
							<-ctx.Done()
						}
						return errFlaky
					}, pool.WithTaskContext(ctx))
					<-begun
					off(f, cancel)
					_, err := f.Wait(background)
					wantErr(t, err, errFlaky)
					must(t, p.Wait())
					if runs != run {
						t.Errorf("%s in run %d: %d runs", name, run, runs)
					}
					wantRetries(t, p, 0, run-1) // and none that was to be
				})
			}
		}
	}
}

// Goal: a Cancel that comes after the run, when it is being decided whether there
// is another one, is not lost.
func TestRetryCancelledByItsPolicy(t *testing.T) {
	for range rounds(500) {
		futures := make(chan *pool.Future[int], 1)
		p := newPool(pool.Config{Workers: 3}, pool.WithRetry(always, 0), pool.WithRetryIf(func(error) bool {
			if (<-futures).Cancel() {
				t.Error("Cancel says that it never ran")
			}
			return true
		}))
		must(t, p.Start(background))
		runs := 0
		f := goFlaky(t, p, func(ctx context.Context) error {
			if runs++; runs > 1 {
				<-ctx.Done()
			}
			return errFlaky
		})
		futures <- f
		_, err := f.Wait(background)
		wantErr(t, err, errFlaky, context.Canceled)
		must(t, p.Stop(background))
	}
}

// Goal: neither is it if the next run is far off: the outcome comes at once.
func TestRetryCancelledByItsPolicyBeforeALongDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		futures := make(chan *pool.Future[int], 1)
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Hour), pool.WithRetryIf(func(error) bool {
			(<-futures).Cancel()
			return true
		}))
		begin := time.Now()
		f := goFlaky(t, p, (&flaky{fails: always}).body)
		futures <- f
		_, err := f.Wait(background)
		wantRetryError(t, err, 1, errFlaky, context.Canceled)
		if took := time.Since(begin); took != 0 {
			t.Errorf("after %v", took)
		}
	})
}

// Goal: a SubmitWait whose context ends while the task waits for its next run
// returns at once, with both errors.
func TestRetrySubmitWaitEndsInTheDelay(t *testing.T) {
	for _, inside := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Hour))
			task := flaky{fails: always}
			wait := func(ctx context.Context) error {
				ctx, cancel := context.WithTimeout(ctx, time.Minute)
				defer cancel()
				begin := time.Now()
				_, err := p.SubmitWait(ctx, asTask(task.body))
				wantRetryError(t, err, 1, errFlaky, context.DeadlineExceeded)
				if took := time.Since(begin); took != time.Minute {
					t.Errorf("inside %v: after %v", inside, took)
				}
				return nil
			}
			if inside {
				insideTask(t, p, wait)
			} else {
				must(t, wait(background))
			}
			must(t, p.Wait())
			task.wantRuns(t, 1)
			if s := p.Stats(); s.FailedTasks != 1 || s.CancelledTasks != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}
