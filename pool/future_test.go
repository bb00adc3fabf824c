package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

func TestFutureGivesValueOrError(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	bad := errors.New("bad")
	f, err := pool.Go(p, func(context.Context) (string, error) { return "value", nil })
	require.NoError(t, err)
	g, err := pool.Go(p, func(context.Context) (string, error) { return "value", bad })
	require.NoError(t, err)
	for range 2 { // any number of times
		for _, ctx := range []context.Context{background, t.Context()} {
			v, err := f.Wait(ctx)
			assert.NoError(t, err)
			assert.Equal(t, "value", v)
			v, err = g.Wait(ctx)
			assert.Empty(t, v)
			assert.Same(t, bad, err)
		}
	}
	require.NoError(t, p.Wait()) // the error had an owner
}

func TestFutureWaitNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		leave := make(chan struct{})
		f, err := pool.Go(p, func(ctx context.Context) (int, error) {
			<-leave
			return 3, ctx.Err()
		})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(background, 1e9)
		defer cancel()
		_, err = f.Wait(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		if _, err = f.Wait(ctx); err != context.DeadlineExceeded {
			t.Errorf("with a ctx that has ended: %v", err)
		}
		close(leave)
		v, err := f.Wait(background)
		assert.NoError(t, err, "the task did not go on")
		assert.Equal(t, 3, v, "the task did not go on")
		v, err = f.Wait(ctx)
		assert.NoError(t, err, "an outcome that is there counts first")
		assert.Equal(t, 3, v, "an outcome that is there counts first")
	})
}

func TestFutureDoneIsOneChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		release := busyWorker(t, p)
		f, err := pool.Go(p, func(context.Context) (int, error) { return 3, nil })
		require.NoError(t, err)
		done := f.Done()
		for range 3 { // waiters of both kinds come between
			waited := async(func() error { _, err := f.Wait(background); return err })
			defer func() { require.NoError(t, <-waited) }()
			synctest.Wait()
			if f.Done() != done {
				t.Error("another channel while it is queued")
			}
		}
		select {
		case <-done:
			t.Error("closed before the outcome")
		default:
		}
		release()
		<-done
		if f.Done() != done {
			t.Error("another channel after the outcome")
		}
		v, err := f.Wait(background)
		assert.NoError(t, err)
		assert.Equal(t, 3, v)
	})
}

func TestFutureDoneAfterTheOutcomeIsClosed(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	f, err := pool.Go(p, func(context.Context) (int, error) { return 3, nil })
	require.NoError(t, err)
	require.NoError(t, p.Wait())
	<-f.Done()
	if done := f.Done(); f.Done() != done {
		t.Error("not one channel")
	}
}

func TestFutureCancelInTheQueue(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
	release := busyWorker(t, p)
	var ran tally
	results := make(chan pool.Result, 1)
	f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 1, ran.body(ctx) },
		pool.WithTaskCallback(func(r pool.Result) { results <- r }))
	require.NoError(t, err)
	assert.True(t, f.Cancel(), "Cancel reports false for a queued task")
	assert.False(t, f.Cancel(), "the second Cancel reports true: it called nothing off")
	if r := <-results; !errors.Is(r.Error, pool.ErrNotStarted) || !r.StartedAt.IsZero() || r.Duration != 0 || r.Value != nil {
		t.Errorf("%+v", r)
	}
	_, err = f.Wait(background)
	assert.ErrorIs(t, err, pool.ErrNotStarted)
	assert.ErrorIs(t, err, context.Canceled)
	s := p.Stats()
	assert.Equal(t, int64(1), s.CancelledTasks, s)
	assert.Zero(t, s.QueuedTasks, s)
	assert.ErrorIs(t, p.TrySubmit(asTask(ran.body)), pool.ErrQueueFull) // its place still counts
	release()
	require.NoError(t, p.Wait())
	require.NoError(t, p.TrySubmit(asTask(func(context.Context) error { return nil })))
	require.NoError(t, p.Wait())
	ran.want(t, 0)
}

func TestFutureCancelOfARunningTaskEndsItsContext(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	begun := make(chan struct{})
	f, err := pool.Go(p, func(ctx context.Context) (string, error) {
		close(begun)
		<-ctx.Done()
		return "stopped early", nil
	})
	require.NoError(t, err)
	<-begun
	assert.False(t, f.Cancel(), "Cancel reports true for a running task")
	v, err := f.Wait(background)
	assert.NoError(t, err)
	assert.Equal(t, "stopped early", v)
	assert.False(t, f.Cancel(), "Cancel reports true for a task that ran")
}

func TestFutureWithTaskContext(t *testing.T) {
	type key struct{}
	p := startPool(t, pool.Config{Workers: 1})
	ctx, cancel := context.WithCancel(context.WithValue(background, key{}, 9))
	f, err := pool.Go(p, func(ctx context.Context) (any, error) {
		v := ctx.Value(key{})
		<-ctx.Done()
		return v, nil
	}, pool.WithTaskContext(ctx))
	require.NoError(t, err)
	cancel()
	v, err := f.Wait(background)
	if err != nil { // it may have ended in the queue
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
	} else if v != 9 {
		t.Errorf("value %v", v)
	}
}

// Goal: Wait inside a task never waits for a worker, to any depth.
// Method: one worker, two functions that call each other through futures.
func TestFutureWaitInsideATaskToAnyDepth(t *testing.T) {
	for _, size := range []int{0, 1} {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: size})
		var even, odd func(ctx context.Context, n int) (bool, error)
		ask := func(ctx context.Context, n int, f func(context.Context, int) (bool, error)) (bool, error) {
			future, err := pool.Go(p, func(ctx context.Context) (bool, error) { return f(ctx, n) }, pool.WithTaskContext(ctx))
			if err != nil {
				return false, err
			}
			return future.Wait(ctx)
		}
		even = func(ctx context.Context, n int) (bool, error) {
			if n == 0 {
				return true, nil
			}
			return ask(ctx, n-1, odd)
		}
		odd = func(ctx context.Context, n int) (bool, error) {
			if n == 0 {
				return false, nil
			}
			return ask(ctx, n-1, even)
		}
		f, err := pool.Go(p, func(ctx context.Context) (bool, error) { return even(ctx, 501) })
		require.NoError(t, err)
		v, err := f.Wait(background)
		assert.NoError(t, err)
		assert.False(t, v)
		require.NoError(t, p.Wait())
	}
}

// rayon#592: a waiter that runs work other than what it waits for may run it under a
// lock that the work needs.
func TestFutureWaitInsideATaskRunsNothingElse(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	waiting := false
	var ran tally
	for range 3 {
		var own *pool.Future[int]
		before := func(context.Context) error {
			assert.False(t, waiting, "unrelated work runs inside Wait")
			return nil
		}
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) (err error) {
			assert.NoError(t, p.SubmitContext(ctx, asTask(before)))
			if own, err = pool.Go(p, func(ctx context.Context) (int, error) { return 4, ran.body(ctx) }, pool.WithTaskContext(ctx)); err != nil {
				return err
			}
			assert.NoError(t, p.SubmitFunc(before))
			waiting = true
			_, err = own.Wait(ctx)
			waiting = false
			return err
		}))
		require.NoError(t, err)
		require.NoError(t, p.Wait())
	}
	ran.want(t, 3)
}

func TestFutureClaimedTaskRunsOnTheWaiter(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
		runner := ""
		f, err := pool.Go(p, func(context.Context) (int, error) { runner = goid(); return 0, nil }, pool.WithTaskContext(ctx))
		if err != nil {
			return err
		}
		if _, err := f.Wait(ctx); err != nil {
			return err
		}
		assert.Equal(t, goid(), runner, "the claimed task ran elsewhere")
		return nil
	}))
	require.NoError(t, err)
	require.NoError(t, p.Wait())
}

func TestFutureWaitWithAnEndedContextClaimsNothing(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	var ran tally
	f := async(func() *pool.Future[int] {
		fs := make(chan *pool.Future[int], 1)
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 6, ran.body(ctx) })
			fs <- f
			if err != nil {
				return err
			}
			over, cancel := context.WithCancel(ctx)
			cancel()
			_, err = f.Wait(over)
			assert.Same(t, context.Canceled, err, "Wait with an ended context")
			ran.want(t, 0)
			return nil
		}))
		assert.NoError(t, err)
		return <-fs
	})
	v, err := (<-f).Wait(background)
	assert.NoError(t, err)
	assert.Equal(t, 6, v)
}

func TestFuturePanicAndGoexit(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	f, err := pool.Go(p, func(context.Context) (int, error) { panic("boom") })
	require.NoError(t, err)
	_, err = f.Wait(background)
	pe := new(pool.PanicError)
	if assert.ErrorAs(t, err, &pe) {
		assert.Equal(t, "boom", pe.Value)
	}
	f, err = pool.Go(p, func(context.Context) (int, error) { return goexit() })
	require.NoError(t, err)
	v, err := f.Wait(background)
	assert.Zero(t, v)
	assert.Same(t, pool.ErrGoexit, err)
	f, err = pool.Go(p, func(context.Context) (int, error) { return 8, nil })
	require.NoError(t, err)
	v, err = f.Wait(background)
	assert.NoError(t, err)
	assert.Equal(t, 8, v)
}
