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

// reports collects the reports of a watchdog.
type reports struct {
	mu   sync.Mutex
	list []pool.LongTask
}

func (r *reports) add(l pool.LongTask) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, l)
}

// want checks which tasks were reported, in order of their ids, and that the stack of
// each is its own.
func (r *reports) want(t *testing.T, ids ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var got []string
	for _, l := range r.list {
		got = append(got, l.TaskID)
		assert.Contains(t, string(l.Stack), "pool_test.sleepOn",
			"the stack of task %q is not its own:\n%s", l.TaskID, l.Stack)
		assert.NotContains(t, string(l.Stack), "\n\n", "the stack of task %q is not its own:\n%s", l.TaskID, l.Stack)
	}
	assert.Equal(t, fmt.Sprintf("%q", ids), fmt.Sprintf("%q", got), "reported tasks")
}

// sleepOn is on the stack of a task that takes long.
//
//go:noinline
func sleepOn(d time.Duration) { time.Sleep(d) }

func sleeping(d time.Duration) func(context.Context) error {
	return func(context.Context) error { sleepOn(d); return nil }
}

// inBubble runs f with a started pool in a bubble. The pool is stopped at the end.
func inBubble(t *testing.T, cfg pool.Config, opts []pool.Option, f func(t *testing.T, p *pool.WorkerPool)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := pool.New(cfg, opts...)
		require.NoError(t, p.Start(background))
		defer stopPool(t, p)
		f(t, p)
	})
}

// Goal: a run that lasts longer is reported once, and no other: with the id of the
// task, for how long it has run, and the stack of its goroutine. This includes bare
// functions.
func TestWatchdogReportsEachLongRunOnce(t *testing.T) {
	var r reports
	opts := []pool.Option{pool.WithWatchdog(time.Second, r.add)}
	inBubble(t, pool.Config{Workers: 4}, opts, func(t *testing.T, p *pool.WorkerPool) {
		require.NoError(t, p.SubmitFunc(sleeping(time.Second)))
		require.NoError(t, p.Submit(asTask(sleeping(900*time.Millisecond), pool.WithTaskID("short"))))
		require.NoError(t, p.Submit(asTask(sleeping(10*time.Second), pool.WithTaskID("long"))))
		require.NoError(t, p.Wait())
		r.want(t, "long")

		require.NoError(t, p.Submit(asTask(sleeping(10*time.Second), pool.WithTaskID("recorded"), pool.WithTaskCallback(func(pool.Result) {}))))
		require.NoError(t, p.Wait())
		require.NoError(t, p.SubmitFunc(sleeping(10*time.Second)))
		require.NoError(t, p.Wait())
		r.want(t, "long", "recorded", "")
		assert.Equal(t, int64(3), p.Stats().LongTasks)
		for _, l := range r.list {
			assert.GreaterOrEqual(t, l.RunningFor, time.Second,
				"%q was reported after %v, want 1 s to 1.25 s", l.TaskID, l.RunningFor)
			assert.LessOrEqual(t, l.RunningFor, 1500*time.Millisecond,
				"%q was reported after %v, want 1 s to 1.25 s", l.TaskID, l.RunningFor)
		}
	})
}

// Goal: a report comes within [after, after + a quarter], at whatever time between two
// checks the run began.
func TestWatchdogReportsInTime(t *testing.T) {
	var reported []time.Time
	opts := []pool.Option{pool.WithWatchdog(time.Second, func(pool.LongTask) { reported = append(reported, time.Now()) })}
	inBubble(t, pool.Config{Workers: 2}, opts, func(t *testing.T, p *pool.WorkerPool) {
		require.NoError(t, p.SubmitFunc(sleeping(time.Minute))) // keeps the checks coming
		for _, pause := range []int{1, 100, 249, 250, 251, 700} {
			time.Sleep(5 * time.Second)
			time.Sleep(time.Duration(pause) * time.Millisecond)
			synctest.Wait()
			reported = nil
			began := time.Now()
			require.NoError(t, p.SubmitFunc(sleeping(2*time.Second)))
			time.Sleep(2 * time.Second)
			synctest.Wait()
			require.Len(t, reported, 1, "reports")
			took := reported[0].Sub(began)
			assert.GreaterOrEqual(t, took, time.Second, "reported %v after its begin", took)
			assert.LessOrEqual(t, took, 1250*time.Millisecond, "reported %v after its begin", took)
		}
	})
}

func TestWatchdogNeedsATime(t *testing.T) {
	for _, after := range []time.Duration{0, -time.Second} {
		err := pool.New(pool.Config{}, pool.WithWatchdog(after, nil)).Validate()
		assert.ErrorIs(t, err, pool.ErrInvalidConfig)
		if err != nil && !strings.Contains(err.Error(), "Watchdog = "+after.String()) {
			t.Errorf("%q does not name the field and its value", err)
		}
	}
}

// Goal: workers that start and end tasks do not delay the next check.
func TestWatchdogChecksWhileWorkersComeAndGo(t *testing.T) {
	var r reports
	opts := []pool.Option{pool.WithWatchdog(time.Second, r.add)}
	inBubble(t, pool.Config{Workers: 2}, opts, func(t *testing.T, p *pool.WorkerPool) {
		require.NoError(t, p.Submit(asTask(sleeping(5*time.Second), pool.WithTaskID("long"))))
		for range 500 {
			time.Sleep(10 * time.Millisecond)
			require.NoError(t, p.SubmitFunc(sleeping(time.Millisecond)))
		}
		require.NoError(t, p.Wait())
		r.want(t, "long")
	})
}

// Goal: the stack is found among those of many goroutines.
func TestWatchdogFindsTheStackAmongMany(t *testing.T) {
	leave := make(chan struct{})
	defer close(leave)
	for range 2000 {
		go func() { <-leave }()
	}
	var r reports
	opts := []pool.Option{pool.WithWatchdog(time.Second, r.add)}
	inBubble(t, pool.Config{Workers: 1}, opts, func(t *testing.T, p *pool.WorkerPool) {
		require.NoError(t, p.SubmitFunc(sleeping(5*time.Second)))
		require.NoError(t, p.Wait())
		r.want(t, "")
	})
}

// Goal: many short runs in a row are not a long run.
func TestWatchdogTellsRunsApart(t *testing.T) {
	opts := []pool.Option{pool.WithRetry(0, 0), pool.WithWatchdog(time.Second, func(l pool.LongTask) {
		t.Errorf("%q was reported:\n%s", l.TaskID, l.Stack)
	})}
	kinds := map[string]func(p *pool.WorkerPool) error{
		"recordless": func(p *pool.WorkerPool) error { return p.SubmitFunc(sleeping(100 * time.Millisecond)) },
		"named":      func(p *pool.WorkerPool) error { return p.Submit(asTask(sleeping(100 * time.Millisecond))) },
		"recorded": func(p *pool.WorkerPool) error {
			return p.SubmitContext(background, asTask(sleeping(100*time.Millisecond), pool.WithTaskCallback(func(pool.Result) {})))
		},
		"overdue": func(p *pool.WorkerPool) error {
			return p.Submit(asTask(sleeping(100*time.Millisecond), pool.WithTaskTimeout(time.Millisecond)))
		},
		"retried": func(p *pool.WorkerPool) error {
			fails := func(context.Context) error { sleepOn(100 * time.Millisecond); return errors.New("again") }
			return p.Submit(asTask(fails, pool.WithTaskRetry(20)))
		},
		"panics": func(p *pool.WorkerPool) error {
			return p.SubmitFunc(func(context.Context) error { sleepOn(100 * time.Millisecond); panic("odd") })
		},
		"goexit": func(p *pool.WorkerPool) error {
			return p.SubmitFunc(func(context.Context) error { sleepOn(100 * time.Millisecond); runtime.Goexit(); return nil })
		},
	}
	for name, submit := range kinds {
		t.Run(name, func(t *testing.T) {
			inBubble(t, pool.Config{Workers: 1}, opts, func(t *testing.T, p *pool.WorkerPool) {
				for range 100 {
					require.NoError(t, submit(p))
				}
				_ = p.Wait()
			})
		})
	}
}

// Goal: runs on the goroutine of a submitter or a waiter are watched, too.
func TestWatchdogSeesRunsOnOtherGoroutines(t *testing.T) {
	var r reports
	opts := []pool.Option{pool.WithWatchdog(time.Second, r.add), pool.WithOverflow(pool.CallerRuns)}
	inBubble(t, pool.Config{Workers: 1, QueueSize: 1}, opts, func(t *testing.T, p *pool.WorkerPool) {
		require.NoError(t, p.SubmitFunc(sleeping(10*time.Second)))
		synctest.Wait()
		require.NoError(t, p.SubmitFunc(sleeping(0))) // fills the queue
		time.Sleep(time.Millisecond)
		require.NoError(t, p.Submit(asTask(sleeping(5*time.Second), pool.WithTaskID("caller's"))))
		require.NoError(t, p.Wait())
		r.want(t, "", "caller's")
	})
}

func TestWatchdogSeesNestedRuns(t *testing.T) {
	var r reports
	opts := []pool.Option{pool.WithWatchdog(time.Second, r.add)}
	inBubble(t, pool.Config{Workers: 1}, opts, func(t *testing.T, p *pool.WorkerPool) {
		outer := func(ctx context.Context) error {
			_, err := p.SubmitWait(ctx, asTask(sleeping(3*time.Second), pool.WithTaskID("inner")))
			return err
		}
		require.NoError(t, p.Submit(asTask(outer, pool.WithTaskID("outer"))))
		require.NoError(t, p.Wait())
		r.want(t, "outer", "inner")
	})
}

// Goal: a run on another goroutine is watched while no worker is busy.
//
// Method: a goroutine that outlives its task waits for another task with its context.
func TestWatchdogSeesARunWhileWorkersAreIdle(t *testing.T) {
	var r reports
	opts := []pool.Option{pool.WithWatchdog(time.Second, r.add)}
	inBubble(t, pool.Config{Workers: 1}, opts, func(t *testing.T, p *pool.WorkerPool) {
		waited := make(chan error)
		require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
			go func() {
				time.Sleep(time.Minute)
				_, err := p.SubmitWait(ctx, asTask(sleeping(5*time.Second), pool.WithTaskID("alone")))
				waited <- err
			}()
			return nil
		}))
		require.NoError(t, <-waited)
		r.want(t, "alone")
	})
}

// Goal: an idle pool has no timer.
//
// Method: with a timer, waiting in a bubble would move its clock, and a test that ends
// with a timer set has a goroutine left.
func TestWatchdogOfAnIdlePoolHasNoTimer(t *testing.T) {
	var reported atomic.Int64
	opts := []pool.Option{pool.WithWatchdog(time.Second, func(pool.LongTask) { reported.Add(1) })}
	inBubble(t, pool.Config{Workers: 2}, opts, func(t *testing.T, p *pool.WorkerPool) {
		assert.False(t, pool.WatchdogPending(p), "a timer is set before the first task")
		for range 3 {
			require.NoError(t, p.SubmitFunc(sleeping(3*time.Second)))
			synctest.Wait()
			assert.True(t, pool.WatchdogPending(p), "no timer is set while a task runs")
			require.NoError(t, p.Wait())
			time.Sleep(251 * time.Millisecond)
			synctest.Wait()
			assert.False(t, pool.WatchdogPending(p), "a timer is set, and nothing runs")
		}
		assert.Equal(t, int64(3), reported.Load(), "reports: the checks begin again with each task")
	})
}

// Goal: Stop does not wait for the next check, and leaves no timer.
func TestWatchdogDoesNotDelayStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.New(pool.Config{}, pool.WithWatchdog(time.Hour, nil))
		require.NoError(t, p.Start(background))
		require.NoError(t, p.SubmitFunc(sleeping(time.Second)))
		began := time.Now()
		require.NoError(t, p.Stop(background))
		took := time.Since(began)
		assert.Equal(t, time.Second, took, "Stop took %v, the task 1 s", took)
		assert.False(t, pool.WatchdogPending(p), "a timer is left after Stop")
	})
}

// Goal: Stop waits for a report in progress, but at most until its context ends, so a
// report may call Stop.
func TestStopWaitsForTheReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		p := pool.New(pool.Config{}, pool.WithWatchdog(time.Second, func(pool.LongTask) {
			time.Sleep(time.Minute)
			ended.Store(true)
		}))
		require.NoError(t, p.Start(background))
		require.NoError(t, p.SubmitFunc(sleeping(2*time.Second)))
		require.NoError(t, p.Wait())
		submitted := time.Now().Add(-2 * time.Second)
		ctx, cancel := context.WithTimeout(background, 10*time.Second)
		defer cancel()
		require.NoError(t, p.Stop(ctx))
		assert.False(t, ended.Load(), "Stop outlasted its context")
		ctx, cancel = context.WithTimeout(background, time.Hour)
		defer cancel()
		require.NoError(t, p.Stop(ctx))
		assert.True(t, ended.Load(), "Stop returned before the report")
		took, want := time.Since(submitted), 61250*time.Millisecond
		assert.Equal(t, want, took, "Stop returned after %v, and the report was over after %v", took, want)
		assert.False(t, pool.WatchdogPending(p), "a timer is left after Stop")
	})
}

func TestReportMayStopThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := make(chan error, 1)
		var p *pool.WorkerPool
		p = pool.New(pool.Config{}, pool.WithWatchdog(time.Second, func(pool.LongTask) {
			stopped <- p.Stop(background)
		}))
		require.NoError(t, p.Start(background))
		require.NoError(t, p.SubmitFunc(sleeping(2*time.Second)))
		require.NoError(t, <-stopped)
	})
}

// Goal: a report that panics or calls runtime.Goexit is contained and counted, and
// later reports are made.
func TestWatchdogOutlivesItsReports(t *testing.T) {
	var calls atomic.Int64
	opts := []pool.Option{pool.WithWatchdog(time.Second, func(pool.LongTask) {
		if calls.Add(1)%2 == 0 {
			panic("the report's own")
		}
		runtime.Goexit()
	})}
	inBubble(t, pool.Config{Workers: 3}, opts, func(t *testing.T, p *pool.WorkerPool) {
		for range 2 {
			for range 3 {
				require.NoError(t, p.SubmitFunc(sleeping(5*time.Second)))
			}
			require.NoError(t, p.Wait())
		}
		if s := p.Stats(); calls.Load() != 6 || s.ContainedPanics != 6 || s.LongTasks != 6 || s.CompletedTasks != 6 {
			t.Errorf("%d reports, want 6: %+v", calls.Load(), s)
		}
	})
}

// Goal: the report is made under no lock: it may call methods of the pool.
func TestReportMayUseThePool(t *testing.T) {
	var p *pool.WorkerPool
	done := make(chan pool.Stats, 1)
	p = startPool(t, pool.Config{Workers: 2}, pool.WithWatchdog(time.Millisecond, func(pool.LongTask) {
		_, err := p.SubmitWait(background, emptyTask)
		assert.NoError(t, err)
		p.Resize(3)
		done <- p.Stats()
	}))
	release := busyWorker(t, p)
	s := <-done
	assert.Equal(t, int64(1), s.LongTasks, s)
	assert.Equal(t, int64(1), s.CompletedTasks, s)
	assert.Equal(t, 3, s.Workers, s)
	release()
}

// Goal: without a report function, long runs are counted.
func TestWatchdogWithoutReportCounts(t *testing.T) {
	opts := []pool.Option{pool.WithWatchdog(time.Second, nil)}
	inBubble(t, pool.Config{}, opts, func(t *testing.T, p *pool.WorkerPool) {
		require.NoError(t, p.SubmitFunc(sleeping(5*time.Second)))
		require.NoError(t, p.Wait())
		assert.Equal(t, int64(1), p.Stats().LongTasks)
	})
}

// Goal: while a task runs, a check is due or in progress; soon after the last task,
// none is.
//
// Method: checks are frequent and the pool becomes idle all the time, so workers wake
// while a check finds no run.
func TestWatchdogIsArmedWhileATaskRuns(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2}, pool.WithWatchdog(time.Microsecond, nil))
	asleep := 0
	for n := range rounds(20_000) {
		if n%100 == 0 {
			spinUntil(func() bool { return !pool.WatchdogPending(p) })
		}
		if _, err := p.SubmitWait(background, taskOf(func() {
			if !pool.WatchdogPending(p) {
				asleep++
			}
		})); err != nil {
			t.Fatal(err)
		}
	}
	assert.Zero(t, asleep, "no check was pending in %d runs", asleep)
}

// Goal: the watchdog keeps nothing alive of a task that it has seen.
func TestWatchdogRetainsNoResult(t *testing.T) {
	collected := make(chan struct{}) // from outside the bubble
	synctest.Test(t, func(t *testing.T) {
		p := pool.New(pool.Config{Workers: 2}, pool.WithWatchdog(time.Hour, nil))
		require.NoError(t, p.Start(background))
		defer stopPool(t, p)
		require.NoError(t, p.SubmitFunc(sleeping(2*time.Hour))) // so that what was seen is kept
		func() {
			f, err := pool.Go(p, func(context.Context) (*[1 << 20]byte, error) {
				sleepOn(20 * time.Minute)
				return new([1 << 20]byte), nil
			})
			require.NoError(t, err)
			result, err := f.Wait(background)
			require.NoError(t, err)
			runtime.AddCleanup(result, func(struct{}) { close(collected) }, struct{}{})
		}()
		runtime.GC()
		<-collected
		require.NoError(t, p.Wait())
	})
}
