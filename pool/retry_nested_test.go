package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: waiting inside a task for a retried one needs no worker, to any depth.
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
				require.NoError(t, err)
				assert.Equal(t, (depth+1)*time.Second, time.Since(begin))
				wantRetries(t, p, 0, depth+1)
				require.NoError(t, p.Wait())
			})
		})
	}
}

// Goal: a task that many tasks wait for is run again by one of them, even if no worker
// is free. All get its outcome, and its runs do not overlap.
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
					require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
						defer all.Done()
						<-enter
						_, err := shared.Wait(ctx)
						assert.NoError(t, err)
						return nil
					}))
				}
				synctest.Wait() // all workers are in a task
				begin := time.Now()
				shared = goFlaky(t, p, func(ctx context.Context) error {
					assert.LessOrEqual(t, running.Add(1), int64(1), "two runs at once")
					defer running.Add(-1)
					return task.body(ctx)
				})
				close(enter)
				all.Wait()
				took := time.Since(begin)
				assert.Equal(t, 5*delay, took, "%d waiters: took %v", waiters, took)
				task.wantRuns(t, 6)
				require.NoError(t, p.Wait())
			})
		}
	}
}

// Goal: two tasks on the only worker, one inside the other, wait for the same task.
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
			assert.NoError(t, err)
			assert.NoError(t, <-other)
			return nil
		})
		task.wantRuns(t, 4)
	})
}

// Goal: a waiter inside a task executes each run of the awaited task, if no worker
// does, and nothing else.
func TestRetryIsRunByTheWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Second))
		var other tally
		insideTask(t, p, func(ctx context.Context) error {
			assert.NoError(t, p.SubmitContext(ctx, asTask(other.body)))
			me := goid()
			task := flaky{fails: 3}
			f := goFlaky(t, p, func(ctx context.Context) error {
				assert.Equal(t, me, goid())
				return task.body(ctx)
			}, pool.WithTaskContext(ctx))
			_, err := f.Wait(ctx)
			assert.NoError(t, err)
			other.want(t, 0)
			return nil
		})
		require.NoError(t, p.Wait())
		other.want(t, 1)
	})
}

// Goal: a Wait inside a task that gives up does not affect the awaited task, in its
// delay either.
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
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			return nil
		})
		took := time.Since(begin)
		assert.Equal(t, time.Minute, took, "gave up after %v", took)
		_, err := f.Wait(background)
		require.NoError(t, err)
		task.wantAt(t, begin, 0, time.Hour)
	})
}

// Goal: a run in progress on another goroutine ends with the SubmitWait that asked for
// it.
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
			assert.Error(t, err)
			return nil
		})
		assert.Equal(t, context.DeadlineExceeded, <-errRun)
		_ = p.Wait()
	})
}

var errBad = errors.New("bad")

// groups calls f with groups made outside and inside a task of a pool with one worker.
func groups(t *testing.T, f func(t *testing.T, p *pool.WorkerPool, ctx context.Context), opts ...pool.Option) {
	for _, inside := range []bool{false, true} {
		t.Run(fmt.Sprintf("inside=%v", inside), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1}, opts...)
				if !inside {
					f(t, p, background)
					return
				}
				insideTask(t, p, func(ctx context.Context) error { f(t, p, ctx); return nil })
			})
		})
	}
}

func TestRetryOfGroupMembers(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		begin := time.Now()
		tasks := make([]flaky, 4)
		for i := range tasks {
			tasks[i].fails = i
			g.Go(tasks[i].body)
		}
		assert.NoError(t, g.Wait())
		assert.Equal(t, 3*time.Second, time.Since(begin))
		for i := range tasks {
			tasks[i].wantRuns(t, i+1)
		}
	}, pool.WithRetry(3, time.Second))
}

// Goal: a member that fails is retried before its error is the group's. When it is,
// members that wait for their next run end at once and do not run again.
func TestRetryGroupFailsAfterTheLastRun(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		begin := time.Now()
		bad, waits := 0, flaky{fails: always}
		g.Go(func(context.Context) error {
			if bad++; bad < 2 {
				return errFlaky
			}
			return errBad
		})
		g.Go(waits.body)
		err := g.Wait()
		wantRetryError(t, err, 2, errBad, nil)
		assert.Equal(t, time.Second, time.Since(begin))
		n := waits.runs()
		assert.Equal(t, 2, bad)
		assert.GreaterOrEqual(t, n, 1)
		assert.LessOrEqual(t, n, 2)
		runs := waits.runs()
		time.Sleep(time.Hour)
		waits.wantRuns(t, runs)
	}, pool.WithRetry(5, time.Second), pool.WithRetryIf(func(err error) bool { return err != errBad }))
}

// Goal: a member in a long delay does not delay a group that has failed.
func TestRetryGroupThatFailsEndsTheDelays(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		begin := time.Now()
		tasks := make([]flaky, 10)
		for i := range tasks {
			tasks[i].fails = always
			g.Go(tasks[i].body)
		}
		g.Go(func(context.Context) error { time.Sleep(time.Minute); return errBad })
		assert.Same(t, errBad, g.Wait())
		assert.Equal(t, time.Minute, time.Since(begin))
		for i := range tasks {
			assert.LessOrEqual(t, tasks[i].runs(), 1) // inside, the last one added is the first to run
		}
		s := p.Stats()
		assert.Zero(t, s.WaitingRetries, s)
	}, pool.WithRetry(3, time.Hour), pool.WithRetryIf(func(err error) bool { return err != errBad }))
}

func TestRetryGroupWithAllErrors(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx), pool.WithAllErrors())
		tasks := make([]flaky, 4)
		for i := range tasks {
			tasks[i].fails = i * 2
			g.Go(tasks[i].body)
		}
		err := g.Wait()
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok || len(joined.Unwrap()) != 1 {
			t.Fatalf("%v, want one error", err)
		}
		wantRetryError(t, joined.Unwrap()[0], 5, errFlaky, nil)
	}, pool.WithRetry(4, time.Second))
}

// Goal: the end of the group's context ends the delays of its members.
func TestRetryGroupContextEnds(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		begin := time.Now()
		var tasks [3]flaky
		for i := range tasks {
			tasks[i].fails = always
			g.Go(tasks[i].body)
		}
		err := g.Wait()
		wantRetryError(t, err, 1, errFlaky, context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(begin))
	}, pool.WithRetry(3, time.Hour))
}

// Goal: Wait of a group returns after the last run of each member, whatever goroutine
// runs it, under races of members that are retried, fail for good and are skipped.
func TestRetryGroupRaces(t *testing.T) {
	for round := range rounds(300) {
		p := newPool(pool.Config{Workers: 1 + round%3}, pool.WithRetry(3, time.Duration(round%2)*time.Microsecond))
		require.NoError(t, p.Start(background))
		wait := func(ctx context.Context) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			var running tally
			for i := range 12 {
				task := flaky{fails: i % 4}
				if i == 11 && round%4 == 0 {
					task.fails = always
				}
				g.Go(func(ctx context.Context) error {
					running.n.Add(1)
					defer running.n.Add(-1)
					return task.body(ctx)
				})
			}
			if round%5 == 0 {
				go cancel()
			}
			err := g.Wait()
			running.want(t, 0)
			if round%4 != 0 && round%5 != 0 {
				assert.NoError(t, err)
			}
			return nil
		}
		if round%2 == 0 {
			insideTask(t, p, wait)
		} else {
			require.NoError(t, wait(background))
		}
		require.NoError(t, p.Stop(background))
		accounted(t, p)
	}
}
