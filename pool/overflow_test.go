package pool_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// fullPool returns a pool of one worker, busy until release is called, and with
// no room left for two queued tasks.
func fullPool(t *testing.T, policy pool.Overflow) (p *pool.WorkerPool, release func()) {
	p = startPool(t, pool.Config{Workers: 1, QueueSize: 2}, pool.WithOverflow(policy))
	release = busyWorker(t, p)
	fill(t, p, 2)
	return p, release
}

func TestBlockWaitsForRoom(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p, release := fullPool(t, pool.Block)
			var ran tally
			answered := async(func() error { return sub.submit(p, background, ran.body) })
			synctest.Wait()
			if len(answered) != 0 {
				t.Fatalf("it did not wait: %v", <-answered)
			}
			s := p.Stats()
			assert.Equal(t, int64(3), s.SubmittedTasks, "accepted without room: %+v", s)
			release()
			require.NoError(t, <-answered)
			require.NoError(t, p.Wait())
			ran.want(t, 1)
		})
	})
}

func TestRejectAnswersQueueFull(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.Reject)
		var ran tally
		assert.ErrorIs(t, sub.submit(p, background, ran.body), pool.ErrQueueFull)
		s := p.Stats()
		assert.Equal(t, int64(1), s.RejectedTasks, s)
		assert.Equal(t, int64(3), s.SubmittedTasks, s)
		assert.Zero(t, s.DroppedTasks, s)
		release()
		require.NoError(t, p.Wait())
		ran.want(t, 0)
		require.NoError(t, sub.submit(p, background, ran.body)) // ants#239: room again, so accepted again
		require.NoError(t, p.Wait())
		ran.want(t, 1)
	})
}

func TestDropNewestGivesUpTheSubmittedTask(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.DropNewest)
		var ran tally
		assert.ErrorIs(t, sub.submit(p, background, ran.body), pool.ErrDropped)
		s := p.Stats()
		assert.Equal(t, int64(1), s.RejectedTasks, s)
		assert.Equal(t, int64(3), s.SubmittedTasks, s)
		assert.Zero(t, s.DroppedTasks, s)
		release()
		require.NoError(t, p.Wait())
		ran.want(t, 0)
	})
}

func TestDropOldestReplacesTheOldest(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 2}, pool.WithOverflow(pool.DropOldest))
			release := busyWorker(t, p)
			var oldest, second, ran tally
			require.NoError(t, p.SubmitFunc(oldest.body))
			require.NoError(t, p.SubmitFunc(second.body))
			answered := async(func() error { return sub.submit(p, background, ran.body) })
			synctest.Wait()
			if !sub.waits && len(answered) == 0 {
				t.Fatal("it waits")
			}
			s := p.Stats()
			assert.Equal(t, int64(1), s.DroppedTasks, s)
			assert.Equal(t, 2, s.QueuedTasks, s)
			assert.Equal(t, int64(4), s.SubmittedTasks, s)
			assert.Zero(t, s.RejectedTasks, s)
			release()
			require.NoError(t, <-answered)
			assert.ErrorIs(t, p.Wait(), pool.ErrDropped, "Wait returns the error of the dropped task")
			oldest.want(t, 0)
			second.want(t, 1)
			ran.want(t, 1)
		})
	})
}

// Goal: the waiter of a dropped task gets its outcome, however it was submitted.
func TestDropOldestResolvesTheVictim(t *testing.T) {
	victims := map[string]func(p *pool.WorkerPool, ran *tally) (outcome <-chan error){
		"callback": func(p *pool.WorkerPool, ran *tally) <-chan error {
			outcome := make(chan error, 1)
			if err := p.Submit(asTask(ran.body, pool.WithTaskCallback(func(r pool.Result) {
				if r.Value != nil || r.Duration != 0 || !r.StartedAt.IsZero() || r.TaskID == "" {
					outcome <- errors.New("not the Result of a task that never ran")
					return
				}
				outcome <- r.Error
			}))); err != nil {
				outcome <- err
			}
			return outcome
		},
		"Go": func(p *pool.WorkerPool, ran *tally) <-chan error {
			f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, ran.body(ctx) })
			return async(func() error {
				if err == nil {
					_, err = f.Wait(background)
				}
				return err
			})
		},
		"SubmitWait": func(p *pool.WorkerPool, ran *tally) <-chan error {
			return async(func() error {
				_, err := p.SubmitWait(background, asTask(ran.body))
				return err
			})
		},
		"Group": func(p *pool.WorkerPool, ran *tally) <-chan error {
			g := pool.NewGroup(p)
			g.Go(ran.body)
			return async(g.Wait)
		},
	}
	for name, victim := range victims {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.DropOldest))
				release := busyWorker(t, p)
				var dropped, ran tally
				outcome := victim(p, &dropped)
				synctest.Wait() // it stands in the queue
				require.NoError(t, p.SubmitFunc(ran.body))
				assert.ErrorIs(t, <-outcome, pool.ErrDropped)
				release()
				require.NoError(t, p.Wait()) // the victim's error had an owner
				dropped.want(t, 0)
				ran.want(t, 1)
			})
		})
	}
}

func TestDropOldestDropsNoMoreThanNeeded(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 3}, pool.WithOverflow(pool.DropOldest))
	release := busyWorker(t, p)
	tasks, ran := batch(batchKinds["mixed"], 10)
	for _, task := range tasks {
		require.NoError(t, p.Submit(task))
	}
	s := p.Stats()
	assert.Equal(t, int64(7), s.DroppedTasks, s)
	assert.Equal(t, 3, s.QueuedTasks, s)
	release()
	_ = p.Wait()
	if !slices.Equal(ran(), []int{7, 8, 9}) {
		t.Errorf("ran %v, want the newest three", ran())
	}
}

// A slot in the queue whose task was cancelled is the first to be freed.
func TestDropOldestFreesCancelledSlotsFirst(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 2}, pool.WithOverflow(pool.DropOldest))
	release := busyWorker(t, p)
	f, err := pool.Go(p, func(context.Context) (int, error) { return 1, nil })
	require.NoError(t, err)
	require.True(t, f.Cancel(), "Cancel reports false")
	var ran tally
	require.NoError(t, p.SubmitFunc(ran.body))
	require.NoError(t, p.SubmitFunc(ran.body))
	s := p.Stats()
	assert.Zero(t, s.DroppedTasks, s)
	assert.Equal(t, int64(1), s.CancelledTasks, s)
	assert.Equal(t, 2, s.QueuedTasks, s)
	release()
	require.NoError(t, p.Wait())
	ran.want(t, 2)
}

func TestDropOldestWorksBeforeStart(t *testing.T) {
	p := newPool(pool.Config{Workers: 1, QueueSize: 2}, pool.WithOverflow(pool.DropOldest))
	tasks, ran := batch(batchKinds["recordless"], 5)
	n, err := p.SubmitBatch(tasks)
	require.NoError(t, err)
	require.Equal(t, 5, n)
	require.NoError(t, p.Start(background))
	assert.ErrorIs(t, p.Wait(), pool.ErrDropped)
	assert.Equal(t, []int{3, 4}, ran())
	stopPool(t, p)
}

func TestCallerRunsOnTheCallersGoroutine(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.CallerRuns)
		caller, runner := goid(), ""
		require.NoError(t, sub.submit(p, background, func(ctx context.Context) error {
			runner = goid()
			s := p.Stats()
			assert.Equal(t, 2, s.RunningTasks, "while it runs: %+v", s)
			assert.Equal(t, 1, s.ActiveWorkers, "while it runs: %+v", s)
			return ctx.Err()
		}))
		assert.Equal(t, caller, runner, "ran on another goroutine than the caller's")
		s := p.Stats()
		assert.Equal(t, int64(1), s.CompletedTasks, s)
		assert.Equal(t, int64(4), s.SubmittedTasks, s)
		assert.Equal(t, 2, s.QueuedTasks, s)
		release()
		require.NoError(t, p.Wait())
	})
}

func TestCallerRunsIsWaitedForByStop(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p, release := fullPool(t, pool.CallerRuns)
			leave := make(chan struct{})
			answered := async(func() error {
				return sub.submit(p, background, func(context.Context) error { <-leave; return nil })
			})
			synctest.Wait()
			release()
			stopped := async(func() error { return p.Stop(background) })
			synctest.Wait()
			if len(stopped) != 0 {
				t.Fatalf("Stop did not wait: %v", <-stopped)
			}
			close(leave)
			require.NoError(t, <-stopped)
			require.NoError(t, <-answered)
			s := p.Stats()
			assert.Equal(t, int64(4), s.CompletedTasks, s)
		})
	})
}

func TestCallerRunsErrorsReachTheirOwner(t *testing.T) {
	bad := errors.New("bad")
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.CallerRuns)
		err := sub.submit(p, background, func(context.Context) error { return bad })
		release()
		heard := p.Wait()
		switch {
		case sub.waits && (err != bad || heard != nil):
			t.Errorf("it returned %v, Wait %v", err, heard)
		case !sub.waits && err != nil:
			t.Errorf("it was accepted and returned %v", err)
		case strings.HasPrefix(sub.name, "Submit") && !sub.waits && sub.name != "SubmitBatchOfRecords" && !errors.Is(heard, bad):
			t.Errorf("Wait returned %v", heard)
		}
		s := p.Stats()
		assert.Equal(t, int64(1), s.FailedTasks, s)
	})
}

func TestCallerRunsContainsPanics(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.CallerRuns)
		err := sub.submit(p, background, func(context.Context) error { panic("boom") })
		release()
		if heard := p.Wait(); sub.waits {
			err = errors.Join(err, heard)
			pe := new(pool.PanicError)
			assert.ErrorAs(t, err, &pe)
		} else {
			require.NoError(t, err)
		}
		s := p.Stats()
		assert.Equal(t, int64(1), s.FailedTasks, s)
		assert.Zero(t, s.ContainedPanics, s)
	})
}

// runtime.Goexit ends the caller, as it would without a pool. The task has its outcome
// anyway.
func TestCallerRunsGoexitEndsTheCaller(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.CallerRuns)
		exits(func() {
			_ = sub.submit(p, background, func(context.Context) error {
				runtime.Goexit()
				return nil
			})
			t.Error("the caller continues")
		})
		s := p.Stats()
		assert.Equal(t, int64(1), s.FailedTasks, s)
		assert.Equal(t, 1, s.RunningTasks, s)
		release()
		_ = p.Wait()
	})
}

func TestCallerRunsAfterStopIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, release := fullPool(t, pool.CallerRuns)
		stopped := async(func() error { return p.Stop(background) })
		synctest.Wait()
		var ran tally
		for _, sub := range submissions {
			assert.ErrorIs(t, sub.submit(p, background, ran.body), pool.ErrStopped)
		}
		release()
		require.NoError(t, <-stopped)
		ran.want(t, 0)
	})
}

func TestTrySubmitAnswersQueueFullUnderEachPolicy(t *testing.T) {
	for policy := pool.Block; policy <= pool.CallerRuns; policy++ {
		p, release := fullPool(t, policy)
		var ran tally
		assert.ErrorIs(t, p.TrySubmit(pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, ran.body(ctx) })), pool.ErrQueueFull)
		assert.ErrorIs(t, p.TrySubmit(asTask(ran.body, pool.WithTaskCallback(func(pool.Result) { t.Error("it has an outcome") }))), pool.ErrQueueFull)
		s := p.Stats()
		assert.Equal(t, int64(2), s.RejectedTasks, "policy %d: %+v", policy, s)
		assert.Zero(t, s.DroppedTasks, "policy %d: %+v", policy, s)
		assert.Equal(t, int64(3), s.SubmittedTasks, "policy %d: %+v", policy, s)
		release()
		_ = p.Wait()
		ran.want(t, 0)
	}
}
