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

	"github.com/user/millrace/pool"
)

func TestWaitBeforeStartIsErrNotStarted(t *testing.T) {
	p := newPool(pool.Config{})
	for range 2 {
		if err := p.Wait(); !errors.Is(err, pool.ErrNotStarted) {
			t.Errorf("Wait: %v, want ErrNotStarted", err)
		}
		if err := p.WaitContext(endedContext()); !errors.Is(err, pool.ErrNotStarted) {
			t.Errorf("WaitContext: %v, want ErrNotStarted", err)
		}
		if err := p.Submit(emptyTask); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWaitOfAnIdlePoolReturnsAtOnce(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 2})
	for range 3 {
		if err := p.Wait(); err != nil {
			t.Errorf("Wait: %v", err)
		}
	}
	// Nothing is pending, so there is nothing to give up.
	if err := p.WaitContext(endedContext()); err != nil {
		t.Errorf("WaitContext with an ended context: %v", err)
	}
}

// Goal: Wait waits for what is queued and what runs, its callbacks too, and
// leaves the pool open, again and again.
func TestWaitWaitsForAllThatIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 3})
		for range 3 {
			const tasks = 30
			begin := time.Now()
			var called atomic.Int32
			for range tasks {
				if err := p.Submit(pool.NewTask(
					func(context.Context) (any, error) { time.Sleep(time.Second); return nil, nil },
					pool.WithTaskCallback(func(pool.Result) { time.Sleep(time.Second); called.Add(1) }))); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Wait(); err != nil {
				t.Errorf("Wait: %v", err)
			}
			if n, d := called.Load(), time.Since(begin); n != tasks || d != 20*time.Second {
				t.Errorf("Wait came back after %v and %d callbacks, want 20 s and %d", d, n, tasks)
			}
		}
	})
}

// Goal: the errors nobody else hears of are kept for the next Wait: the first 16
// and the number of the rest.
func TestWaitReturnsAndForgetsTheErrorsKept(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 1})
	for _, test := range []struct{ failing, kept, more int }{
		{0, 0, 0}, {1, 1, 0}, {16, 16, 0}, {17, 16, 1}, {100, 16, 84}, {0, 0, 0},
	} {
		errs := make([]error, test.failing)
		for i := range errs {
			errs[i] = fmt.Errorf("failure %d", i)
			for _, err := range []error{nil, errs[i], nil} {
				if err := p.SubmitFunc(func(context.Context) error { return err }); err != nil {
					t.Fatal(err)
				}
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
			if last := fmt.Sprintf("and %d more errors", test.more); !strings.HasSuffix(err.Error(), last) {
				t.Errorf("Wait after %d failures: %v, want %q at the end", test.failing, err, last)
			}
		}
		if lines != want {
			t.Errorf("Wait after %d failures has %d lines, want %d:\n%v", test.failing, lines, want, err)
		}
		for i, e := range errs {
			if errors.Is(err, e) != (i < 16) {
				t.Errorf("Wait after %d failures: is failure %d: %v", test.failing, i, i >= 16)
			}
		}
	}
}

// Goal: each kind of failure of a task that nobody waits for is kept, and none of
// a task that has a callback, a future, a SubmitWait or a group.
func TestWaitReturnsOnlyErrorsNobodyElseHears(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 2})
	ctx := context.Background()
	fails := errors.New("fails")
	fail := func(context.Context) (any, error) { return nil, fails }
	heard := func(name string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := p.Wait(); err != nil {
			t.Errorf("%s: Wait: %v, want nothing kept", name, err)
		}
	}
	heard("callback", p.Submit(pool.NewTask(fail, pool.WithTaskCallback(func(pool.Result) {}))))
	f, err := pool.Go(p, func(context.Context) (int, error) { return 0, fails })
	heard("future", err)
	if _, err := f.Wait(ctx); !errors.Is(err, fails) {
		t.Errorf("future: %v", err)
	}
	_, err = p.SubmitWait(ctx, pool.TaskFunc(fail))
	if !errors.Is(err, fails) {
		t.Errorf("SubmitWait: %v", err)
	}
	heard("SubmitWait", nil)
	g := pool.NewGroup(p)
	g.Go(func(context.Context) error { return fails })
	if err := g.Wait(); !errors.Is(err, fails) {
		t.Errorf("group: %v", err)
	}
	heard("group", nil)

	kept := func(name string, want error, submitted error) {
		t.Helper()
		if submitted != nil {
			t.Errorf("%s: %v", name, submitted)
		}
		if err := p.Wait(); !errors.Is(err, want) {
			t.Errorf("%s: Wait: %v, want %v", name, err, want)
		}
		if err := p.Wait(); err != nil {
			t.Errorf("%s: second Wait: %v, want nothing", name, err)
		}
	}
	kept("bare", fails, p.Submit(pool.TaskFunc(fail)))
	kept("with an id", fails, p.Submit(pool.NewTask(fail, pool.WithTaskID("x"))))
	kept("with a context", fails, p.SubmitContext(t.Context(), pool.TaskFunc(fail)))
	kept("panic", fails, p.Submit(taskOf(func() { panic(fails) })))
	kept("Goexit", pool.ErrGoexit, p.Submit(taskOf(runtime.Goexit)))
	kept("recorded Goexit", pool.ErrGoexit, p.SubmitContext(t.Context(), taskOf(runtime.Goexit)))
	kept("timeout", context.DeadlineExceeded, p.Submit(pool.NewTask(
		func(ctx context.Context) (any, error) { <-ctx.Done(); return nil, nil }, pool.WithTaskTimeout(1))))

	release := keepBusy(t, p, 2)
	cancelled, cancel := context.WithCancel(ctx)
	if err := p.SubmitContext(cancelled, emptyTask); err != nil {
		t.Fatal(err)
	}
	cancel()
	release()
	kept("cancelled in the queue", pool.ErrNotStarted, nil)
}

// Goal: tasks that Stop handed back are errors that nobody else heard of.
func TestWaitAfterStopTellsOfWhatWasHandedBack(t *testing.T) {
	p := startedPool(t, pool.Config{Workers: 1})
	release := keepBusy(t, p, 1)
	if err := p.Submit(emptyTask); err != nil {
		t.Fatal(err)
	}
	wantStopError(t, p.Stop(endedContext()), context.Canceled, 1, 1)
	release()
	if err := p.Wait(); !errors.Is(err, pool.ErrStopped) {
		t.Errorf("Wait: %v, want ErrStopped", err)
	}
	if err := p.Stop(context.Background()); err == nil {
		t.Error("Stop forgot the task that never ran")
	}
	if err := p.Wait(); err != nil {
		t.Errorf("second Wait: %v", err)
	}
}

// Goal: Wait does not wait for a function that runs on after its task timed out.
func TestWaitDoesNotWaitForOverdueFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 1})
		begin := time.Now()
		var returned atomic.Bool
		if err := p.Submit(pool.NewTask(func(context.Context) (any, error) {
			time.Sleep(time.Minute)
			returned.Store(true)
			return nil, nil
		}, pool.WithTaskTimeout(time.Second))); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait: %v, want the task's DeadlineExceeded", err)
		}
		if d := time.Since(begin); d != time.Second || returned.Load() {
			t.Errorf("Wait came back after %v, want 1 s", d)
		}
		// One that is queued behind it is waited for.
		if err := p.Submit(emptyTask); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			t.Errorf("Wait: %v", err)
		}
		if d := time.Since(begin); d != time.Minute {
			t.Errorf("the second Wait came back after %v, want 1 min", d)
		}
	})
}

// Goal: a WaitContext that gives up returns the error of its context, at its
// time, and forgets nothing.
func TestWaitContextThatGivesUpForgetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 2})
		fails := errors.New("fails")
		release := keepBusy(t, p, 1)
		if err := p.SubmitFunc(func(context.Context) error { return fails }); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := p.WaitContext(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, fails) {
			t.Errorf("WaitContext: %v, want DeadlineExceeded alone", err)
		}
		if d := time.Since(begin); d != time.Minute {
			t.Errorf("it came back after %v, want its minute", d)
		}
		if err := p.WaitContext(endedContext()); !errors.Is(err, context.Canceled) {
			t.Errorf("WaitContext: %v, want Canceled", err)
		}
		release()
		if err := p.WaitContext(context.Background()); !errors.Is(err, fails) {
			t.Errorf("WaitContext: %v, want what was kept", err)
		}
	})
}

// Goal: all who wait are let go by one instant without work, and waiters that
// gave up do not hold up the others.
func TestWaitLetsAllWaitersGo(t *testing.T) {
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
