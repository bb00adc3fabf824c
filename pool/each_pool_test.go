package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: when the queue is full, the overflow policy decides about all elements or none.
// Method: the only worker is busy and the only slot is taken.
func TestEachOverflowPolicyDecidesAboutAllElementsOrNone(t *testing.T) {
	const n = 100
	eachOf(t, func(t *testing.T, form eachForm) {
		for _, test := range []struct {
			policy pool.Overflow
			want   error // nil: every element has its call
			waits  bool  // for the worker
		}{
			{pool.Block, nil, true},
			{pool.Reject, pool.ErrQueueFull, false},
			{pool.DropNewest, pool.ErrDropped, false},
			{pool.DropOldest, nil, true},
			{pool.CallerRuns, nil, false},
		} {
			t.Run(fmt.Sprint(test.policy), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(test.policy))
					release := busyWorker(t, p)
					fill(t, p, 1)
					c := newCalls(n)
					called := async(func() error { return form.call(background, p, n, c.fn(nothing)) })
					synctest.Wait()
					waits := len(called) == 0
					if isStream(form) && test.policy == pool.CallerRuns {
						waits = false // only what it had at that moment is done by the input's goroutine
					}
					assert.Equal(t, test.waits, waits)
					release()
					if err := <-called; test.want == nil {
						require.NoError(t, err)
						c.once(t, true)
					} else {
						assert.ErrorIs(t, err, test.want)
						assert.Zero(t, c.sum(), "calls")
					}
					if err := p.Wait(); test.policy == pool.DropOldest {
						assert.ErrorIs(t, err, pool.ErrDropped) // the task in the queue
					} else {
						require.NoError(t, err)
					}
				})
			})
		}
	})
}

// Inside a task, a call needs no room, whatever the policy.
func TestEachInsideATaskNeedsNoRoom(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		for _, policy := range []pool.Overflow{pool.Block, pool.Reject, pool.DropNewest, pool.DropOldest, pool.CallerRuns} {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(policy))
			c := newCalls(100)
			require.NoError(t, inside(t, p, func(ctx context.Context) error {
				fill(t, p, 1)
				return form.call(ctx, p, 100, c.fn(nothing))
			}))
			c.once(t, true)
			require.NoError(t, p.Wait())
		}
	})
}

// A call whose task is dropped before it starts returns that error. Later tasks of the
// call may be dropped, and no element is lost.
func TestEachUnderDropOldest(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.DropOldest))
			release := busyWorker(t, p)
			c := newCalls(10)
			called := async(func() error { return form.call(background, p, 10, c.fn(nothing)) })
			synctest.Wait()
			fill(t, p, 1)
			assert.ErrorIs(t, <-called, pool.ErrDropped)
			assert.Zero(t, c.sum(), "calls")
			release()
			require.NoError(t, p.Wait())

			p.Resize(3)
			require.NoError(t, form.call(background, p, 10, c.fn(func(context.Context, int) error {
				fill(t, p, 5)
				time.Sleep(time.Second)
				return nil
			})))
			c.once(t, true)
			_ = p.Wait() // errors of those dropped
		})
	})
}

// A call that has begun is not dropped: it does not go back to a queue that may drop
// it.
func TestEachUnderDropOldestDoesNotYield(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 8}, pool.WithOverflow(pool.DropOldest))
			c := newCalls(10)
			require.NoError(t, form.call(background, p, 10, c.fn(func(context.Context, int) error {
				assert.NoError(t, p.SubmitFunc(func(context.Context) error { fill(t, p, 20); return nil }))
				time.Sleep(time.Second)
				return nil
			})))
			c.once(t, true)
			_ = p.Wait() // errors of those dropped
		})
	})
}

// Goal: the rate limit applies to starts, so a call that has started continues.
func TestEachUnderARateLimitDoesNotYield(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRateLimit(1))
			begun := time.Now()
			require.NoError(t, form.call(background, p, 10, func(_ context.Context, i int) error {
				if i == 0 {
					fill(t, p, 5)
				}
				time.Sleep(20 * time.Millisecond)
				return nil
			}))
			assert.LessOrEqual(t, time.Since(begun), 300*time.Millisecond)
		})
	})
}

// Goal: Stop waits for a call that has begun, to its last element.
func TestEachIsDoneBeforeStopReturns(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2})
			c := newCalls(100)
			begun := make(chan struct{})
			called := async(func() error {
				return form.call(background, p, 100, c.fn(func(_ context.Context, i int) error {
					if i == 0 {
						close(begun)
					}
					time.Sleep(10 * time.Millisecond)
					return nil
				}), pool.WithBuffer(100))
			})
			<-begun
			synctest.Wait()
			require.NoError(t, p.Stop(background))
			c.once(t, true)
			require.NoError(t, <-called)
		})
	})
}

// When the grace ends, the contexts of the calls end, no further call begins, and the
// caller gets the error.
func TestEachEndsWithTheGraceOfStop(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2})
			c := newCalls(100)
			called := async(func() error {
				return form.call(background, p, 100, c.fn(func(ctx context.Context, _ int) error { <-ctx.Done(); return nil }))
			})
			synctest.Wait()
			ctx, cancel := context.WithTimeout(background, time.Second)
			defer cancel()
			_ = p.Stop(ctx)
			assert.ErrorIs(t, <-called, pool.ErrStopped)
			c.once(t, false)
			assert.Equal(t, 2, c.sum(), "calls")
		})
	})
}

func TestEachInTheQueueIsHandedBackByStop(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := pool.New(pool.Config{Workers: 1})
			require.NoError(t, p.Start(background))
			release := busyWorker(t, p)
			c := newCalls(10)
			called := async(func() error { return form.call(background, p, 10, c.fn(nothing)) })
			synctest.Wait()
			ctx, cancel := context.WithTimeout(background, time.Second)
			defer cancel()
			assert.ErrorIs(t, p.Stop(ctx), context.DeadlineExceeded)
			assert.ErrorIs(t, <-called, pool.ErrStopped)
			release()
			_ = p.Stop(background)
			accounted(t, p)
			assert.Zero(t, c.sum(), "calls")
		})
	})
}

// Further tasks need neither room nor a worker: the goroutines already working do
// everything, and do not wait for those tasks in the end.
func TestEachDoesNotWaitForBusyWorkers(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 4, QueueSize: 1})
			for range 3 {
				busyWorker(t, p)
			}
			c := newCalls(100)
			require.NoError(t, form.call(background, p, 100, c.fn(nothing)))
			require.NoError(t, inside(t, p, func(ctx context.Context) error { return form.call(ctx, p, 100, nothing) }))
			c.once(t, true)
			s := p.Stats()
			assert.Zero(t, s.QueuedTasks, s)
		})
	})
}

// Goal: a call returns when its elements are done, even if a task of its own is still
// queued behind another one. Method: there is one ring, and both workers are busy until
// then.
func TestEachDoesNotWaitForItsTasksInTheQueue(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1})
			p.Resize(2)
			release := busyWorker(t, p)
			busyWorker(t, p)
			called := async(func() error { return form.call(background, p, 10, nothing) })
			synctest.Wait()
			leave := make(chan struct{})
			defer close(leave)
			require.NoError(t, p.SubmitFunc(func(context.Context) error { <-leave; return nil }))
			release()
			require.NoError(t, <-called)
		})
	})
}

// In a pool with retries, a task that works for a call never does it twice.
func TestEachIsNotRetried(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(3, time.Nanosecond))
		c := newCalls(10)
		bad := errors.New("bad")
		assert.ErrorIs(t, form.call(background, p, 10, c.fn(func(context.Context, int) error { return bad })), bad)
		c.once(t, false)
		c = newCalls(10)
		assert.ErrorIs(t, form.call(background, p, 10, c.fn(func(context.Context, int) error { panic(bad) }), pool.WithAllErrors()), bad)
		c.once(t, true)
	})
}

// Goal: under any interleaving with Resize, the end of the context and Stop, a call
// that returns nil has called each element once. When it returns, nothing runs.
func TestEachUnderResizeCancelAndStop(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		for round := range rounds(400) {
			p := pool.New(pool.Config{Workers: 1 + round%4, QueueSize: 1 + round%3}, pool.WithOverflow(pool.Overflow(round%5)))
			require.NoError(t, p.Start(background))
			ctx, cancel := context.WithCancel(background)
			n := 1 + round%300
			check := func(ctx context.Context, opts ...any) error {
				c := newCalls(n)
				err := form.call(ctx, p, n, c.fn(func(context.Context, int) error {
					if round%2 == 0 {
						yield()
					}
					return nil
				}), opts...)
				c.once(t, err == nil)
				return nil
			}
			var ended atomic.Int32
			begin := func(f func()) { ended.Add(1); go func() { defer ended.Add(-1); f() }() }
			begin(func() { _ = check(ctx) })
			begin(func() { _ = check(background, pool.WithAllErrors(), pool.WithChunk(1), pool.WithBuffer(2)) })
			begin(func() { _ = p.SubmitContext(ctx, asTask(func(ctx context.Context) error { return check(ctx) })) })
			begin(func() { p.Resize(1 + round%5); yield(); p.Resize(2) })
			for range round % 50 {
				yield()
			}
			if round%3 == 0 {
				cancel()
			}
			if round%7 == 0 {
				_ = p.Stop(ctx)
			}
			if err := p.Stop(background); err != nil && round%3 != 0 && round%5 != int(pool.DropOldest) {
				t.Errorf("Stop: %v", err)
			}
			for ended.Load() > 0 {
				yield()
			}
			cancel()
			accounted(t, p)
			if t.Failed() {
				t.Fatalf("in round %d", round)
			}
		}
	})
}
