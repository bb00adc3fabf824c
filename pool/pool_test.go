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

	"github.com/user/millrace/pool"
)

func TestStartAgainIsErrStarted(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 1})
	for range 2 {
		if err := p.Start(context.Background()); !errors.Is(err, pool.ErrStarted) {
			t.Errorf("second Start: %v, want ErrStarted", err)
		}
	}
	if _, err := p.SubmitWait(context.Background(), emptyTask); err != nil {
		t.Errorf("after a second Start: %v", err)
	}
}

func TestStartAfterStopIsErrStopped(t *testing.T) {
	for _, started := range []bool{true, false} {
		p := newPool(pool.Config{Workers: 1})
		if started {
			if err := p.Start(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Stop(context.Background()); err != nil {
			t.Fatalf("Stop: %v", err)
		}
		if err := p.Start(context.Background()); !errors.Is(err, pool.ErrStopped) {
			t.Errorf("Start after Stop (started before: %v): %v, want ErrStopped", started, err)
		}
	}
}

// Goal: of many Starts at once one wins, and with Stops among them each call has
// one of its answers and the pool ends.
func TestStartBesideStartAndStop(t *testing.T) {
	for range scaled(2000) {
		p := newPool(pool.Config{Workers: 2})
		if err := p.Submit(emptyTask); err != nil {
			t.Fatal(err)
		}
		var won, lost atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				switch err := p.Start(context.Background()); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, pool.ErrStarted) && !errors.Is(err, pool.ErrStopped):
					t.Errorf("Start: %v", err)
				}
			})
		}
		for range 2 {
			wg.Go(func() {
				err := p.Stop(context.Background())
				var stopErr *pool.StopError
				switch {
				case errors.As(err, &stopErr) && stopErr.NeverRun.Count == 1:
					lost.Add(1)
				case err != nil:
					t.Errorf("Stop: %v", err)
				}
			})
		}
		wg.Wait()
		s := p.Stats()
		switch won.Load() {
		case 0:
			if lost.Load() != 2 || s.DroppedTasks != 1 {
				t.Fatalf("never started: %d Stops told of the task, want 2; %+v", lost.Load(), s)
			}
		case 1:
			if lost.Load() != 0 || s.CompletedTasks != 1 {
				t.Fatalf("started: %d Stops told of a lost task, want 0; %+v", lost.Load(), s)
			}
		default:
			t.Fatalf("%d Starts succeeded", won.Load())
		}
	}
}

// Goal: before Start tasks are accepted up to the bound, and run after it; what
// could only wait is refused.
func TestBeforeStartTasksAreKeptUpToTheBound(t *testing.T) {
	const size = 5
	var ran atomic.Int32
	count := taskOf(func() { ran.Add(1) })
	for _, policy := range []pool.Overflow{pool.Block, pool.Reject, pool.DropNewest, pool.CallerRuns} {
		ran.Store(0)
		p := newPool(pool.Config{Workers: 2, QueueSize: size}, pool.WithOverflow(policy))
		for range size {
			if err := p.Submit(count); err != nil {
				t.Fatalf("policy %d: Submit before Start: %v", policy, err)
			}
		}
		if err := p.TrySubmit(count); !errors.Is(err, pool.ErrQueueFull) {
			t.Errorf("policy %d: TrySubmit to a full queue before Start: %v, want ErrQueueFull", policy, err)
		}
		want := map[pool.Overflow]error{
			pool.Block: pool.ErrNotStarted, pool.Reject: pool.ErrQueueFull,
			pool.DropNewest: pool.ErrDropped, pool.CallerRuns: pool.ErrNotStarted,
		}[policy]
		if err := p.Submit(count); !errors.Is(err, want) {
			t.Errorf("policy %d: Submit to a full queue before Start: %v, want %v", policy, err, want)
		}
		if n, err := p.SubmitBatch([]pool.Task{count}); n != 0 || !errors.Is(err, want) {
			t.Errorf("policy %d: SubmitBatch to a full queue before Start: %d, %v, want %v", policy, n, err, want)
		}
		if err := p.SubmitContext(t.Context(), count); !errors.Is(err, want) {
			t.Errorf("policy %d: SubmitContext to a full queue before Start: %v, want %v", policy, err, want)
		}
		if _, err := p.SubmitWait(t.Context(), count); !errors.Is(err, pool.ErrNotStarted) {
			t.Errorf("policy %d: SubmitWait before Start: %v, want ErrNotStarted", policy, err)
		}
		if s := p.Stats(); s.QueuedTasks != size || s.SubmittedTasks != size || s.RejectedTasks != 5 || s.Goroutines != 0 {
			t.Errorf("policy %d: %+v, want %d queued, 5 rejected, no goroutine", policy, s, size)
		}
		if err := p.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := p.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := ran.Load(); n != size {
			t.Errorf("policy %d: %d of the tasks accepted before Start ran, want %d", policy, n, size)
		}
	}
}

// Goal: the end of the context given to Start stops the pool: pond#61, pond#138,
// where queued tasks kept their waiters for ever.
//
// Method: one task runs and heeds its context, N wait in the queue, each with a
// waiter of another kind.
func TestEndOfStartContextResolvesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const queued = 50
		ctx, cancel := context.WithCancel(context.Background())
		p := newPool(pool.Config{Workers: 1, QueueSize: queued})
		if err := p.Start(ctx); err != nil {
			t.Fatal(err)
		}
		cause := errors.New("not seen")
		running, err := pool.Go(p, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			cause = ctx.Err()
			return 7, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		var ran atomic.Int32
		var mu sync.Mutex
		var outcomes []error
		var futures []*pool.Future[int]
		for i := range queued {
			if i%2 == 0 {
				err = p.Submit(pool.NewTask(func(context.Context) (any, error) { ran.Add(1); return nil, nil },
					pool.WithTaskCallback(func(r pool.Result) {
						mu.Lock()
						outcomes = append(outcomes, r.Error)
						mu.Unlock()
					})))
			} else {
				var f *pool.Future[int]
				f, err = pool.Go(p, func(context.Context) (int, error) { ran.Add(1); return 0, nil })
				futures = append(futures, f)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		blocked := make(chan error, 1)
		go func() { blocked <- p.Submit(emptyTask) }()
		synctest.Wait()

		cancel()
		if err := p.Wait(); err != nil {
			t.Errorf("Wait: %v; the callbacks and futures have heard of every error", err)
		}
		if v, err := running.Wait(context.Background()); v != 7 || err != nil {
			t.Errorf("the running task: %d, %v, want 7", v, err)
		}
		if !errors.Is(cause, context.Canceled) {
			t.Errorf("the running task saw %v, want context.Canceled", cause)
		}
		for _, f := range futures {
			if _, err := f.Wait(context.Background()); !errors.Is(err, pool.ErrStopped) {
				t.Errorf("a queued task's future: %v, want ErrStopped", err)
			}
		}
		if len(outcomes) != queued/2 {
			t.Errorf("%d callbacks, want %d", len(outcomes), queued/2)
		}
		for _, err := range outcomes {
			if !errors.Is(err, pool.ErrStopped) {
				t.Errorf("a queued task's outcome: %v, want ErrStopped", err)
			}
		}
		if err := <-blocked; !errors.Is(err, pool.ErrStopped) {
			t.Errorf("the blocked submitter: %v, want ErrStopped", err)
		}
		if n := ran.Load(); n != 0 {
			t.Errorf("%d of the queued tasks ran", n)
		}
		if err := p.Submit(emptyTask); !errors.Is(err, pool.ErrStopped) {
			t.Errorf("Submit afterwards: %v, want ErrStopped", err)
		}
		if err := p.Start(context.Background()); !errors.Is(err, pool.ErrStopped) {
			t.Errorf("Start afterwards: %v, want ErrStopped", err)
		}
		err = p.Stop(context.Background())
		var stopErr *pool.StopError
		if !errors.As(err, &stopErr) || !errors.Is(err, context.Canceled) || stopErr.NeverRun.Count != queued || stopErr.Running.Count != 0 {
			t.Errorf("Stop afterwards: %v, want a StopError of %d that never ran", err, queued)
		}
	})
}

func TestStartWithEndedContextStopsThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 1})
		if err := p.Start(endedContext()); err != nil {
			t.Fatalf("Start: %v", err)
		}
		synctest.Wait()
		if err := p.Submit(emptyTask); !errors.Is(err, pool.ErrStopped) {
			t.Errorf("Submit: %v, want ErrStopped", err)
		}
		if err := p.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v; nothing was lost", err)
		}
	})
}

// Goal: a deadline of the context given to Start is one of the pool, exactly.
func TestDeadlineOfStartContextStopsThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		p := newPool(pool.Config{Workers: 1})
		if err := p.Start(ctx); err != nil {
			t.Fatal(err)
		}
		v, err := p.SubmitWait(context.Background(), pool.TaskFunc(func(ctx context.Context) (any, error) {
			<-ctx.Done()
			return time.Since(begin), context.Cause(ctx)
		}))
		if v != time.Minute || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the task's context ended after %v with %v", v, err)
		}
		synctest.Wait()
		if err := p.Submit(emptyTask); !errors.Is(err, pool.ErrStopped) {
			t.Errorf("Submit: %v, want ErrStopped", err)
		}
	})
}

// Goal: a whole life in a bubble: tasks of every kind, timers, blocked and
// cancelled submitters, resizing, and an end that leaves nothing.
func TestWholeLifeInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		p := newPool(pool.Config{Workers: 2, QueueSize: 2, TaskTimeout: time.Second})
		if err := p.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		for i := range 10 { // five rounds of a second each
			if err := p.SubmitFunc(func(ctx context.Context) error {
				<-ctx.Done()
				return fmt.Errorf("task %d: %w", i, ctx.Err())
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Wait(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait: %v, want the tasks' timeouts", err)
		}
		if d := time.Since(begin); d != 5*time.Second {
			t.Errorf("10 tasks that time out after 1 s took 2 workers %v, want 5 s", d)
		}
		release := keepBusy(t, p, 2)
		for range 2 {
			if err := p.TrySubmit(emptyTask); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		err := p.SubmitContext(ctx, emptyTask)
		if !errors.Is(err, pool.ErrNotStarted) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a submitter that gave up waiting: %v", err)
		}
		p.Resize(3)
		synctest.Wait()
		if s := p.Stats(); s.QueuedTasks != 0 || s.RunningTasks != 2 || s.Goroutines != 3 {
			t.Errorf("after Resize: %+v, want an empty queue and 2 running of 3", s)
		}
		release()
		if err := p.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
}
