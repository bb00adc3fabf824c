package pool_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// balanced checks the law of Stats at a moment when nothing moves.
func balanced(t *testing.T, where string, s pool.Stats) {
	t.Helper()
	sum := s.CompletedTasks + s.FailedTasks + s.DroppedTasks + s.CancelledTasks + int64(s.QueuedTasks+s.RunningTasks+s.WaitingRetries)
	if s.SubmittedTasks != sum {
		t.Errorf("%s: %d tasks submitted, but the columns add up to %d: %+v", where, s.SubmittedTasks, sum, s)
	}
}

// Goal: when nothing moves, each column is exact, and all add up.
//
// Method: in a bubble, one step after the other.
func TestStatsAreExactWhenNothingMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 2, QueueSize: 4}, pool.WithOverflow(pool.DropOldest),
			pool.WithPanicHandler(func(any) { panic("the handler's own") }))
		want := pool.Stats{Workers: 2}
		check := func(where string) {
			t.Helper()
			synctest.Wait()
			got := p.Stats()
			balanced(t, where, got)
			got.TotalDuration, got.Parks, got.Steals = 0, 0, 0 // of other tests
			assert.Equal(t, want, got, where)
		}
		submit := func(f func(ctx context.Context) error, opts ...pool.TaskOption) {
			t.Helper()
			require.NoError(t, p.Submit(pool.NewTask(func(ctx context.Context) (any, error) { return nil, f(ctx) }, opts...)))
			want.SubmittedTasks++
		}
		nothing := func(context.Context) error { return nil }
		check("before anything")

		submit(nothing)
		want.QueuedTasks = 1
		check("queued before Start")

		require.NoError(t, p.Start(context.Background()))
		want.QueuedTasks, want.CompletedTasks = 0, 1
		synctest.Wait()
		want.Goroutines = p.Stats().Goroutines
		if want.Goroutines < 1 || want.Goroutines > 2 {
			t.Errorf("%d goroutines, want 1 or 2: the worker, and one to be woken", want.Goroutines)
		}
		check("started")

		gate := make(chan struct{})
		submit(func(context.Context) error { <-gate; return nil })
		want.RunningTasks, want.ActiveWorkers = 1, 1
		synctest.Wait()
		want.Goroutines = max(want.Goroutines, p.Stats().Goroutines)
		check("one running")

		submit(func(context.Context) error { <-gate; return nil }, pool.WithTaskTimeout(time.Second))
		want.RunningTasks, want.ActiveWorkers, want.Goroutines = 2, 2, 2
		check("two running")

		time.Sleep(2 * time.Second)
		want.RunningTasks, want.OverdueTasks, want.FailedTasks = 1, 1, 1
		check("one overdue")

		for range 4 {
			submit(nothing)
		}
		want.QueuedTasks = 4
		check("a full queue")

		submit(nothing)
		want.DroppedTasks = 1
		check("the oldest dropped")

		assert.ErrorIs(t, p.TrySubmit(emptyTask), pool.ErrQueueFull)
		want.RejectedTasks = 1
		check("one rejected")

		p.Resize(5)
		want.Workers, want.QueuedTasks, want.CompletedTasks = 5, 0, 5
		synctest.Wait()
		want.Goroutines = p.Stats().Goroutines
		assert.GreaterOrEqual(t, want.Goroutines, 3)
		assert.LessOrEqual(t, want.Goroutines, 5)
		check("grown")

		p.Resize(2)
		want.Workers, want.Goroutines = 2, 2
		check("shrunk")

		ctx, cancel := context.WithCancel(context.Background())
		require.NoError(t, p.SubmitContext(ctx, emptyTask))
		want.SubmittedTasks++
		want.QueuedTasks = 1
		check("one to be called off")
		cancel()
		want.QueuedTasks, want.CancelledTasks = 0, 1
		check("called off")

		close(gate)
		want.RunningTasks, want.OverdueTasks, want.ActiveWorkers, want.CompletedTasks = 0, 0, 0, 6
		check("all ended")

		submit(func(context.Context) error { return errors.New("an error") })
		submit(func(context.Context) error { panic("a panic") })
		submit(func(context.Context) error { runtime.Goexit(); return nil })
		submit(nothing, pool.WithTaskCallback(func(pool.Result) { panic("the callback's own") }))
		want.FailedTasks += 3
		want.PanickedTasks = 1
		want.CompletedTasks++
		want.ContainedPanics = 2 // the handler and the callback
		synctest.Wait()
		want.Goroutines = p.Stats().Goroutines
		check("four kinds of ends")

		_, err := p.SubmitWait(context.Background(), pool.TaskFunc(func(ctx context.Context) (any, error) {
			return p.SubmitWait(ctx, taskOf(func() {
				want.SubmittedTasks += 2
				want.RunningTasks, want.ActiveWorkers = 2, 1
				s := p.Stats()
				s.TotalDuration, s.Parks, s.Steals, want.Goroutines = 0, 0, 0, s.Goroutines
				balanced(t, "inside a nested task", s)
				assert.Equal(t, want, s, "inside a nested task")
			}))
		}))
		assert.NoError(t, err)
		want.RunningTasks, want.ActiveWorkers = 0, 0
		want.CompletedTasks += 2
		check("nested")

		gate = make(chan struct{})
		for range 2 {
			submit(func(context.Context) error { <-gate; return nil })
		}
		synctest.Wait()
		for range 3 {
			submit(nothing)
		}
		stopped := make(chan error, 1)
		go func() { stopped <- p.Stop(endedContext()) }()
		wantStopError(t, <-stopped, context.Canceled, 3, 2)
		want.DroppedTasks += 3
		want.RunningTasks, want.ActiveWorkers, want.Goroutines = 2, 2, 2
		check("stopped with two running")

		assert.ErrorIs(t, p.Submit(emptyTask), pool.ErrStopped)
		want.RejectedTasks++
		close(gate)
		want.CompletedTasks += 2
		want.RunningTasks, want.ActiveWorkers, want.Goroutines = 0, 0, 0
		check("all over")
	})
}

// Goal: TotalDuration is the time workers were busy with tasks, including running ones,
// and not their idle time.
func TestTotalDurationIsTheTimeOfTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 2})
		check := func(where string, want time.Duration) {
			t.Helper()
			synctest.Wait()
			// A worker that just began is a nanosecond behind, because 0 means idle.
			got := p.Stats().TotalDuration
			assert.GreaterOrEqual(t, got, want-2, where)
			assert.LessOrEqual(t, got, want, where)
		}
		check("before any task", 0)
		for range 3 {
			require.NoError(t, p.Submit(taskOf(func() { time.Sleep(time.Minute) })))
		}
		time.Sleep(30 * time.Second)
		check("two running", time.Minute)
		_ = p.Wait()
		check("after three tasks of a minute", 3*time.Minute)
		time.Sleep(time.Hour)
		check("after an idle hour", 3*time.Minute)
		require.NoError(t, p.Submit(taskOf(func() { time.Sleep(time.Second); panic("late") })))
		_ = p.Wait()
		check("after one that panicked", 3*time.Minute+time.Second)
	})
}

// Goal: after a SubmitWait, a Wait or the end of a callback, Stats shows the tasks in
// their columns.
func TestStatsShowsWhatWasWaitedFor(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 2})
	fails := errors.New("fails")
	for i := range int64(scaled(3000)) {
		_, err := p.SubmitWait(context.Background(), emptyTask)
		require.NoError(t, err)
		require.Equal(t, 2*i+1, p.Stats().CompletedTasks, "tasks completed after SubmitWait")
		_ = p.Submit(emptyTask)
		_ = p.SubmitFunc(func(context.Context) error { return fails })
		require.ErrorIs(t, p.Wait(), fails)
		s := p.Stats()
		require.Equal(t, 2*i+2, s.CompletedTasks, "round %d: %+v", i, s)
		require.Equal(t, i+1, s.FailedTasks, "round %d: %+v", i, s)
		require.Equal(t, 3*i+3, s.SubmittedTasks, "round %d: %+v", i, s)
		require.Zero(t, s.QueuedTasks, "round %d: %+v", i, s)
	}
}

// Goal: under a storm no field is negative or beyond its bound, no counter decreases,
// and at most as many tasks are settled as were accepted.
func TestStatsStayWithinBoundsUnderAStorm(t *testing.T) {
	const workers, size, submitters = 4, 8, 8
	for _, policy := range []pool.Overflow{pool.Block, pool.DropOldest, pool.CallerRuns, pool.Reject} {
		p := livePool(t, pool.Config{Workers: workers, QueueSize: size}, pool.WithOverflow(policy))
		var wg, others sync.WaitGroup
		var accepted atomic.Int64
		for i := range submitters {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				n := scaled(1000)
				for j := range n {
					if j == n/2 {
						cancel()
					}
					if submitCounted(p, ctx, new(submissionCount), i+j) == nil {
						accepted.Add(1)
					}
				}
			})
		}
		over := make(chan struct{})
		for range 2 {
			others.Go(func() {
				var last pool.Stats
				for {
					select {
					case <-over:
						return
					default:
					}
					before := accepted.Load() // accepted, and then counted by the test
					s := p.Stats()
					settled := s.CompletedTasks + s.FailedTasks + s.DroppedTasks + s.CancelledTasks
					inline := 0
					if policy == pool.CallerRuns {
						inline = submitters
					}
					switch {
					case s.Workers != workers,
						s.ActiveWorkers < 0 || s.ActiveWorkers > workers,
						s.Goroutines < 1 || s.Goroutines > workers,
						s.QueuedTasks < 0 || s.QueuedTasks > size,
						s.RunningTasks < 0 || s.RunningTasks > workers+inline,
						s.OverdueTasks != 0,
						settled > s.SubmittedTasks,
						s.SubmittedTasks < before,
						s.SubmittedTasks < last.SubmittedTasks, s.CompletedTasks < last.CompletedTasks,
						s.FailedTasks < last.FailedTasks, s.DroppedTasks < last.DroppedTasks,
						s.CancelledTasks < last.CancelledTasks, s.RejectedTasks < last.RejectedTasks,
						s.TotalDuration < 0:
						t.Errorf("policy %d: %+v\nbefore %+v", policy, s, last)
						return
					}
					last = s
					runtime.Gosched()
				}
			})
		}
		wg.Wait()
		_ = p.Wait()
		close(over)
		others.Wait()
		assert.NoError(t, p.Stop(context.Background()))
		s := p.Stats()
		balanced(t, "after the storm", s)
		assert.Equal(t, accepted.Load(), s.SubmittedTasks,
			"policy %d: %d accepted, and %+v", policy, accepted.Load(), s)
		assert.Zero(t, s.RunningTasks, "policy %d: %d accepted, and %+v", policy, accepted.Load(), s)
		assert.Zero(t, s.QueuedTasks, "policy %d: %d accepted, and %+v", policy, accepted.Load(), s)
	}
}
