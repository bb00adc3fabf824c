package pool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

func TestWaitBeforeStartIsErrNotStarted(t *testing.T) {
	p := newPool(pool.Config{})
	for range 2 {
		assert.ErrorIs(t, p.Wait(), pool.ErrNotStarted)
		assert.ErrorIs(t, p.WaitContext(endedContext()), pool.ErrNotStarted)
		require.NoError(t, p.Submit(emptyTask))
	}
}

func TestWaitOfAnIdlePoolReturnsAtOnce(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 2})
	for range 3 {
		assert.NoError(t, p.Wait())
	}
	// Nothing is pending, so Wait has nothing to wait for.
	assert.NoError(t, p.WaitContext(endedContext()))
}

// Goal: Wait waits for queued and running tasks and their callbacks, and leaves the
// pool open, repeatedly.
func TestWaitWaitsForAllThatIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 3})
		for range 3 {
			const tasks = 30
			begin := time.Now()
			var called atomic.Int32
			for range tasks {
				require.NoError(t, p.Submit(pool.NewTask(
					func(context.Context) (any, error) { time.Sleep(time.Second); return nil, nil },
					pool.WithTaskCallback(func(pool.Result) { time.Sleep(time.Second); called.Add(1) }))))
			}
			assert.NoError(t, p.Wait())
			if n, d := called.Load(), time.Since(begin); n != tasks || d != 20*time.Second {
				t.Errorf("Wait came back after %v and %d callbacks, want 20 s and %d", d, n, tasks)
			}
		}
	})
}

// Goal: unclaimed errors are kept for the next Wait: the first 16 and the number of the
// rest.
func TestWaitReturnsAndForgetsTheErrorsKept(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 1})
	for _, test := range []struct{ failing, kept, more int }{
		{0, 0, 0}, {1, 1, 0}, {16, 16, 0}, {17, 16, 1}, {100, 16, 84}, {0, 0, 0},
	} {
		errs := make([]error, test.failing)
		for i := range errs {
			errs[i] = fmt.Errorf("failure %d", i)
			for _, err := range []error{nil, errs[i], nil} {
				require.NoError(t, p.SubmitFunc(func(context.Context) error { return err }))
			}
		}
		err := p.Wait()
		lines := 0
		if err != nil {
			lines = len(strings.Split(err.Error(), "\n"))
		}
		want := test.kept
		if test.more > 0 {
			want++
			last := fmt.Sprintf("and %d more errors", test.more)
			assert.True(t, strings.HasSuffix(err.Error(), last),
				"Wait after %d failures: %v", test.failing, err)
		}
		assert.Equal(t, want, lines, "Wait after %d failures has %d lines:\n%v", test.failing, lines, err)
		for i, e := range errs {
			assert.Equal(t, i < 16, errors.Is(err, e),
				"Wait after %d failures: failure %d", test.failing, i)
		}
	}
}

// Goal: each kind of failure of a task without an owner is kept, and none of a task
// that has a callback, a future, a SubmitWait or a group.
func TestWaitReturnsOnlyUnclaimedErrors(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 2})
	ctx := context.Background()
	fails := errors.New("fails")
	fail := func(context.Context) (any, error) { return nil, fails }
	heard := func(name string, err error) {
		t.Helper()
		assert.NoError(t, err, name)
		err = p.Wait()
		assert.NoError(t, err, "%s: Wait", name)
	}
	heard("callback", p.Submit(pool.NewTask(fail, pool.WithTaskCallback(func(pool.Result) {}))))
	f, err := pool.Go(p, func(context.Context) (int, error) { return 0, fails })
	heard("future", err)
	_, err = f.Wait(ctx)
	assert.ErrorIs(t, err, fails, "future")
	_, err = p.SubmitWait(ctx, pool.TaskFunc(fail))
	assert.ErrorIs(t, err, fails, "SubmitWait")
	heard("SubmitWait", nil)
	g := pool.NewGroup(p)
	g.Go(func(context.Context) error { return fails })
	assert.ErrorIs(t, g.Wait(), fails, "group")
	heard("group", nil)

	kept := func(name string, want error, submitted error) {
		t.Helper()
		assert.NoError(t, submitted, name)
		assert.ErrorIs(t, p.Wait(), want, "%s: Wait", name)
		assert.NoError(t, p.Wait(), "%s: second Wait", name)
	}
	kept("recordless", fails, p.Submit(pool.TaskFunc(fail)))
	kept("with an id", fails, p.Submit(pool.NewTask(fail, pool.WithTaskID("x"))))
	kept("with a context", fails, p.SubmitContext(t.Context(), pool.TaskFunc(fail)))
	kept("panic", fails, p.Submit(taskOf(func() { panic(fails) })))
	kept("Goexit", pool.ErrGoexit, p.Submit(taskOf(runtime.Goexit)))
	kept("recorded Goexit", pool.ErrGoexit, p.SubmitContext(t.Context(), taskOf(runtime.Goexit)))
	kept("timeout", context.DeadlineExceeded, p.Submit(pool.NewTask(
		func(ctx context.Context) (any, error) { <-ctx.Done(); return nil, nil }, pool.WithTaskTimeout(1))))

	release := keepBusy(t, p, 2)
	cancelled, cancel := context.WithCancel(ctx)
	require.NoError(t, p.SubmitContext(cancelled, emptyTask))
	cancel()
	release()
	kept("cancelled in the queue", pool.ErrNotStarted, nil)
}

// Goal: tasks that Stop handed back are unclaimed errors.
func TestWaitAfterStopReturnsErrorsOfHandedBackTasks(t *testing.T) {
	p := startedPool(t, pool.Config{Workers: 1})
	release := keepBusy(t, p, 1)
	require.NoError(t, p.Submit(emptyTask))
	wantStopError(t, p.Stop(endedContext()), context.Canceled, 1, 1)
	release()
	assert.ErrorIs(t, p.Wait(), pool.ErrStopped)
	assert.Error(t, p.Stop(context.Background()), "Stop forgot the task that never ran")
	assert.NoError(t, p.Wait(), "second Wait")
}

// Goal: Wait does not wait for a function that still runs after its task timed out.
func TestWaitDoesNotWaitForOverdueFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 1})
		begin := time.Now()
		var returned atomic.Bool
		require.NoError(t, p.Submit(pool.NewTask(func(context.Context) (any, error) {
			time.Sleep(time.Minute)
			returned.Store(true)
			return nil, nil
		}, pool.WithTaskTimeout(time.Second))))
		assert.ErrorIs(t, p.Wait(), context.DeadlineExceeded, "Wait")
		assert.Equal(t, time.Second, time.Since(begin), "time in Wait")
		assert.False(t, returned.Load(), "Wait came back")
		// It waits for a task queued behind it.
		require.NoError(t, p.Submit(emptyTask))
		assert.NoError(t, p.Wait())
		d := time.Since(begin)
		assert.Equal(t, time.Minute, d, "the second Wait came back after %v", d)
	})
}

// Goal: a WaitContext that gives up returns the error of its context, on time, and
// loses no errors.
func TestWaitContextThatGivesUpForgetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 2})
		fails := errors.New("fails")
		release := keepBusy(t, p, 1)
		require.NoError(t, p.SubmitFunc(func(context.Context) error { return fails }))
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		err := p.WaitContext(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, fails)
		d := time.Since(begin)
		assert.Equal(t, time.Minute, d, "it came back after %v", d)
		assert.ErrorIs(t, p.WaitContext(endedContext()), context.Canceled)
		release()
		err = p.WaitContext(context.Background())
		assert.ErrorIs(t, err, fails, "WaitContext")
	})
}

// Goal: one instant without work releases all waiters, and waiters that gave up do not
// block the others.
func TestWaitReleasesAllWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 1})
		release := keepBusy(t, p, 1)
		var wg sync.WaitGroup
		var met, gaveUp atomic.Int32
		for i := range 100 {
			wg.Go(func() {
				ctx := context.Background()
				if i%2 == 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(i)*time.Second)
					defer cancel()
				}
				if p.WaitContext(ctx) == nil {
					met.Add(1)
				} else {
					gaveUp.Add(1)
				}
			})
		}
		time.Sleep(time.Hour)
		release()
		wg.Wait()
		if met.Load() != 50 || gaveUp.Load() != 50 {
			t.Errorf("%d waiters were let go and %d gave up, want 50 and 50", met.Load(), gaveUp.Load())
		}
	})
}
