package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// startFunc is startPool for a FuncPool.
func startFunc[T any](t testing.TB, cfg pool.Config, fn func(context.Context, T) error, opts ...pool.Option) *pool.FuncPool[T] {
	t.Helper()
	p := pool.NewFunc(cfg, fn, opts...)
	t.Cleanup(func() {
		if err := p.Stop(background); err != nil && !errors.Is(err, pool.ErrNotStarted) {
			t.Errorf("Stop: %v", err)
		}
		accountedFor(t, p.Stats())
	})
	require.NoError(t, p.Start(background))
	return p
}

// accountedFor is accounted for statistics.
func accountedFor(t testing.TB, s pool.Stats) {
	t.Helper()
	settled := s.CompletedTasks + s.FailedTasks + s.DroppedTasks + s.CancelledTasks
	assert.Equal(t, settled, s.SubmittedTasks, "not every call has one outcome: %+v", s)
	assert.Zero(t, s.QueuedTasks, "not every call has one outcome: %+v", s)
	assert.Zero(t, s.RunningTasks, "not every call has one outcome: %+v", s)
	assert.Zero(t, s.OverdueTasks, "not every call has one outcome: %+v", s)
}

// A big value has several words, whose parts must not be mixed up.
type big struct {
	i     int
	again [6]int
	name  string
}

func bigOf(i int) big {
	return big{i, [6]int{i, i, i, i, i, i}, fmt.Sprint(i)}
}

func (b big) sound() bool { return b == bigOf(b.i) }

// A funcSubmission is one of the ways to submit a value.
type funcSubmission struct {
	name   string
	waits  bool
	submit func(p *pool.FuncPool[big], ctx context.Context, v big) error
}

var funcSubmissions = []funcSubmission{
	{"Submit", false, func(p *pool.FuncPool[big], _ context.Context, v big) error { return p.Submit(v) }},
	{"SubmitContext", false, func(p *pool.FuncPool[big], ctx context.Context, v big) error { return p.SubmitContext(ctx, v) }},
	{"SubmitBatch", false, func(p *pool.FuncPool[big], _ context.Context, v big) error {
		n, err := p.SubmitBatch([]big{v})
		if (n == 1) != (err == nil) {
			return errors.New("n does not fit err")
		}
		return err
	}},
	{"SubmitWait", true, func(p *pool.FuncPool[big], ctx context.Context, v big) error { return p.SubmitWait(ctx, v) }},
}

func eachFunc(t *testing.T, f func(t *testing.T, sub funcSubmission)) {
	for _, sub := range funcSubmissions {
		t.Run(sub.name, func(t *testing.T) { f(t, sub) })
	}
}

// funcConfigs are pools whose values are queued themselves, and pools where each value
// needs a record.
var funcConfigs = map[string][]pool.Option{
	"plain":    nil,
	"timeout":  {pool.WithTaskTimeout(time.Hour)},
	"labels":   {pool.WithProfilerLabels()},
	"priority": {pool.WithPriority()},
	"retry":    {pool.WithRetry(2, time.Nanosecond)},
}

func TestFuncPoolCallsOnceForEachValue(t *testing.T) {
	const n = 500
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			eachFunc(t, func(t *testing.T, sub funcSubmission) {
				c := newCalls(n)
				p := startFunc(t, pool.Config{Workers: 3, QueueSize: 7}, func(ctx context.Context, v big) error {
					if !v.sound() {
						t.Errorf("the value is %v", v)
					}
					return c.fn(func(context.Context, int) error { return ctx.Err() })(ctx, v.i)
				}, opts...)
				var wg sync.WaitGroup
				for part := range 4 {
					wg.Go(func() {
						for i := part; i < n; i += 4 {
							if err := sub.submit(p, t.Context(), bigOf(i)); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
				require.NoError(t, p.Wait())
				c.once(t, true)
				s := p.Stats()
				assert.Equal(t, int64(n), s.CompletedTasks, s)
				assert.Equal(t, int64(n), s.SubmittedTasks, s)
			})
		})
	}
}

func TestFuncPoolBatchIsInOrderAndWhole(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 1, 31, 32, 33, 500} {
				var got []int
				p := startFunc(t, pool.Config{Workers: 1, QueueSize: 5}, func(_ context.Context, v int) error {
					got = append(got, v) // there is one worker
					return nil
				}, opts...)
				accepted, err := p.SubmitBatch(numbers(n))
				require.NoError(t, err)
				require.NoError(t, p.Wait())
				if accepted != n || !slices.Equal(got, numbers(n)) {
					t.Errorf("%d accepted, called for %v", accepted, got)
				}
			}
		})
	}
}

func TestFuncPoolRunsInOrderOnOneWorker(t *testing.T) {
	var got []int
	p := startFunc(t, pool.Config{Workers: 1, QueueSize: 3}, func(_ context.Context, v int) error {
		got = append(got, v)
		return nil
	})
	for i := range 1000 {
		require.NoError(t, p.Submit(i))
	}
	require.NoError(t, p.Wait())
	assert.Equal(t, numbers(1000), got, "out of order")
}

// Exactly as many values as the queue has slots are accepted while all workers are
// busy.
func TestFuncPoolBoundIsExact(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 100} {
				leave := make(chan struct{})
				p := startFunc(t, pool.Config{Workers: 2, QueueSize: size}, func(context.Context, int) error { <-leave; return nil }, opts...)
				require.NoError(t, p.Submit(0))
				require.NoError(t, p.Submit(0))
				for p.Stats().ActiveWorkers < 2 {
					yield()
				}
				for range size {
					require.NoError(t, p.TrySubmit(1))
				}
				assert.ErrorIs(t, p.TrySubmit(1), pool.ErrQueueFull)
				s := p.Stats()
				assert.Equal(t, size, s.QueuedTasks, s)
				assert.Equal(t, int64(1), s.RejectedTasks, s)
				close(leave)
				require.NoError(t, p.Wait())
			}
		})
	}
}

func TestFuncPoolOverflow(t *testing.T) {
	eachFunc(t, func(t *testing.T, sub funcSubmission) {
		for _, test := range []struct {
			policy pool.Overflow
			want   error
			ran    int32
			waits  bool
		}{
			{pool.Block, nil, 3, true},
			{pool.Reject, pool.ErrQueueFull, 2, false},
			{pool.DropNewest, pool.ErrDropped, 2, false},
			{pool.DropOldest, nil, 2, sub.waits},
			{pool.CallerRuns, nil, 3, false},
		} {
			t.Run(fmt.Sprint(test.policy), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					leave := make(chan struct{})
					var ran atomic.Int32
					p := startFunc(t, pool.Config{Workers: 1, QueueSize: 1}, func(_ context.Context, v big) error {
						if v.i == 0 {
							<-leave
						}
						ran.Add(1)
						return nil
					}, pool.WithOverflow(test.policy))
					require.NoError(t, p.Submit(bigOf(0)))
					synctest.Wait()
					require.NoError(t, p.Submit(bigOf(1)))
					submitted := async(func() error { return sub.submit(p, background, bigOf(2)) })
					synctest.Wait()
					waits := len(submitted) == 0
					assert.Equal(t, test.waits, waits)
					close(leave)
					err := <-submitted
					if test.want == nil {
						require.NoError(t, err)
					}
					assert.ErrorIs(t, err, test.want)
					if err := p.Wait(); test.policy == pool.DropOldest {
						assert.ErrorIs(t, err, pool.ErrDropped)
					} else {
						require.NoError(t, err)
					}
					assert.Equal(t, test.ran, ran.Load(), "calls")
				})
			})
		}
	})
}

// A batch under a policy that refuses returns how many values were accepted.
func TestFuncPoolBatchStopsAtTheFirstRefused(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			for policy, want := range map[pool.Overflow]error{pool.Reject: pool.ErrQueueFull, pool.DropNewest: pool.ErrDropped} {
				var ran tally
				p := pool.NewFunc(pool.Config{Workers: 1, QueueSize: 40}, func(ctx context.Context, v int) error {
					assert.Equal(t, int(ran.n.Load()), v, "called")
					return ran.body(ctx)
				}, append(opts, pool.WithOverflow(policy))...)
				n, err := p.SubmitBatch(numbers(100))
				assert.Equal(t, 40, n, "accepted")
				assert.ErrorIs(t, err, want)
				require.NoError(t, p.Start(background))
				require.NoError(t, p.Stop(background))
				ran.want(t, 40)
			}
		})
	}
}

func TestFuncPoolRefusesWhatCannotWork(t *testing.T) {
	refuses := func(p *pool.FuncPool[big], want ...error) {
		t.Helper()
		is := func(err error) {
			t.Helper()
			for _, w := range want {
				assert.ErrorIs(t, err, w)
			}
		}
		for _, sub := range funcSubmissions {
			is(sub.submit(p, background, bigOf(1)))
		}
		is(p.TrySubmit(bigOf(1)))
		n, err := p.SubmitBatch(nil)
		if n != 0 || p.Validate() != nil && err == nil {
			t.Errorf("of nothing: %d, %v", n, err)
		}
	}
	fn := func(context.Context, big) error { return nil }
	p := pool.NewFunc(pool.Config{Workers: -1}, fn)
	assert.ErrorIs(t, p.Validate(), pool.ErrInvalidConfig)
	assert.ErrorIs(t, p.Start(background), pool.ErrInvalidConfig)
	assert.ErrorIs(t, p.Wait(), pool.ErrInvalidConfig)
	assert.ErrorIs(t, p.Stop(background), pool.ErrInvalidConfig)
	p.Resize(3)
	assert.Equal(t, pool.Stats{}, p.Stats())
	refuses(p, pool.ErrInvalidConfig)
	refuses(pool.NewFunc[big](pool.Config{}, nil), pool.ErrInvalidConfig, pool.ErrNilTask)
	assert.ErrorIs(t, pool.NewFunc[big](pool.Config{Workers: -1}, nil).Validate(), pool.ErrInvalidConfig)

	for _, opts := range funcConfigs {
		p = pool.NewFunc(pool.Config{Workers: 1}, fn, opts...)
		assert.ErrorIs(t, p.SubmitWait(background, bigOf(1)), pool.ErrNotStarted)
		require.NoError(t, p.Start(background))
		assert.ErrorIs(t, p.Start(background), pool.ErrStarted)
		require.NoError(t, p.Stop(background))
		refuses(p, pool.ErrStopped)
		accountedFor(t, p.Stats())
	}
}

func TestFuncPoolBeforeStart(t *testing.T) {
	var ran tally
	p := pool.NewFunc(pool.Config{Workers: 1, QueueSize: 2}, func(ctx context.Context, _ int) error { return ran.body(ctx) })
	require.NoError(t, p.Submit(1))
	require.NoError(t, p.TrySubmit(2))
	assert.ErrorIs(t, p.Submit(3), pool.ErrNotStarted)
	require.NoError(t, p.Start(background))
	require.NoError(t, p.Wait())
	require.NoError(t, p.Stop(background))
	ran.want(t, 2)

	p = pool.NewFunc(pool.Config{Workers: 1, QueueSize: 2}, func(ctx context.Context, _ int) error { return ran.body(ctx) })
	require.NoError(t, p.Submit(1))
	se := new(pool.StopError)
	if assert.ErrorAs(t, p.Stop(background), &se) {
		assert.Equal(t, 1, se.NeverRun.Count)
	}
	ran.want(t, 2)
	accountedFor(t, p.Stats())
}

func TestFuncPoolErrorsComeToWait(t *testing.T) {
	var handled atomic.Int32
	p := startFunc(t, pool.Config{Workers: 2}, func(_ context.Context, v int) error {
		switch v {
		case 0:
			return nil
		case 1:
			panic("boom")
		case 2:
			_, err := goexit()
			return err
		}
		return fmt.Errorf("error %d", v)
	}, pool.WithPanicHandler(func(any) { handled.Add(1) }))
	_, err := p.SubmitBatch([]int{0, 1, 2, 3})
	require.NoError(t, err)
	err = p.Wait()
	pe := new(pool.PanicError)
	assert.ErrorAs(t, err, &pe)
	assert.ErrorIs(t, err, pool.ErrGoexit)
	assert.Len(t, joined(err), 3)
	assert.Contains(t, err.Error(), "error 3")
	require.NoError(t, p.Wait())
	s := p.Stats()
	assert.Equal(t, int64(1), s.CompletedTasks, s)
	assert.Equal(t, int64(3), s.FailedTasks, s)
	assert.Equal(t, int32(1), handled.Load(), s)
	for v, check := range map[int]func(error) bool{
		0: func(err error) bool { return err == nil },
		1: func(err error) bool { return errors.As(err, &pe) },
		2: func(err error) bool { return err == pool.ErrGoexit },
		3: func(err error) bool { return err.Error() == "error 3" },
	} {
		err := p.SubmitWait(background, v)
		assert.True(t, check(err), "SubmitWait for %d: %v", v, err)
	}
	require.NoError(t, p.Wait()) // these had an owner
}

func TestFuncPoolRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs [3]atomic.Int32
		bad := errors.New("bad")
		p := startFunc(t, pool.Config{Workers: 1}, func(_ context.Context, v int) error {
			if n := runs[v].Add(1); v == 2 || int(n) <= v {
				return bad
			}
			return nil
		}, pool.WithRetry(2, time.Second))
		begun := time.Now()
		require.NoError(t, p.Submit(0))
		require.NoError(t, p.Submit(1))
		require.NoError(t, p.Submit(2))
		assert.ErrorIs(t, p.Wait(), bad)
		assert.Equal(t, 2*time.Second, time.Since(begun))
		assert.Equal(t, int32(1), runs[0].Load())
		assert.Equal(t, int32(2), runs[1].Load())
		assert.Equal(t, int32(3), runs[2].Load())
		assert.ErrorIs(t, p.SubmitWait(background, 2), bad)
	})
}

// The user's retry functions may end the worker, which has returned from the call by
// then.
func TestFuncPoolRetryIfMayGoexit(t *testing.T) {
	bad := errors.New("bad")
	p := startFunc(t, pool.Config{Workers: 1}, func(context.Context, int) error { return bad },
		pool.WithRetry(1, 0), pool.WithRetryIf(func(error) bool { _, _ = goexit(); return true }))
	for range 3 {
		require.NoError(t, p.Submit(0))
		require.NoError(t, p.SubmitContext(t.Context(), 0))
		assert.ErrorIs(t, p.Wait(), bad)
		assert.ErrorIs(t, p.SubmitWait(background, 0), bad)
	}
	s := p.Stats()
	assert.Equal(t, int64(9), s.FailedTasks, s)
}

// With priorities, a retried call comes before those submitted after it.
func TestFuncPoolRetryKeepsItsPosition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []int
		p := pool.NewFunc(pool.Config{Workers: 1}, func(_ context.Context, v int) error {
			order = append(order, v)
			time.Sleep(time.Second)
			if v < 2 && len(order) < 3 {
				return errors.New("bad")
			}
			return nil
		}, pool.WithRetry(1, time.Nanosecond), pool.WithPriority())
		require.NoError(t, p.Submit(0))
		require.NoError(t, p.SubmitContext(t.Context(), 1))
		_, err := p.SubmitBatch([]int{2, 3, 4})
		require.NoError(t, err)
		require.NoError(t, p.Start(background))
		require.NoError(t, p.Wait())
		require.NoError(t, p.Stop(background))
		assert.Equal(t, []int{0, 1, 0, 1, 2, 3, 4}, order, "called")
	})
}

func TestFuncPoolTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFunc(t, pool.Config{Workers: 1}, func(ctx context.Context, _ int) error { <-ctx.Done(); return nil }, pool.WithTaskTimeout(time.Second))
		require.NoError(t, p.Submit(0))
		assert.ErrorIs(t, p.Wait(), context.DeadlineExceeded)
		assert.ErrorIs(t, p.SubmitWait(background, 0), context.DeadlineExceeded)
	})
}

func TestFuncPoolRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFunc(t, pool.Config{Workers: 4}, func(context.Context, int) error { return nil }, pool.WithRateLimit(1))
		begun := time.Now()
		_, err := p.SubmitBatch(numbers(5))
		require.NoError(t, err)
		require.NoError(t, p.Wait())
		took := time.Since(begun)
		assert.Equal(t, 4*time.Second, took, "five starts took %v", took)
	})
}

func TestFuncPoolContextOfTheSubmitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		begun := make(chan struct{}, 10)
		p := startFunc(t, pool.Config{Workers: 1}, func(ctx context.Context, v int) error {
			assert.Equal(t, v, ctx.Value(key{}))
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(context.WithValue(background, key{}, 7))
		require.NoError(t, p.SubmitContext(ctx, 7))
		<-begun
		require.NoError(t, p.SubmitContext(ctx, 7)) // never runs
		cancel()
		err := p.Wait()
		assert.ErrorIs(t, err, context.Canceled)
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		s := p.Stats()
		assert.Equal(t, int64(1), s.FailedTasks, s)
		assert.Equal(t, int64(1), s.CancelledTasks, s)
		err = p.SubmitContext(ctx, 7)
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
		err = p.SubmitWait(ctx, 7)
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
		assert.Empty(t, begun, "it ran")
	})
}

// Inside a call, with its context, there is always room and no wait for a worker.
func TestFuncPoolInsideACallNeedsNoRoomAndNoWorker(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			var p *pool.FuncPool[int]
			var leaves atomic.Int32
			p = startFunc(t, pool.Config{Workers: 1, QueueSize: 1}, func(ctx context.Context, depth int) error {
				if depth == 0 {
					leaves.Add(1)
					return nil
				}
				for range 3 {
					if err := p.SubmitContext(ctx, depth-1); err != nil {
						return err
					}
				}
				assert.ErrorIs(t, p.WaitContext(ctx), pool.ErrInsideTask)
				assert.ErrorIs(t, p.Stop(ctx), pool.ErrInsideTask)
				return p.SubmitWait(ctx, depth-1)
			}, opts...)
			require.NoError(t, p.Submit(4))
			require.NoError(t, p.Wait())
			assert.Equal(t, int32(256), leaves.Load())
		})
	}
}

func TestFuncPoolResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		meet := rendezvous(4)
		p := startFunc(t, pool.Config{Workers: 1}, meet)
		_, err := p.SubmitBatch(numbers(4))
		require.NoError(t, err)
		synctest.Wait()
		p.Resize(4)
		require.NoError(t, p.Wait())
		s := p.Stats()
		assert.Equal(t, 4, s.Workers, s)
	})
}

// A call that has not started when the grace ends is handed back, and counted.
func TestFuncPoolStopHandsBack(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pool.NewFunc(pool.Config{Workers: 2}, func(ctx context.Context, _ int) error { <-ctx.Done(); return nil }, opts...)
				require.NoError(t, p.Start(background))
				_, err := p.SubmitBatch(numbers(10))
				require.NoError(t, err)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(background, time.Second)
				defer cancel()
				se := new(pool.StopError)
				err = p.Stop(ctx)
				if assert.ErrorAs(t, err, &se) {
					assert.ErrorIs(t, err, context.DeadlineExceeded)
					assert.Equal(t, 8, se.NeverRun.Count)
				}
				_ = p.Stop(background)
				s := p.Stats()
				accountedFor(t, s)
				assert.Equal(t, int64(8), s.DroppedTasks, s)
				assert.Zero(t, s.Goroutines, s)
			})
		})
	}
}

// A waiter for a call that never runs gets the reason.
func TestFuncPoolSubmitWaitOfACallThatNeverRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.NewFunc(pool.Config{Workers: 1, QueueSize: 1}, func(ctx context.Context, _ int) error { <-ctx.Done(); return nil }, pool.WithOverflow(pool.DropOldest))
		require.NoError(t, p.Start(background))
		require.NoError(t, p.Submit(0))
		synctest.Wait()
		dropped := async(func() error { return p.SubmitWait(background, 1) })
		synctest.Wait()
		handedBack := async(func() error { return p.SubmitWait(background, 2) })
		assert.ErrorIs(t, <-dropped, pool.ErrDropped)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		assert.ErrorIs(t, p.Stop(ctx), context.DeadlineExceeded)
		assert.ErrorIs(t, <-handedBack, pool.ErrStopped)
		_ = p.Stop(background)
		accountedFor(t, p.Stats())
	})
}
