package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// startedPool returns a started pool that the test itself must stop.
func startedPool(t *testing.T, cfg pool.Config, opts ...pool.Option) *pool.WorkerPool {
	t.Helper()
	p := newPool(cfg, opts...)
	if err := p.Start(context.Background()); err != nil {
		t.Fatalf("Start: %v", err)
	}
	return p
}

// wantStopError checks the error of a Stop that lost tasks.
func wantStopError(t *testing.T, err, cause error, neverRun, running int) *pool.StopError {
	t.Helper()
	var stopErr *pool.StopError
	if !errors.As(err, &stopErr) {
		t.Fatalf("Stop: %v, want a StopError", err)
	}
	if !errors.Is(err, cause) || stopErr.NeverRun.Count != neverRun || stopErr.Running.Count != running {
		t.Errorf("Stop: %v, want cause %v, %d that never ran, %d still running", err, cause, neverRun, running)
	}
	return stopErr
}

func TestStopDrainsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tasks = 100
		p := startedPool(t, pool.Config{Workers: 2, ShutdownTimeout: time.Hour})
		var ran atomic.Int32
		for range tasks {
			require.NoError(t, p.Submit(taskOf(func() { time.Sleep(time.Second); ran.Add(1) })))
		}
		begin := time.Now()
		assert.NoError(t, p.Stop(context.Background()))
		if n, d := ran.Load(), time.Since(begin); n != tasks || d != tasks/2*time.Second {
			t.Errorf("%d tasks ran in %v, want %d in %d s", n, d, tasks, tasks/2)
		}
		s := p.Stats()
		assert.Zero(t, s.Goroutines, "after Stop: %+v", s)
		assert.Equal(t, int64(tasks), s.CompletedTasks, "after Stop: %+v", s)
	})
}

// Goal: waiting submitters are woken and refused while the running tasks still run:
// ants#141, ants#202, where they waited forever.
func TestStopWakesBlockedSubmitters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const submitters = 20
		p := startedPool(t, pool.Config{Workers: 1, QueueSize: 1})
		release := keepBusy(t, p, 1)
		require.NoError(t, p.TrySubmit(emptyTask))
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		ways := []func() error{
			func() error { return p.Submit(emptyTask) },
			func() error { return p.SubmitFunc(func(context.Context) error { return nil }) },
			func() error { return p.SubmitContext(ctx, emptyTask) },
			func() error { _, err := p.SubmitWait(ctx, emptyTask); return err },
			func() error { _, err := p.SubmitBatch([]pool.Task{emptyTask, emptyTask}); return err },
			func() error { _, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil }); return err },
			func() error {
				g := pool.NewGroup(p)
				g.Go(func(context.Context) error { return nil })
				return g.Wait()
			},
		}
		refused := make(chan error, submitters*len(ways))
		for range submitters {
			for _, submit := range ways {
				go func() { refused <- submit() }()
			}
		}
		synctest.Wait()
		if len(refused) != 0 {
			t.Fatalf("%d submitters did not wait for room: %v", len(refused), <-refused)
		}
		stopped := make(chan error, 1)
		go func() { stopped <- p.Stop(context.Background()) }()
		synctest.Wait()
		require.Len(t, refused, cap(refused), "submitters came back while the task ran")
		for range cap(refused) {
			assert.ErrorIs(t, <-refused, pool.ErrStopped, "a blocked submitter")
		}
		s := p.Stats()
		assert.Equal(t, 1, s.RunningTasks, s)
		assert.Equal(t, 1, s.QueuedTasks, s)
		release()
		assert.NoError(t, <-stopped)
		s = p.Stats()
		assert.Equal(t, int64(2), s.SubmittedTasks, s)
		assert.Equal(t, int64(2), s.CompletedTasks, s)
		assert.Equal(t, int64(cap(refused)), s.RejectedTasks, s)
	})
}

// Goal: once Stop began, everything is refused, also from inside the tasks for which it
// waits and from the callbacks of tasks that it hands back.
func TestStopRefusesAllFromItsBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1, QueueSize: 10})
		refused := func(ctx context.Context, where string) {
			for name, submit := range map[string]func() error{
				"Submit":        func() error { return p.Submit(emptyTask) },
				"SubmitFunc":    func() error { return p.SubmitFunc(func(context.Context) error { return nil }) },
				"TrySubmit":     func() error { return p.TrySubmit(emptyTask) },
				"SubmitContext": func() error { return p.SubmitContext(ctx, emptyTask) },
				"SubmitWait":    func() error { _, err := p.SubmitWait(ctx, emptyTask); return err },
				"SubmitBatch":   func() error { _, err := p.SubmitBatch([]pool.Task{emptyTask}); return err },
				"Start":         func() error { return p.Start(ctx) },
				"Go": func() error {
					_, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil }, pool.WithTaskContext(ctx))
					return err
				},
				"Group": func() error {
					g := pool.NewGroup(p, pool.WithGroupContext(ctx))
					g.Go(func(context.Context) error { return nil })
					return g.Wait()
				},
			} {
				assert.ErrorIs(t, submit(), pool.ErrStopped, "%s %s", name, where)
			}
		}
		stopping := make(chan struct{})
		require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
			<-stopping
			refused(ctx, "inside a task that Stop waits for")
			<-ctx.Done()
			return nil
		}))
		synctest.Wait()
		calls := 0
		require.NoError(t, p.Submit(pool.NewTask(func(context.Context) (any, error) { return nil, nil },
			pool.WithTaskCallback(func(r pool.Result) {
				calls++
				refused(context.Background(), "in a callback during Stop")
				assert.ErrorIs(t, r.Error, pool.ErrStopped, "the task that never ran: %+v", r)
				assert.True(t, r.StartedAt.IsZero(), "the task that never ran: %+v", r)
			}))))
		ctx, cancel := context.WithCancel(context.Background())
		stopped := make(chan error, 1)
		go func() { stopped <- p.Stop(ctx) }()
		synctest.Wait()
		refused(context.Background(), "while Stop waits")
		close(stopping)
		synctest.Wait()
		cancel()
		<-stopped
		assert.Equal(t, 1, calls, "the callback was called %d times", calls)
		refused(context.Background(), "after Stop")
		assert.Error(t, p.Stop(context.Background()), "a later Stop forgot the task that never ran")
	})
}

// Goal: the StopError has the cause, and counts and names the tasks that never ran and
// those that still run.
func TestStopErrorNamesWhatWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 3})
		gate := make(chan struct{})
		wait := func(context.Context) (any, error) { <-gate; return nil, nil }
		submit := func(task pool.Task) {
			require.NoError(t, p.Submit(task))
		}
		submit(pool.NewTask(wait, pool.WithTaskID("runs-no-record")))
		submit(pool.NewTask(wait, pool.WithTaskID("runs-recorded"), pool.WithTaskTimeout(time.Hour)))
		submit(pool.TaskFunc(wait)) // has no id
		synctest.Wait()
		submit(pool.NewTask(wait, pool.WithTaskID("waits-no-record")))
		submit(pool.NewTask(wait, pool.WithTaskID("waits-recorded"), pool.WithTaskCallback(func(pool.Result) {})))
		submit(pool.TaskFunc(wait))
		cancelled, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil }, pool.WithTaskID("cancelled"))
		require.NoError(t, err)
		require.True(t, cancelled.Cancel(), "a queued task could not be cancelled")

		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		stopErr := wantStopError(t, p.Stop(ctx), context.DeadlineExceeded, 3, 3)
		ids := func(l pool.TaskList) string {
			slices.Sort(l.IDs)
			made := func(id string) bool { return strings.HasPrefix(id, "task-") } // for those without
			return strings.Join(slices.DeleteFunc(slices.Clone(l.IDs), made), " ")
		}
		assert.Equal(t, "waits-no-record waits-recorded", ids(stopErr.NeverRun))
		assert.Equal(t, "runs-no-record runs-recorded", ids(stopErr.Running), "still running")
		assert.Equal(t, context.DeadlineExceeded, stopErr.Unwrap())
		close(gate)
		later := wantStopError(t, p.Stop(context.Background()), context.DeadlineExceeded, 3, 0)
		got, want := ids(later.NeverRun), ids(stopErr.NeverRun)
		assert.Equal(t, want, got, "the later Stop names other tasks than the first")
		s := p.Stats()
		assert.Equal(t, int64(3), s.DroppedTasks, s)
		assert.Equal(t, int64(1), s.CancelledTasks, s)
		assert.Equal(t, int64(3), s.CompletedTasks, s)
	})
}

func TestStopErrorMessageIsShort(t *testing.T) {
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = fmt.Sprint("id-", i)
	}
	for _, test := range []struct {
		err  pool.StopError
		want string
	}{
		{
			pool.StopError{Cause: context.Canceled, Running: pool.TaskList{Count: 1}},
			"pool: stop: context canceled: 0 tasks never ran, 1 task still running",
		},
		{
			pool.StopError{Cause: context.Canceled, NeverRun: pool.TaskList{Count: 2, IDs: []string{"a", "b"}}, Running: pool.TaskList{Count: 2, IDs: []string{"c"}}},
			"pool: stop: context canceled: 2 tasks (a, b) never ran, 2 tasks (c, …) still running",
		},
		{
			pool.StopError{Cause: pool.ErrNotStarted, NeverRun: pool.TaskList{Count: 1000, IDs: ids}},
			"pool: stop: pool: not started: 1000 tasks (id-0, id-1, id-2, id-3, id-4, …) never ran, 0 tasks still running",
		},
	} {
		assert.Equal(t, test.want, test.err.Error())
	}
}

// Goal: at the end of the grace, tasks that have not started are handed back before
// running tasks see the end: none of them runs, even if workers become free. The same
// holds for the end of the context given to Start.
//
// Method: the running tasks derive many contexts from theirs. A cancellation ends a
// task's context first and the derived ones after it, so the canceller takes long,
// while workers are free already.
func TestEndOfGraceStartsNothing(t *testing.T) {
	for round := range scaled(100) {
		ctx, cancel := context.WithCancel(context.Background())
		p := newPool(pool.Config{Workers: 4})
		require.NoError(t, p.Start(ctx))
		var entered, late atomic.Int32
		var derived [4][1000]context.CancelFunc
		for i := range derived {
			require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
				for j := range derived[i] {
					_, derived[i][j] = context.WithCancel(ctx)
				}
				entered.Add(1)
				<-ctx.Done()
				return nil
			}))
		}
		spinUntil(func() bool { return entered.Load() == 4 })
		for range 20 {
			require.NoError(t, p.Submit(taskOf(func() { late.Add(1) })))
		}
		if round%2 == 0 {
			_ = p.Stop(endedContext())
		} else {
			cancel()
			spinUntil(func() bool { return p.Stats().Goroutines == 0 })
		}
		wantStopError(t, p.Stop(context.Background()), context.Canceled, 20, 0)
		require.Zero(t, late.Load(), "round %d: tasks started after the end of the grace", round)
		cancel()
		for i := range derived {
			for _, cancel := range derived[i] {
				cancel()
			}
		}
	}
}

// Goal: each of many concurrent Stops returns by its own context. The first context to
// end ends the grace for all, and all report the same tasks.
func TestStopFromManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1})
		gate := make(chan struct{})
		var cause atomic.Value
		require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
			<-ctx.Done()
			cause.Store(context.Cause(ctx))
			<-gate
			return nil
		}))
		synctest.Wait()
		for i := range 3 {
			require.NoError(t, p.Submit(pool.NewTask(func(context.Context) (any, error) { return nil, nil }, pool.WithTaskID(fmt.Sprint(i)))))
		}
		begin := time.Now()
		var wg sync.WaitGroup
		for _, d := range []time.Duration{1, 2, 3, 10} {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), d*time.Second)
				defer cancel()
				err := p.Stop(ctx)
				want, running := d*time.Second, 1
				if d == 10 {
					want, running = 5*time.Second, 0 // the function has returned
				}
				got := time.Since(begin)
				assert.Equal(t, want, got, "the Stop with %d s came back after %v", d, got)
				stopErr := wantStopError(t, err, context.DeadlineExceeded, 3, running)
				if got := strings.Join(stopErr.NeverRun.IDs, " "); got != "0 1 2" {
					t.Errorf("the Stop with %d s reports %s", d, got)
				}
			})
		}
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if cause.Load() != nil {
			t.Error("the task was cancelled within the grace")
		}
		time.Sleep(time.Second)
		if cause.Load() != context.DeadlineExceeded {
			t.Errorf("the task was cancelled with %v, want DeadlineExceeded, after the first Stop's time", cause.Load())
		}
		time.Sleep(3500 * time.Millisecond)
		close(gate)
		wg.Wait()
		stopErr := wantStopError(t, p.Stop(endedContext()), context.DeadlineExceeded, 3, 0)
		stopErr.NeverRun.IDs[0] = "changed"
		assert.Equal(t, "0", wantStopError(t, p.Stop(endedContext()), context.DeadlineExceeded, 3, 0).NeverRun.IDs[0],
			"two Stops share one list of ids")
	})
}

// Goal: a Stop after an expired one waits for tasks that still run. If nothing was lost
// by then, it returns nil.
func TestStopAfterAnExpiredOneWaitsForTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 2})
		release := keepBusy(t, p, 2)
		wantStopError(t, p.Stop(endedContext()), context.Canceled, 0, 2)
		time.AfterFunc(time.Minute, release)
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		assert.NoError(t, p.Stop(ctx), "Stop, with nothing lost")
		d := time.Since(begin)
		assert.Equal(t, time.Minute, d, "it came back after %v", d)
		s := p.Stats()
		assert.Zero(t, s.Goroutines, s)
		assert.Equal(t, int64(2), s.CompletedTasks, s)
	})
}

func TestStopAgainIsNil(t *testing.T) {
	p := startedPool(t, pool.Config{Workers: 2})
	require.NoError(t, p.Submit(emptyTask))
	for range 3 {
		assert.NoError(t, p.Stop(context.Background()))
	}
	assert.NoError(t, p.Stop(endedContext()), "Stop with an ended context, with nothing left")
}

// Goal: a Stop whose context has ended reports a task only if there is one: a worker
// that has just ended its task does not still run it.
func TestExpiredStopOfAnIdlePoolIsNil(t *testing.T) {
	for range scaled(5000) {
		p := startedPool(t, pool.Config{Workers: 2})
		if _, err := p.SubmitWait(context.Background(), emptyTask); err != nil {
			t.Fatal(err)
		}
		if err := p.Stop(endedContext()); err != nil {
			t.Fatalf("Stop: %v, though the only task had its outcome", err)
		}
		if n := p.Stats().Goroutines; n != 0 {
			t.Fatalf("%d goroutines after Stop returned nil", n)
		}
	}
}

// Goal: Stop and WaitContext inside a task return an error at once, whatever kind of
// context the task has; pond and workerpool hang.
func TestStopInsideATaskIsErrInsideTask(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 2})
	other := livePool(t, pool.Config{Workers: 1})
	type key struct{}
	inside := func(ctx context.Context) error {
		derived, cancel := context.WithTimeout(context.WithValue(ctx, key{}, 1), time.Hour)
		defer cancel()
		for _, ctx := range []context.Context{ctx, derived, context.WithoutCancel(ctx)} {
			if err := p.Stop(ctx); !errors.Is(err, pool.ErrInsideTask) {
				return fmt.Errorf("Stop: %w", err)
			}
			if err := p.WaitContext(ctx); !errors.Is(err, pool.ErrInsideTask) {
				return fmt.Errorf("WaitContext: %w", err)
			}
		}
		return nil
	}
	ctx := context.WithValue(context.Background(), key{}, 0)
	for name, run := range map[string]func() error{
		"recordless": func() error {
			got := make(chan error, 1)
			if err := p.SubmitFunc(func(ctx context.Context) error { got <- inside(ctx); return nil }); err != nil {
				return err
			}
			return <-got
		},
		"recorded": func() error {
			_, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, inside(ctx) }))
			return err
		},
		"nested in a task of another pool": func() error {
			_, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (any, error) {
				return other.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, inside(ctx) }))
			}))
			return err
		},
		"nested": func() error {
			_, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (any, error) {
				return p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, inside(ctx) }))
			}))
			return err
		},
	} {
		assert.NoError(t, run(), name)
	}
	assert.NoError(t, p.Submit(emptyTask), "the pool was stopped by a Stop that was refused")
	// The task of one pool may stop another.
	_, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, other.Stop(ctx) }))
	assert.NoError(t, err, "Stop of another pool inside a task")
}

// Goal: a Stop inside a task that cannot be recognized as such ends at ShutdownTimeout.
func TestUnknownStopInsideATaskEndsAtShutdownTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1, ShutdownTimeout: time.Minute})
		begin := time.Now()
		_, err := p.SubmitWait(context.Background(), pool.TaskFunc(func(context.Context) (any, error) {
			return nil, p.Stop(context.Background())
		}))
		wantStopError(t, err, context.DeadlineExceeded, 0, 1)
		d := time.Since(begin)
		assert.Equal(t, time.Minute, d, "it came back after %v", d)
	})
}

// Goal: Stop before Start hands back queued tasks, and runs nothing.
func TestStopBeforeStartHandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 2})
		fail := taskOf(func() { t.Error("a task ran in a pool that was never started") })
		require.NoError(t, p.Submit(fail))
		var got []error
		require.NoError(t, p.Submit(pool.NewTask(fail.Execute, pool.WithTaskID("kept"),
			pool.WithTaskCallback(func(r pool.Result) { got = append(got, r.Error) }))))
		f, err := pool.Go(p, func(context.Context) (int, error) { t.Error("a future's task ran"); return 0, nil })
		require.NoError(t, err)
		stopErr := wantStopError(t, p.Stop(context.Background()), pool.ErrNotStarted, 3, 0)
		assert.Contains(t, stopErr.NeverRun.IDs, "kept")
		if len(got) != 1 || !errors.Is(got[0], pool.ErrStopped) {
			t.Errorf("the callback got %v, want ErrStopped once", got)
		}
		_, err = f.Wait(context.Background())
		assert.ErrorIs(t, err, pool.ErrStopped, "the future")
		wantStopError(t, p.Stop(context.Background()), pool.ErrNotStarted, 3, 0)
		s := p.Stats()
		assert.Equal(t, int64(3), s.SubmittedTasks, s)
		assert.Equal(t, int64(3), s.DroppedTasks, s)
		assert.Zero(t, s.QueuedTasks, s)
		assert.Zero(t, s.Goroutines, s)
		assert.ErrorIs(t, p.Submit(emptyTask), pool.ErrStopped, "Submit afterwards")
	})
}

func TestStopOfAnEmptyPoolBeforeStartIsNil(t *testing.T) {
	p := newPool(pool.Config{})
	for range 2 {
		assert.NoError(t, p.Stop(context.Background()))
	}
}

// Goal: Stop waits for a task that its submitter runs itself, and reports it.
func TestStopWaitsForTheCallersRuns(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Second} { // with one the run is overdue
		synctest.Test(t, func(t *testing.T) {
			p := startedPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.CallerRuns))
			release := keepBusy(t, p, 1)
			require.NoError(t, p.TrySubmit(emptyTask))
			gate := make(chan struct{})
			var returned atomic.Bool
			go func() {
				_ = p.Submit(pool.NewTask(func(context.Context) (any, error) {
					<-gate
					returned.Store(true)
					return nil, nil
				}, pool.WithTaskID("inline"), pool.WithTaskTimeout(timeout)))
			}()
			synctest.Wait()
			release()
			time.Sleep(2 * time.Second)
			stopErr := wantStopError(t, p.Stop(endedContext()), context.Canceled, 0, 1)
			assert.Equal(t, "inline", strings.Join(stopErr.Running.IDs, " "), "still running")
			time.AfterFunc(time.Second, func() { close(gate) })
			assert.NoError(t, p.Stop(context.Background()), "Stop, with nothing lost")
			assert.True(t, returned.Load(), "Stop came back before the function did")
		})
	}
}

// Goal: Stop waits for a function that still runs after its task timed out, and names
// it.
func TestStopWaitsForOverdueFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1})
		var returned atomic.Bool
		f, err := pool.Go(p, func(context.Context) (int, error) {
			time.Sleep(time.Minute)
			returned.Store(true)
			return 0, nil
		}, pool.WithTaskTimeout(time.Second), pool.WithTaskID("late"))
		require.NoError(t, err)
		_, err = f.Wait(context.Background())
		assert.ErrorIs(t, err, context.DeadlineExceeded, "outcome")
		stopErr := wantStopError(t, p.Stop(endedContext()), context.Canceled, 0, 1)
		assert.Equal(t, "late", strings.Join(stopErr.Running.IDs, " "), "still running")
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		assert.NoError(t, p.Stop(ctx))
		assert.True(t, returned.Load(), "Stop came back before the function did")
	})
}

// Goal: Stop returns nil only after every outcome was given in full. It also waits for
// a callback on the goroutine of a timer or of a canceller, even if no worker is left.
func TestStopWaitsForCallbacksElsewhere(t *testing.T) {
	for _, by := range []string{"timer", "canceller"} {
		synctest.Test(t, func(t *testing.T) {
			p := startedPool(t, pool.Config{Workers: 1})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			release := func() {}
			if by == "canceller" {
				release = keepBusy(t, p, 1)
			}
			inCallback, gate := make(chan struct{}), make(chan struct{})
			var over atomic.Bool
			require.NoError(t, p.SubmitContext(ctx, pool.NewTask(
				func(ctx context.Context) (any, error) { <-ctx.Done(); return nil, nil },
				pool.WithTaskTimeout(time.Second),
				pool.WithTaskCallback(func(pool.Result) {
					close(inCallback)
					<-gate
					over.Store(true)
				}))))
			if by == "canceller" {
				cancel()
			}
			<-inCallback
			release()
			synctest.Wait() // no function runs any more
			wantStopError(t, p.Stop(endedContext()), context.Canceled, 0, 1)
			time.AfterFunc(time.Second, func() { close(gate) })
			assert.NoError(t, p.Stop(context.Background()), "%s: Stop, with nothing lost", by)
			assert.True(t, over.Load(), "%s: Stop came back before the callback did", by)
		})
	}
}

// Goal: all expired Stops report the same tasks, even though one of them hands the
// tasks back.
//
// Method: the first callback takes long.
func TestConcurrentExpiredStopsReportTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1})
		release := keepBusy(t, p, 1)
		gate := make(chan struct{})
		for range 5 {
			require.NoError(t, p.Submit(pool.NewTask(emptyTask.Execute, pool.WithTaskCallback(func(pool.Result) { <-gate }))))
		}
		stopped := make(chan error, 3)
		for range cap(stopped) {
			go func() { stopped <- p.Stop(endedContext()) }()
			synctest.Wait()
		}
		if len(stopped) != 0 {
			t.Errorf("a Stop came back before all tasks were handed back: %v", <-stopped)
		}
		close(gate)
		for range cap(stopped) {
			wantStopError(t, <-stopped, context.Canceled, 5, 1)
		}
		release()
	})
}

// Goal: a Stop that still has time waits for the tasks that the end of another one's
// grace hands back.
//
// Method: the callback of the task handed back takes long, while the worker has ended
// already.
func TestStopWaitsForWhatAnotherHandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1})
		release := keepBusy(t, p, 1)
		gate := make(chan struct{})
		require.NoError(t, p.Submit(pool.NewTask(emptyTask.Execute, pool.WithTaskCallback(func(pool.Result) { <-gate }))))
		stopped := make(chan error, 2)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
			defer cancel()
			stopped <- p.Stop(ctx)
		}()
		synctest.Wait()
		go func() { stopped <- p.Stop(endedContext()) }()
		synctest.Wait()
		release()
		synctest.Wait()
		assert.Zero(t, p.Stats().Goroutines, "the worker should have left while the callback runs")
		if len(stopped) != 0 {
			t.Errorf("Stop came back before the callback did: %v", <-stopped)
		}
		close(gate)
		for range 2 {
			wantStopError(t, <-stopped, context.Canceled, 1, 0)
		}
	})
}
