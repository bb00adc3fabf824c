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

func TestStartAgainIsErrStarted(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 1})
	for range 2 {
		assert.ErrorIs(t, p.Start(context.Background()), pool.ErrStarted, "second Start")
	}
	_, err := p.SubmitWait(context.Background(), emptyTask)
	assert.NoError(t, err, "after a second Start")
}

func TestStartAfterStopIsErrStopped(t *testing.T) {
	for _, started := range []bool{true, false} {
		p := newPool(pool.Config{Workers: 1})
		if started {
			require.NoError(t, p.Start(context.Background()))
		}
		require.NoError(t, p.Stop(context.Background()))
		assert.ErrorIs(t, p.Start(context.Background()), pool.ErrStopped,
			"Start after Stop (started before: %v)", started)
	}
}

// Goal: one of many concurrent Starts wins. With Stops among them, each call returns
// one of its possible errors, and the pool ends.
func TestConcurrentStartsAndStops(t *testing.T) {
	for range scaled(2000) {
		p := newPool(pool.Config{Workers: 2})
		require.NoError(t, p.Submit(emptyTask))
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
				t.Fatalf("never started: %d Stops reported the task, want 2; %+v", lost.Load(), s)
			}
		case 1:
			if lost.Load() != 0 || s.CompletedTasks != 1 {
				t.Fatalf("started: %d Stops reported a lost task, want 0; %+v", lost.Load(), s)
			}
		default:
			t.Fatalf("%d Starts succeeded", won.Load())
		}
	}
}

// Goal: before Start, tasks are accepted up to the bound, and run after it. A
// submission that would wait is refused.
func TestBeforeStartTasksAreKeptUpToTheBound(t *testing.T) {
	const size = 5
	var ran atomic.Int32
	count := taskOf(func() { ran.Add(1) })
	for _, policy := range []pool.Overflow{pool.Block, pool.Reject, pool.DropNewest, pool.CallerRuns} {
		ran.Store(0)
		p := newPool(pool.Config{Workers: 2, QueueSize: size}, pool.WithOverflow(policy))
		for range size {
			require.NoError(t, p.Submit(count), "policy %d: Submit before Start", policy)
		}
		assert.ErrorIs(t, p.TrySubmit(count), pool.ErrQueueFull,
			"policy %d: TrySubmit to a full queue before Start", policy)
		want := map[pool.Overflow]error{
			pool.Block: pool.ErrNotStarted, pool.Reject: pool.ErrQueueFull,
			pool.DropNewest: pool.ErrDropped, pool.CallerRuns: pool.ErrNotStarted,
		}[policy]
		assert.ErrorIs(t, p.Submit(count), want, "policy %d: Submit to a full queue before Start", policy)
		if n, err := p.SubmitBatch([]pool.Task{count}); n != 0 || !errors.Is(err, want) {
			t.Errorf("policy %d: SubmitBatch to a full queue before Start: %d, %v, want %v", policy, n, err, want)
		}
		assert.ErrorIs(t, p.SubmitContext(t.Context(), count), want,
			"policy %d: SubmitContext to a full queue before Start", policy)
		_, err := p.SubmitWait(t.Context(), count)
		assert.ErrorIs(t, err, pool.ErrNotStarted, "policy %d: SubmitWait before Start", policy)
		s := p.Stats()
		assert.Equal(t, size, s.QueuedTasks, "policy %d: %+v", policy, s)
		assert.Equal(t, int64(size), s.SubmittedTasks, "policy %d: %+v", policy, s)
		assert.Equal(t, int64(5), s.RejectedTasks, "policy %d: %+v", policy, s)
		assert.Zero(t, s.Goroutines, "policy %d: %+v", policy, s)
		require.NoError(t, p.Start(context.Background()))
		require.NoError(t, p.Stop(context.Background()))
		n := ran.Load()
		assert.Equal(t, int32(size), n, "policy %d: %d of the tasks accepted before Start ran", policy, n)
	}
}

// Goal: the end of the context given to Start stops the pool: pond#61, pond#138, where
// queued tasks kept their waiters forever.
//
// Method: one task runs and obeys its context, N wait in the queue, each with a waiter
// of another kind.
func TestEndOfStartContextResolvesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const queued = 50
		ctx, cancel := context.WithCancel(context.Background())
		p := newPool(pool.Config{Workers: 1, QueueSize: queued})
		require.NoError(t, p.Start(ctx))
		cause := errors.New("not seen")
		running, err := pool.Go(p, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			cause = ctx.Err()
			return 7, nil
		})
		require.NoError(t, err)
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
			require.NoError(t, err)
		}
		blocked := make(chan error, 1)
		go func() { blocked <- p.Submit(emptyTask) }()
		synctest.Wait()

		cancel()
		err = p.Wait()
		assert.NoError(t, err, "Wait: the callbacks and futures have heard of every error")
		v, err := running.Wait(context.Background())
		assert.NoError(t, err, "the running task")
		assert.Equal(t, 7, v, "the running task")
		assert.ErrorIs(t, cause, context.Canceled, "the running task saw %v", cause)
		for _, f := range futures {
			_, err := f.Wait(context.Background())
			assert.ErrorIs(t, err, pool.ErrStopped, "a queued task's future")
		}
		assert.Len(t, outcomes, queued/2, "callbacks")
		for _, err := range outcomes {
			assert.ErrorIs(t, err, pool.ErrStopped, "a queued task's outcome")
		}
		assert.ErrorIs(t, <-blocked, pool.ErrStopped, "the blocked submitter")
		n := ran.Load()
		assert.Zero(t, n, "%d of the queued tasks ran", n)
		assert.ErrorIs(t, p.Submit(emptyTask), pool.ErrStopped, "Submit afterwards")
		assert.ErrorIs(t, p.Start(context.Background()), pool.ErrStopped, "Start afterwards")
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
		require.NoError(t, p.Start(endedContext()))
		synctest.Wait()
		assert.ErrorIs(t, p.Submit(emptyTask), pool.ErrStopped)
		assert.NoError(t, p.Stop(context.Background()), "Stop, with nothing lost")
	})
}

// Goal: a deadline of the context given to Start is a deadline of the pool, exactly.
func TestDeadlineOfStartContextStopsThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		p := newPool(pool.Config{Workers: 1})
		require.NoError(t, p.Start(ctx))
		v, err := p.SubmitWait(context.Background(), pool.TaskFunc(func(ctx context.Context) (any, error) {
			<-ctx.Done()
			return time.Since(begin), context.Cause(ctx)
		}))
		assert.ErrorIs(t, err, context.DeadlineExceeded, "the task's context ended after %v with %v", v, err)
		assert.Equal(t, time.Minute, v, "the task's context ended after %v with %v", v, err)
		synctest.Wait()
		assert.ErrorIs(t, p.Submit(emptyTask), pool.ErrStopped)
	})
}

// Goal: a whole lifecycle works in a bubble: tasks of every kind, timers, blocked and
// cancelled submitters, resizing, and an end that leaves nothing behind.
func TestLifecycleInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		p := newPool(pool.Config{Workers: 2, QueueSize: 2, TaskTimeout: time.Second})
		require.NoError(t, p.Start(context.Background()))
		for i := range 10 { // five rounds of a second each
			require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
				<-ctx.Done()
				return fmt.Errorf("task %d: %w", i, ctx.Err())
			}))
		}
		if err := p.Wait(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait: %v, want the tasks' timeouts", err)
		}
		d := time.Since(begin)
		assert.Equal(t, 5*time.Second, d, "10 tasks that time out after 1 s took 2 workers %v", d)
		release := keepBusy(t, p, 2)
		for range 2 {
			require.NoError(t, p.TrySubmit(emptyTask))
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		err := p.SubmitContext(ctx, emptyTask)
		assert.ErrorIs(t, err, pool.ErrNotStarted, "a submitter that gave up waiting")
		assert.ErrorIs(t, err, context.DeadlineExceeded, "a submitter that gave up waiting")
		p.Resize(3)
		synctest.Wait()
		s := p.Stats()
		assert.Zero(t, s.QueuedTasks, "after Resize: %+v", s)
		assert.Equal(t, 2, s.RunningTasks, "after Resize: %+v", s)
		assert.Equal(t, 3, s.Goroutines, "after Resize: %+v", s)
		release()
		assert.NoError(t, p.Stop(context.Background()))
	})
}
