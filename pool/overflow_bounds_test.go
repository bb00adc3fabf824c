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

// fillUp submits by TrySubmit until the queue is full and returns how many tasks
// were accepted.
func fillUp(t *testing.T, p *pool.WorkerPool) (accepted int) {
	t.Helper()
	for {
		switch err := p.TrySubmit(emptyTask); {
		case errors.Is(err, pool.ErrQueueFull):
			return accepted
		case err != nil:
			t.Fatalf("TrySubmit: %v", err)
		}
		accepted++
	}
}

// Goal: with QueueSize n and all workers busy, exactly n tasks are accepted, for any
// number of workers and so of rings, repeatedly.
func TestBoundIsExact(t *testing.T) {
	for _, size := range []int{1, 2, 3, 5, 64, 1000} {
		for _, workers := range []int{1, 2, 8} {
			p := livePool(t, pool.Config{Workers: workers, QueueSize: size})
			for range 3 {
				release := keepBusy(t, p, workers)
				assert.Equal(t, size, fillUp(t, p), "size %d, %d workers: tasks accepted", size, workers)
				assert.Equal(t, size, p.Stats().QueuedTasks, "size %d, %d workers: QueuedTasks", size, workers)
				release()
				require.NoError(t, p.Wait())
			}
		}
	}
}

// Goal: the bound holds for all ways to submit together, and SubmitBatch accepts as
// many as fit.
func TestBoundIsExactForBatches(t *testing.T) {
	for _, size := range []int{1, 2, 3, 5, 64} {
		p := livePool(t, pool.Config{Workers: 8, QueueSize: size}, pool.WithOverflow(pool.Reject))
		release := keepBusy(t, p, 8)
		tasks := make([]pool.Task, 2*size)
		for i := range tasks {
			tasks[i] = emptyTask
		}
		n, err := p.SubmitBatch(tasks)
		assert.ErrorIs(t, err, pool.ErrQueueFull)
		assert.Equal(t, size, n)
		n = fillUp(t, p)
		assert.Zero(t, n, "size %d: TrySubmit accepted %d more", size, n)
		release()
	}
}

// Goal: the bound is as exact when many submit concurrently.
func TestBoundIsExactForManySubmitters(t *testing.T) {
	for round := range scaled(500) {
		size := round%17 + 1
		p := newPool(pool.Config{Workers: 8, QueueSize: size})
		var accepted atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range size {
					if err := p.TrySubmit(emptyTask); err == nil {
						accepted.Add(1)
					} else if !errors.Is(err, pool.ErrQueueFull) {
						t.Errorf("TrySubmit: %v", err)
					}
				}
			})
		}
		wg.Wait()
		require.Equal(t, size, int(accepted.Load()), "size %d: tasks accepted", size)
	}
}

// Goal: a task called off in the queue keeps its slot until a worker passes it. Then
// the whole bound is available again.
func TestCancelledTasksFreeTheirSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 10
		p := livePool(t, pool.Config{Workers: 1, QueueSize: size})
		for range 3 {
			release := keepBusy(t, p, 1)
			ctx, cancel := context.WithCancel(context.Background())
			for range size {
				require.NoError(t, p.SubmitContext(ctx, emptyTask))
			}
			cancel()
			synctest.Wait()
			assert.Zero(t, p.Stats().QueuedTasks, "tasks queued after all were called off")
			assert.Zero(t, fillUp(t, p), "tasks accepted while the worker has passed none")
			release()
			_ = p.Wait()
			synctest.Wait()
			release = keepBusy(t, p, 1)
			assert.Equal(t, size, fillUp(t, p), "tasks accepted afterwards")
			release()
			_ = p.Wait()
		}
	})
}

// Goal: submitters that gave up waiting occupy no room: failsafe#393, where a permit
// was given to a waiter that had left.
func TestCancelledWaitersLeaveTheFullCapacity(t *testing.T) {
	const size, crowd = 5, 100
	p := livePool(t, pool.Config{Workers: 2, QueueSize: size})
	release := keepBusy(t, p, 2)
	require.Equal(t, size, fillUp(t, p), "tasks accepted")
	var ran, accepted atomic.Int64
	count := taskOf(func() { ran.Add(1) })
	for range scaled(100_000) / crowd {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Go(func() {
				if i == crowd/2 {
					cancel()
				}
				err := p.SubmitContext(ctx, count)
				if err == nil {
					accepted.Add(1)
				} else if !errors.Is(err, pool.ErrNotStarted) || !errors.Is(err, context.Canceled) {
					t.Errorf("SubmitContext: %v", err)
				}
			})
		}
		wg.Wait()
		cancel()
	}
	assert.Zero(t, accepted.Load(), "tasks accepted by a full queue")
	release()
	_ = p.Wait()
	release = keepBusy(t, p, 2)
	assert.Equal(t, size, fillUp(t, p), "tasks accepted afterwards")
	release()
}

// Goal: the same while workers make room: accepted tasks run, tasks of submitters that
// gave up do not, and no room is lost.
func TestCancelledWaitersWhileWorkersMakeRoom(t *testing.T) {
	const size, crowd = 3, 50
	p := livePool(t, pool.Config{Workers: 2, QueueSize: size})
	var ran, accepted atomic.Int64
	for range scaled(40_000) / crowd {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Go(func() {
				if i == crowd-1 {
					cancel()
				}
				err := p.SubmitContext(ctx, pool.NewTask(func(context.Context) (any, error) { ran.Add(1); return nil, nil },
					pool.WithTaskCallback(func(r pool.Result) {
						if r.Error != nil {
							accepted.Add(-1) // called off in the queue
						}
					})))
				if err == nil {
					accepted.Add(1)
				}
			})
		}
		wg.Wait()
		cancel()
	}
	_ = p.Wait()
	assert.Equal(t, accepted.Load(), ran.Load(), "tasks ran, %d were accepted and not called off", accepted.Load())
	release := keepBusy(t, p, 2)
	assert.Equal(t, size, fillUp(t, p), "tasks accepted afterwards")
	release()
}

// Goal: a waiting submitter is admitted as soon as a worker takes a task, even if that
// task and the other worker's keep running.
func TestTakingATaskAdmitsABlockedSubmitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 1, QueueSize: 1})
		for range 20 {
			first := keepBusy(t, p, 1)
			gate := make(chan struct{})
			require.NoError(t, p.TrySubmit(taskOf(func() { <-gate })))
			in := make(chan error, 1)
			go func() { in <- p.Submit(emptyTask) }()
			synctest.Wait()
			require.Empty(t, in, "a submitter did not wait for room")
			first() // the worker takes the second task, which runs on
			synctest.Wait()
			select {
			case err := <-in:
				assert.NoError(t, err, "Submit")
			default:
				t.Fatal("there is room, and the submitter still waits")
			}
			close(gate)
			_ = p.Wait()
		}
	})
}

// Goal: a submitter that is woken while it gives up passes the wake on: the next one is
// admitted.
//
// Method: both wait. Then room is made and the first is cancelled, at the same time.
func TestSubmitterThatGivesUpPassesItsWakeOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 1, QueueSize: 1})
		for range scaled(5000) {
			release := keepBusy(t, p, 1)
			if err := p.TrySubmit(emptyTask); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			go func() { _ = p.SubmitContext(ctx, emptyTask) }()
			synctest.Wait()
			in := make(chan error, 1)
			go func() { in <- p.Submit(emptyTask) }()
			synctest.Wait()
			go release()
			cancel()
			if err := <-in; err != nil {
				t.Error(err)
			}
			_ = p.Wait()
		}
	})
}

// Goal: many waiting submitters are all admitted while the worker runs one task after
// the other, first come first served if the queue is one ring.
func TestBlockedSubmittersAreAdmittedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 50
		p := livePool(t, pool.Config{Workers: 1, QueueSize: 1})
		release := keepBusy(t, p, 1)
		require.NoError(t, p.TrySubmit(emptyTask))
		var order []int // written by the one worker
		for i := range n {
			go func() {
				assert.NoError(t, p.Submit(taskOf(func() { order = append(order, i) })))
			}()
			synctest.Wait()
		}
		release()
		synctest.Wait()
		require.Len(t, order, n, "tasks ran")
		for i, got := range order {
			require.Equal(t, i, got, "order %v", order)
		}
	})
}

// Goal: after an overload and a drain the next TrySubmit succeeds and runs:
// ants#239, ants#313.
func TestTrySubmitSucceedsAfterAnOverload(t *testing.T) {
	for range scaled(2000) {
		p := livePool(t, pool.Config{Workers: 2, QueueSize: 4})
		release := keepBusy(t, p, 2)
		fillUp(t, p)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { _ = p.Submit(emptyTask) })
		}
		release()
		wg.Wait()
		require.NoError(t, p.Wait())
		ran := make(chan struct{})
		require.NoError(t, p.TrySubmit(taskOf(func() { close(ran) })), "TrySubmit after the drain")
		<-ran
		require.NoError(t, p.Stop(context.Background()))
	}
}

// Goal: with a queue of 5 and many bursts of 300 tasks from one goroutine, the last
// submitted task runs even if nothing follows: pond#108, pond#115.
//
// Method: a pause follows every burst, so each has a last submitted task.
func TestLastSubmitAfterBurstsRuns(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		p := livePool(t, pool.Config{Workers: workers, QueueSize: 5})
		var ran atomic.Int64
		want := int64(0)
		for range scaled(500) {
			for range 300 {
				if err := p.SubmitFunc(func(context.Context) error { ran.Add(1); return nil }); err != nil {
					t.Fatal(err)
				}
			}
			last := make(chan struct{})
			require.NoError(t, p.Submit(taskOf(func() { close(last) })))
			<-last
			want += 300
		}
		_ = p.Wait()
		assert.Equal(t, want, ran.Load(), "%d workers: tasks ran", workers)
	}
}

// Goal: one of two tasks waits for the other, so both must run at once: two concurrent
// wakes do not merge into one.
func TestTwoTasksAtOnceHaveTwoWorkers(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 2})
	for round := range scaled(100_000) {
		met, over := make(chan struct{}), make(chan struct{})
		waits := taskOf(func() { <-met; close(over) })
		meets := taskOf(func() { close(met) })
		switch round % 3 {
		case 0:
			_, err := p.SubmitBatch([]pool.Task{waits, meets})
			if err != nil {
				t.Fatal(err)
			}
		case 1:
			go func() { _ = p.Submit(meets) }()
			if err := p.Submit(waits); err != nil {
				t.Fatal(err)
			}
		default:
			if err := errors.Join(p.Submit(waits), p.Submit(meets)); err != nil {
				t.Fatal(err)
			}
		}
		<-over
	}
}

// Goal: tasks that panic or end their goroutine at the same time leave the pool with
// workers: ants#146 waited for a tick of 10 s.
//
// Method: in a bubble, in which no time passes.
func TestTasksThatCrashAtOnceAllEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		p := livePool(t, pool.Config{Workers: 1})
		for _, crash := range []func(){func() { panic("crash") }, runtime.Goexit} {
			var ended atomic.Int32
			for range 5 {
				go func() {
					_, err := p.SubmitWait(context.Background(), taskOf(crash))
					assert.Error(t, err, "a task that crashed has no error")
					ended.Add(1)
				}()
			}
			synctest.Wait()
			assert.Equal(t, int32(5), ended.Load(), "tasks ended")
		}
		assert.Zero(t, time.Since(begin))
	})
}

// Goal: by the pool's gauge and by the tasks' own count, at most as many run as there
// are workers, at every size.
func TestNoMoreTasksRunThanWorkers(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8} {
		p := livePool(t, pool.Config{Workers: workers, QueueSize: 16})
		var inside, most atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range scaled(1000) {
					_ = p.SubmitFunc(func(context.Context) error {
						raise(&most, inside.Add(1))
						runtime.Gosched()
						inside.Add(-1)
						return nil
					})
				}
			})
		}
		wg.Wait()
		_ = p.Wait()
		assert.LessOrEqual(t, most.Load(), int64(workers), "tasks ran at once with %d workers", workers)
	}
}

// raise makes most at least n.
func raise(most *atomic.Int64, n int64) {
	for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
	}
}
