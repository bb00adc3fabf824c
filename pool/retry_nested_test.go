package pool_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// Goal: waiting inside a task for one that is retried needs no worker, to any depth.
func TestRetryNestedToDepth(t *testing.T) {
	const depth = 30
	kinds := map[string]func(p *pool.WorkerPool, ctx context.Context, body doing) error{
		"SubmitWait": func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			_, err := p.SubmitWait(ctx, asTask(body))
			return err
		},
		"Future": func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			_, err := goFlaky(t, p, body, pool.WithTaskContext(ctx)).Wait(ctx)
			return err
		},
		"Group": func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			g.Go(body)
			g.Go(func(context.Context) error { return nil })
			return g.Wait()
		},
	}
	for name, wait := range kinds {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithRetry(1, time.Second))
				begin := time.Now()
				var descend func(left int) doing
				descend = func(left int) doing {
					failed := false
					return func(ctx context.Context) error {
						if !failed {
							failed = true
							return errFlaky
						}
						if left == 0 {
							return nil
						}
						return wait(p, ctx, descend(left-1))
					}
				}
				_, err := p.SubmitWait(background, asTask(descend(depth)))
				must(t, err)
				if took := time.Since(begin); took != (depth+1)*time.Second {
					t.Errorf("took %v", took)
				}
				wantRetries(t, p, 0, depth+1)
				must(t, p.Wait())
			})
		})
	}
}

// Goal: a task that many wait for inside tasks is run again by one of them, though
// no worker is free; all have its outcome, and its runs do not overlap.
func TestRetryOfATaskThatManyWaitFor(t *testing.T) {
	for _, waiters := range []int{1, 2, 8} {
		for _, delay := range []time.Duration{0, time.Second} {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: waiters}, pool.WithRetry(5, delay))
				var running atomic.Int64
				task := flaky{fails: 5}
				var shared *pool.Future[int]
				enter := make(chan struct{})
				var all sync.WaitGroup
				for range waiters {
					all.Add(1)
					must(t, p.SubmitFunc(func(ctx context.Context) error {
						defer all.Done()
						<-enter
						if _, err := shared.Wait(ctx); err != nil {
							t.Error(err)
						}
						return nil
					}))
				}
				synctest.Wait() // all workers are in a task
				begin := time.Now()
				shared = goFlaky(t, p, func(ctx context.Context) error {
					if running.Add(1) > 1 {
						t.Error("two runs at once")
					}
					defer running.Add(-1)
					return task.body(ctx)
				})
				close(enter)
				all.Wait()
				if took := time.Since(begin); took != 5*delay {
					t.Errorf("%d waiters: took %v", waiters, took)
				}
				task.wantRuns(t, 6)
				must(t, p.Wait())
			})
		}
	}
}

// Goal: two tasks on the one worker, one inside the other, wait for the same one.
func TestRetryOfATaskThatTwoWaitForOnOneWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Second))
		task := flaky{fails: 3}
		insideTask(t, p, func(ctx context.Context) error {
			shared := goFlaky(t, p, task.body, pool.WithTaskContext(ctx))
			other := async(func() error { // a goroutine of the task's waits as well
				_, err := shared.Wait(ctx)
				return err
			})
			_, err := p.SubmitWait(ctx, asTask(func(ctx context.Context) error {
				_, err := shared.Wait(ctx)
				return err
			}))
			must(t, err)
			must(t, <-other)
			return nil
		})
		task.wantRuns(t, 4)
	})
}

// Goal: who waits inside a task runs each run of the awaited one, if no worker does,
// and nothing else.
func TestRetryIsRunByWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Second))
		var other tally
		insideTask(t, p, func(ctx context.Context) error {
			must(t, p.SubmitContext(ctx, asTask(other.body)))
			me := goid()
			task := flaky{fails: 3}
			f := goFlaky(t, p, func(ctx context.Context) error {
				if id := goid(); id != me {
					t.Errorf("on %s, want %s", id, me)
				}
				return task.body(ctx)
			}, pool.WithTaskContext(ctx))
			_, err := f.Wait(ctx)
			must(t, err)
			other.want(t, 0)
			return nil
		})
		must(t, p.Wait())
		other.want(t, 1)
	})
}

// Goal: a Wait inside a task that gives up leaves the task alone, in its delay too.
func TestRetryWaitInsideThatGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Hour))
		task := flaky{fails: 1}
		var f *pool.Future[int]
		begin := time.Now()
		insideTask(t, p, func(ctx context.Context) error {
			f = goFlaky(t, p, task.body, pool.WithTaskContext(ctx))
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			_, err := f.Wait(ctx)
			wantErr(t, err, context.DeadlineExceeded)
			return nil
		})
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("gave up after %v", took)
		}
		_, err := f.Wait(background)
		must(t, err)
		task.wantAt(t, begin, 0, time.Hour)
	})
}

// Goal: a run that another goroutine has in hand ends with the SubmitWait that asked
// for it.
func TestRetrySubmitWaitInsideEndsARunElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(3, time.Second))
		errRun := make(chan error, 1)
		insideTask(t, p, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			runs := 0
			_, err := p.SubmitWait(ctx, asTask(func(ctx context.Context) error {
				if runs++; runs == 1 {
					return errFlaky
				}
				<-ctx.Done()
				errRun <- ctx.Err()
				return errFlaky
			}))
			if err == nil {
				t.Error("no error")
			}
			return nil
		})
		if err := <-errRun; err != context.DeadlineExceeded {
			t.Error(err)
		}
		_ = p.Wait()
	})
}
