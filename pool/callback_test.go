package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: a callback is called once, with the Result of its outcome, for every kind
// of outcome.
func TestCallbackOnceWithItsResult(t *testing.T) {
	bad := errors.New("bad")
	value := func(v any, err error) func(context.Context) (any, error) {
		return func(context.Context) (any, error) { time.Sleep(time.Second); return v, err }
	}
	begin := func(p *pool.WorkerPool, task pool.Task) {
		if err := p.Submit(task); err != nil {
			panic(err)
		}
	}
	cases := []struct {
		name string
		fn   func(context.Context) (any, error)
		opts []pool.TaskOption
		want pool.Result
		err  error // want.Error is that
	}{
		{"value", value(7, nil), nil, pool.Result{Value: 7, Duration: time.Second, Runs: 1}, nil},
		{"error", value(8, bad), nil, pool.Result{Value: 8, Duration: time.Second, Runs: 1, Outcome: pool.Failed}, bad},
		{"panic", func(context.Context) (any, error) { time.Sleep(time.Second); panic(bad) }, nil, pool.Result{Duration: time.Second, Runs: 1, Outcome: pool.Failed}, bad},
		{"goexit", func(context.Context) (any, error) { time.Sleep(time.Second); return goexit() }, nil, pool.Result{Duration: time.Second, Runs: 1, Outcome: pool.Failed}, pool.ErrGoexit},
		{"timeout", value(9, nil), []pool.TaskOption{pool.WithTaskTimeout(time.Millisecond)}, pool.Result{Duration: time.Millisecond, Runs: 1, Outcome: pool.Failed}, context.DeadlineExceeded},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1})
				results := make(chan pool.Result, 2)
				c.want.StartedAt, c.want.TaskID = time.Now(), "mine"
				begin(p, pool.NewTask(c.fn, append(c.opts, pool.WithTaskID("mine"), pool.WithTaskCallback(func(r pool.Result) { results <- r }))...))
				require.NoError(t, p.Wait()) // the error had an owner
				r := <-results
				assert.ErrorIs(t, r.Error, c.err)
				if c.err == nil {
					require.NoError(t, r.Error)
				}
				r.Error = nil
				if r != c.want {
					t.Errorf("%+v, want %+v", r, c.want)
				}
				require.NoError(t, p.Stop(background))
				if len(results) != 0 {
					t.Errorf("called again: %+v", <-results)
				}
			})
		})
	}
}

func TestCallbackOfATaskThatNeverRan(t *testing.T) {
	resolve := map[string]struct {
		policy  pool.Overflow
		resolve func(t *testing.T, p *pool.WorkerPool, cancel func())
		want    []error
		outcome pool.Outcome
	}{
		"contextEnds": {pool.Block, func(_ *testing.T, _ *pool.WorkerPool, cancel func()) { cancel() }, []error{pool.ErrNotStarted, context.Canceled}, pool.Cancelled},
		"dropped":     {pool.DropOldest, func(t *testing.T, p *pool.WorkerPool, _ func()) { fill(t, p, 1) }, []error{pool.ErrDropped}, pool.Dropped},
		"stopped": {pool.Block, func(t *testing.T, p *pool.WorkerPool, _ func()) {
			ctx, cancel := context.WithCancel(background)
			cancel()
			assert.ErrorIs(t, p.Stop(ctx), context.Canceled)
		}, []error{pool.ErrStopped}, pool.Dropped},
	}
	for name, c := range resolve {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPool(pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(c.policy))
				require.NoError(t, p.Start(background))
				release := busyWorker(t, p)
				ctx, cancel := context.WithCancel(background)
				defer cancel()
				results := make(chan pool.Result, 2)
				var ran tally
				require.NoError(t, p.SubmitContext(ctx, asTask(ran.body, pool.WithTaskID("mine"), pool.WithTaskCallback(func(r pool.Result) { results <- r }))))
				c.resolve(t, p, cancel)
				synctest.Wait()
				r := <-results
				for _, want := range c.want {
					assert.ErrorIs(t, r.Error, want)
				}
				if r.Error = nil; r != (pool.Result{TaskID: "mine", Outcome: c.outcome}) {
					t.Errorf("%+v", r)
				}
				release()
				_ = p.Stop(background)
				ran.want(t, 0)
				if len(results) != 0 {
					t.Errorf("called again: %+v", <-results)
				}
				accounted(t, p)
			})
		})
	}
}

func TestCallbackTaskIDs(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	ids := make(chan string, 10)
	callback := pool.WithTaskCallback(func(r pool.Result) { ids <- r.TaskID })
	noop := func(context.Context) error { return nil }
	for range 3 {
		require.NoError(t, p.Submit(asTask(noop, callback)))
		_, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil }, callback)
		require.NoError(t, err)
	}
	same := asTask(noop, callback)
	require.NoError(t, p.Submit(asTask(noop, callback, pool.WithTaskID("given"))))
	require.NoError(t, p.Submit(same))
	require.NoError(t, p.Submit(same))
	require.NoError(t, p.Wait())
	close(ids)
	seen := map[string]int{}
	for id := range ids {
		seen[id]++
	}
	if seen[""] != 0 || seen["given"] != 1 || seen[same.ID()] != 2 || len(seen) != 8 {
		t.Errorf("ids %v; want 6 unique ones, %q twice and the one given", seen, same.ID())
	}
}

// Goal: an outcome reaches callback, counters and waiters in this order.
func TestOutcomeIsGivenInOrder(t *testing.T) {
	for kind, end := range map[string]doing{
		"returns": func(context.Context) error { return nil },
		"panics":  panicsWithEOF,
		"goexits": badEnds["goexit"].end,
		"timeout": func(ctx context.Context) error { <-ctx.Done(); return nil },
	} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1})
				settled := func() int64 { s := p.Stats(); return s.CompletedTasks + s.FailedTasks }
				hold := make(chan struct{})
				futures := make(chan *pool.Future[int], 1)
				returned := false
				f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, end(ctx) },
					pool.WithTaskTimeout(time.Second), pool.WithTaskCallback(func(pool.Result) {
						f := <-futures
						<-hold
						n := settled()
						assert.Zero(t, n, "Stats shows %d settled before the callback returned", n)
						select {
						case <-f.Done():
							t.Error("waiters woke before the callback returned")
						default:
						}
						returned = true
					}))
				require.NoError(t, err)
				waited := async(p.Wait)
				told := async(func() int64 { _, _ = f.Wait(background); return settled() })
				synctest.Wait()
				if len(waited) != 0 || len(told) != 0 {
					t.Error("a waiter returned before the callback was called")
				}
				futures <- f
				time.Sleep(time.Minute)
				assert.Empty(t, waited, "a waiter returned before the callback")
				assert.Empty(t, told, "a waiter returned before the callback")
				close(hold)
				require.NoError(t, <-waited)
				assert.True(t, returned, "Wait returned before the callback")
				n := <-told
				assert.Equal(t, int64(1), n, "%d tasks settled in Stats", n)
			})
		})
	}
}

func TestOutcomeOfSubmitWaitIsInStats(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	for i := range rounds(2_000) {
		_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
		require.NoError(t, err)
		s := p.Stats()
		require.Equal(t, int64(i+1), s.CompletedTasks, "after %d tasks: %+v", i+1, s)
	}
}

// A callback may use the pool. A task that it submits while the pool stops is refused.
func TestCallbackMaySubmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		var ran tally
		hold, begun := make(chan struct{}), make(chan struct{})
		refused := make(chan error, 1)
		require.NoError(t, p.Submit(asTask(ran.body, pool.WithTaskCallback(func(pool.Result) {
			assert.NoError(t, p.SubmitFunc(ran.body))
			close(begun)
			<-hold
			refused <- p.SubmitFunc(ran.body)
		}))))
		<-begun
		stopped := async(func() error { return p.Stop(background) })
		synctest.Wait()
		close(hold)
		assert.ErrorIs(t, <-refused, pool.ErrStopped)
		require.NoError(t, <-stopped)
		ran.want(t, 2)
	})
}

// Goal: Stop may be called in the callback of a task that Stop hands back.
func TestStopInACallbackOfStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 1, ShutdownTimeout: time.Second})
		require.NoError(t, p.Start(background))
		release := busyWorker(t, p)
		ended, cancel := context.WithCancel(background)
		cancel()
		var inner error
		require.NoError(t, p.Submit(asTask(func(context.Context) error { return nil },
			pool.WithTaskCallback(func(pool.Result) { inner = p.Stop(ended) }))))
		outer := p.Stop(ended)
		for name, err := range map[string]error{"inner": inner, "outer": outer} {
			var lost *pool.StopError
			if assert.ErrorAs(t, err, &lost, "%s Stop", name) {
				assert.Equal(t, 1, lost.NeverRun.Count, "%s Stop", name)
			}
		}
		release()
		_ = p.Stop(background)
	})
}
