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

	"github.com/user/millrace/pool"
)

// startedPool returns a started pool that the test itself stops.
func startedPool(t *testing.T, cfg pool.Config, opts ...pool.Option) *pool.WorkerPool {
	t.Helper()
	p := newPool(cfg, opts...)
	if err := p.Start(context.Background()); err != nil {
		t.Fatalf("Start: %v", err)
	}
	return p
}

// wantStopError checks what a Stop that lost something returned.
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
			if err := p.Submit(taskOf(func() { time.Sleep(time.Second); ran.Add(1) })); err != nil {
				t.Fatal(err)
			}
		}
		begin := time.Now()
		if err := p.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
		if n, d := ran.Load(), time.Since(begin); n != tasks || d != tasks/2*time.Second {
			t.Errorf("%d tasks ran in %v, want %d in %d s", n, d, tasks, tasks/2)
		}
		if s := p.Stats(); s.Goroutines != 0 || s.CompletedTasks != tasks {
			t.Errorf("after Stop: %+v", s)
		}
	})
}

// Goal: submitters that wait for room are woken and refused while the tasks they
// wait behind still run: ants#141, ants#202, where they waited for ever.
func TestStopWakesBlockedSubmitters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const submitters = 20
		p := startedPool(t, pool.Config{Workers: 1, QueueSize: 1})
		release := keepBusy(t, p, 1)
		if err := p.TrySubmit(emptyTask); err != nil {
			t.Fatal(err)
		}
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
		if len(refused) != cap(refused) {
			t.Fatalf("%d of %d submitters came back while the task ran", len(refused), cap(refused))
		}
		for range cap(refused) {
			if err := <-refused; !errors.Is(err, pool.ErrStopped) {
				t.Errorf("a blocked submitter: %v, want ErrStopped", err)
			}
		}
		if s := p.Stats(); s.RunningTasks != 1 || s.QueuedTasks != 1 {
			t.Errorf("%+v, want the task still running and one queued", s)
		}
		release()
		if err := <-stopped; err != nil {
			t.Errorf("Stop: %v", err)
		}
		if s := p.Stats(); s.SubmittedTasks != 2 || s.CompletedTasks != 2 || s.RejectedTasks != int64(cap(refused)) {
			t.Errorf("%+v, want 2 tasks completed and %d rejected", s, cap(refused))
		}
	})
}

// Goal: once Stop began everything is refused, also from inside the tasks that it
// waits for and from the callbacks of those that it hands back.
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
				if err := submit(); !errors.Is(err, pool.ErrStopped) {
					t.Errorf("%s %s: %v, want ErrStopped", name, where, err)
				}
			}
		}
		stopping := make(chan struct{})
		if err := p.SubmitFunc(func(ctx context.Context) error {
			<-stopping
			refused(ctx, "inside a task that Stop waits for")
			<-ctx.Done()
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		calls := 0
		if err := p.Submit(pool.NewTask(func(context.Context) (any, error) { return nil, nil },
			pool.WithTaskCallback(func(r pool.Result) {
				calls++
				refused(context.Background(), "in a callback during Stop")
				if !errors.Is(r.Error, pool.ErrStopped) || !r.StartedAt.IsZero() {
					t.Errorf("the task that never ran: %+v", r)
				}
			}))); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		stopped := make(chan error, 1)
		go func() { stopped <- p.Stop(ctx) }()
		synctest.Wait()
		refused(context.Background(), "while Stop waits")
		close(stopping)
		synctest.Wait()
		cancel()
		<-stopped
		if calls != 1 {
			t.Errorf("the callback was called %d times", calls)
		}
		refused(context.Background(), "after Stop")
		if err := p.Stop(context.Background()); err == nil {
			t.Error("a later Stop forgot the task that never ran")
		}
	})
}

// Goal: the StopError has the cause, and counts and names what never ran and what
// still runs.
func TestStopErrorNamesWhatWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 3})
		gate := make(chan struct{})
		wait := func(context.Context) (any, error) { <-gate; return nil, nil }
		submit := func(task pool.Task) {
			if err := p.Submit(task); err != nil {
				t.Fatal(err)
			}
		}
		submit(pool.NewTask(wait, pool.WithTaskID("runs-bare")))
		submit(pool.NewTask(wait, pool.WithTaskID("runs-recorded"), pool.WithTaskTimeout(time.Hour)))
		submit(pool.TaskFunc(wait)) // has no id
		synctest.Wait()
		submit(pool.NewTask(wait, pool.WithTaskID("waits-bare")))
		submit(pool.NewTask(wait, pool.WithTaskID("waits-recorded"), pool.WithTaskCallback(func(pool.Result) {})))
		submit(pool.TaskFunc(wait))
		cancelled, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil }, pool.WithTaskID("cancelled"))
		if err != nil {
			t.Fatal(err)
		}
		if !cancelled.Cancel() {
			t.Fatal("a queued task could not be cancelled")
		}

		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		stopErr := wantStopError(t, p.Stop(ctx), context.DeadlineExceeded, 3, 3)
		ids := func(l pool.TaskList) string {
			slices.Sort(l.IDs)
			made := func(id string) bool { return strings.HasPrefix(id, "task-") } // for those without
			return strings.Join(slices.DeleteFunc(slices.Clone(l.IDs), made), " ")
		}
		if got, want := ids(stopErr.NeverRun), "waits-bare waits-recorded"; got != want {
			t.Errorf("never run: %s, want %s", got, want)
		}
		if got, want := ids(stopErr.Running), "runs-bare runs-recorded"; got != want {
			t.Errorf("still running: %s, want %s", got, want)
		}
		if stopErr.Unwrap() != context.DeadlineExceeded {
			t.Errorf("Unwrap: %v", stopErr.Unwrap())
		}
		close(gate)
		later := wantStopError(t, p.Stop(context.Background()), context.DeadlineExceeded, 3, 0)
		if got, want := ids(later.NeverRun), ids(stopErr.NeverRun); got != want {
			t.Errorf("the later Stop says %s never ran, the first %s", got, want)
		}
		if s := p.Stats(); s.DroppedTasks != 3 || s.CancelledTasks != 1 || s.CompletedTasks != 3 {
			t.Errorf("%+v, want 3 dropped, 1 cancelled, 3 completed", s)
		}
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
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// Goal: at the end of the grace what has not started is handed back before the
// running tasks hear of it: none of it runs, though workers become free. So it is
// with the end of the context given to Start.
//
// Method: the running tasks derive many contexts from theirs. A cancellation ends
// a task's context first and those after it, so whoever cancels is not done for
// long, while workers are free already.
func TestEndOfGraceStartsNothing(t *testing.T) {
	for round := range scaled(100) {
		ctx, cancel := context.WithCancel(context.Background())
		p := newPool(pool.Config{Workers: 4})
		if err := p.Start(ctx); err != nil {
			t.Fatal(err)
		}
		var entered, late atomic.Int32
		var derived [4][1000]context.CancelFunc
		for i := range derived {
			if err := p.SubmitFunc(func(ctx context.Context) error {
				for j := range derived[i] {
					_, derived[i][j] = context.WithCancel(ctx)
				}
				entered.Add(1)
				<-ctx.Done()
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		spinUntil(func() bool { return entered.Load() == 4 })
		for range 20 {
			if err := p.Submit(taskOf(func() { late.Add(1) })); err != nil {
				t.Fatal(err)
			}
		}
		if round%2 == 0 {
			_ = p.Stop(endedContext())
		} else {
			cancel()
			spinUntil(func() bool { return p.Stats().Goroutines == 0 })
		}
		wantStopError(t, p.Stop(context.Background()), context.Canceled, 20, 0)
		if n := late.Load(); n != 0 {
			t.Fatalf("round %d: %d tasks started after the end of the grace", round, n)
		}
		cancel()
		for i := range derived {
			for _, cancel := range derived[i] {
				cancel()
			}
		}
	}
}

// Goal: of many Stops at once each returns by its own context, the first context
// to end ends the grace for all, and all tell of the same tasks.
func TestStopFromManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1})
		gate := make(chan struct{})
		var cause atomic.Value
		if err := p.SubmitFunc(func(ctx context.Context) error {
			<-ctx.Done()
			cause.Store(context.Cause(ctx))
			<-gate
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for i := range 3 {
			if err := p.Submit(pool.NewTask(func(context.Context) (any, error) { return nil, nil }, pool.WithTaskID(fmt.Sprint(i)))); err != nil {
				t.Fatal(err)
			}
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
				if got := time.Since(begin); got != want {
					t.Errorf("the Stop with %d s came back after %v, want %v", d, got, want)
				}
				stopErr := wantStopError(t, err, context.DeadlineExceeded, 3, running)
				if got := strings.Join(stopErr.NeverRun.IDs, " "); got != "0 1 2" {
					t.Errorf("the Stop with %d s tells of %s", d, got)
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
		if again := wantStopError(t, p.Stop(endedContext()), context.DeadlineExceeded, 3, 0); again.NeverRun.IDs[0] != "0" {
			t.Error("two Stops share one list of ids")
		}
	})
}

// Goal: a Stop after an expired one waits for what still runs; if nothing was
// lost by then, it returns nil.
func TestStopAfterAnExpiredOneWaitsForTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 2})
		release := keepBusy(t, p, 2)
		wantStopError(t, p.Stop(endedContext()), context.Canceled, 0, 2)
		time.AfterFunc(time.Minute, release)
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Errorf("Stop: %v; nothing was lost", err)
		}
		if d := time.Since(begin); d != time.Minute {
			t.Errorf("it came back after %v, want a minute", d)
		}
		if s := p.Stats(); s.Goroutines != 0 || s.CompletedTasks != 2 {
			t.Errorf("%+v, want no goroutine and 2 tasks completed", s)
		}
	})
}

func TestStopAgainIsNil(t *testing.T) {
	p := startedPool(t, pool.Config{Workers: 2})
	if err := p.Submit(emptyTask); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := p.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
	if err := p.Stop(endedContext()); err != nil {
		t.Errorf("Stop with an ended context, with nothing left: %v", err)
	}
}

// Goal: a Stop whose context has ended reports a task only if there is one: a
// worker that has just ended its task is not still running it.
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

// Goal: Stop and WaitContext inside a task say so at once, whatever kind of
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
		"bare": func() error {
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
		if err := run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := p.Submit(emptyTask); err != nil {
		t.Errorf("the pool was stopped by a Stop that was refused: %v", err)
	}
	// The task of one pool may stop another.
	_, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, other.Stop(ctx) }))
	if err != nil {
		t.Errorf("Stop of another pool inside a task: %v", err)
	}
}

// Goal: a Stop inside a task that cannot be known as such ends at ShutdownTimeout.
func TestUnknownStopInsideATaskEndsAtShutdownTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1, ShutdownTimeout: time.Minute})
		begin := time.Now()
		_, err := p.SubmitWait(context.Background(), pool.TaskFunc(func(context.Context) (any, error) {
			return nil, p.Stop(context.Background())
		}))
		wantStopError(t, err, context.DeadlineExceeded, 0, 1)
		if d := time.Since(begin); d != time.Minute {
			t.Errorf("it came back after %v, want ShutdownTimeout", d)
		}
	})
}

// Goal: Stop before Start hands back what is queued, and runs nothing.
func TestStopBeforeStartHandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 2})
		fail := taskOf(func() { t.Error("a task ran in a pool that was never started") })
		if err := p.Submit(fail); err != nil {
			t.Fatal(err)
		}
		var got []error
		if err := p.Submit(pool.NewTask(fail.Execute, pool.WithTaskID("kept"),
			pool.WithTaskCallback(func(r pool.Result) { got = append(got, r.Error) }))); err != nil {
			t.Fatal(err)
		}
		f, err := pool.Go(p, func(context.Context) (int, error) { t.Error("a future's task ran"); return 0, nil })
		if err != nil {
			t.Fatal(err)
		}
		stopErr := wantStopError(t, p.Stop(context.Background()), pool.ErrNotStarted, 3, 0)
		if !slices.Contains(stopErr.NeverRun.IDs, "kept") {
			t.Errorf("ids %v", stopErr.NeverRun.IDs)
		}
		if len(got) != 1 || !errors.Is(got[0], pool.ErrStopped) {
			t.Errorf("the callback was told %v, want ErrStopped once", got)
		}
		if _, err := f.Wait(context.Background()); !errors.Is(err, pool.ErrStopped) {
			t.Errorf("the future: %v, want ErrStopped", err)
		}
		wantStopError(t, p.Stop(context.Background()), pool.ErrNotStarted, 3, 0)
		if s := p.Stats(); s.SubmittedTasks != 3 || s.DroppedTasks != 3 || s.QueuedTasks != 0 || s.Goroutines != 0 {
			t.Errorf("%+v, want 3 tasks dropped", s)
		}
		if err := p.Submit(emptyTask); !errors.Is(err, pool.ErrStopped) {
			t.Errorf("Submit afterwards: %v", err)
		}
	})
}

func TestStopOfAnEmptyPoolBeforeStartIsNil(t *testing.T) {
	p := newPool(pool.Config{})
	for range 2 {
		if err := p.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
}

// Goal: Stop waits for a task that its submitter runs itself, and tells of it.
func TestStopWaitsForTheCallersRuns(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Second} { // with one the run is overdue
		synctest.Test(t, func(t *testing.T) {
			p := startedPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.CallerRuns))
			release := keepBusy(t, p, 1)
			if err := p.TrySubmit(emptyTask); err != nil {
				t.Fatal(err)
			}
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
			if got := strings.Join(stopErr.Running.IDs, " "); got != "inline" {
				t.Errorf("still running: %s, want inline", got)
			}
			time.AfterFunc(time.Second, func() { close(gate) })
			if err := p.Stop(context.Background()); err != nil {
				t.Errorf("Stop: %v; nothing was lost", err)
			}
			if !returned.Load() {
				t.Error("Stop came back before the function did")
			}
		})
	}
}

// Goal: Stop waits for a function that runs on after its task timed out, and
// names it.
func TestStopWaitsForOverdueFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1})
		var returned atomic.Bool
		f, err := pool.Go(p, func(context.Context) (int, error) {
			time.Sleep(time.Minute)
			returned.Store(true)
			return 0, nil
		}, pool.WithTaskTimeout(time.Second), pool.WithTaskID("late"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Wait(context.Background()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("outcome %v, want DeadlineExceeded", err)
		}
		stopErr := wantStopError(t, p.Stop(endedContext()), context.Canceled, 0, 1)
		if got := strings.Join(stopErr.Running.IDs, " "); got != "late" {
			t.Errorf("still running: %q, want late", got)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Errorf("Stop: %v", err)
		}
		if !returned.Load() {
			t.Error("Stop came back before the function did")
		}
	})
}

// Goal: Stop returns nil only after every outcome was given in full: a callback
// on the goroutine of a timer or of a canceller is waited for too, though no
// worker is left.
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
			if err := p.SubmitContext(ctx, pool.NewTask(
				func(ctx context.Context) (any, error) { <-ctx.Done(); return nil, nil },
				pool.WithTaskTimeout(time.Second),
				pool.WithTaskCallback(func(pool.Result) {
					close(inCallback)
					<-gate
					over.Store(true)
				}))); err != nil {
				t.Fatal(err)
			}
			if by == "canceller" {
				cancel()
			}
			<-inCallback
			release()
			synctest.Wait() // no function runs any more
			wantStopError(t, p.Stop(endedContext()), context.Canceled, 0, 1)
			time.AfterFunc(time.Second, func() { close(gate) })
			if err := p.Stop(context.Background()); err != nil {
				t.Errorf("%s: Stop: %v; nothing was lost", by, err)
			}
			if !over.Load() {
				t.Errorf("%s: Stop came back before the callback did", by)
			}
		})
	}
}

// Goal: all Stops whose time is up tell of the same tasks, though one of them
// hands the tasks back.
//
// Method: the first callback takes its time.
func TestExpiredStopsAtOnceTellOfTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1})
		release := keepBusy(t, p, 1)
		gate := make(chan struct{})
		for range 5 {
			if err := p.Submit(pool.NewTask(emptyTask.Execute, pool.WithTaskCallback(func(pool.Result) { <-gate }))); err != nil {
				t.Fatal(err)
			}
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

// Goal: a Stop that still has time waits for what another one's end of the grace
// hands back.
//
// Method: the callback of the task handed back takes its time, while the worker
// has left already.
func TestStopWaitsForWhatAnotherHandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1})
		release := keepBusy(t, p, 1)
		gate := make(chan struct{})
		if err := p.Submit(pool.NewTask(emptyTask.Execute, pool.WithTaskCallback(func(pool.Result) { <-gate }))); err != nil {
			t.Fatal(err)
		}
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
		if s := p.Stats(); s.Goroutines != 0 {
			t.Errorf("%d goroutines; the worker should have left while the callback runs", s.Goroutines)
		}
		if len(stopped) != 0 {
			t.Errorf("Stop came back before the callback did: %v", <-stopped)
		}
		close(gate)
		for range 2 {
			wantStopError(t, <-stopped, context.Canceled, 1, 0)
		}
	})
}
