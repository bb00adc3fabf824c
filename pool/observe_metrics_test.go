package pool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// A collected is a collector that keeps all results and events.
type collected struct {
	mu     sync.Mutex
	done   []pool.Result
	events []pool.Event
}

func (c *collected) TaskDone(r pool.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = append(c.done, r)
}

func (c *collected) TaskEvent(e pool.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, e)
}

// wantEqual checks that the results and events add up to the Stats of p, and that each
// accepted task was done once.
func (c *collected) wantEqual(t testing.TB, p *pool.WorkerPool) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	s := p.Stats()
	want := map[string]int64{
		"completed": s.CompletedTasks, "failed": s.FailedTasks, "dropped": s.DroppedTasks, "cancelled": s.CancelledTasks,
		"accepted": s.SubmittedTasks, "refused": s.RejectedTasks, "retry": s.Retries,
	}
	got := make(map[string]int64)
	for what := range want {
		got[what] = 0
	}
	times := make(map[string]int)
	for _, r := range c.done {
		got[r.Outcome.String()]++
		times[r.TaskID]--
	}
	for _, e := range c.events {
		got[e.Kind.String()]++
		if e.Kind == pool.EventAccepted {
			times[e.TaskID]++
		}
	}
	assert.Equal(t, want, got, "results and events, and Stats")
	for id, n := range times {
		if n != 0 || id == "" {
			t.Errorf("of the tasks with id %q %d more were accepted than done", id, n)
		}
	}
}

// take returns the results and events since the last take.
func (c *collected) take() (done []pool.Result, events []pool.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	done, events, c.done, c.events = c.done, c.events, nil, nil
	return done, events
}

var errOfTest = errors.New("an error")

// Goal: the collector gets the outcome of each kind of task, equal to the Result, and
// each event.
func TestCollectorGetsEachOutcome(t *testing.T) {
	id := pool.WithTaskID("a task")
	// Each function makes one task, accepted or not. The task has its outcome by the
	// time nothing moves.
	kinds := map[string]struct {
		opts    []pool.Option
		act     func(t *testing.T, p *pool.WorkerPool)
		outcome pool.Outcome
		err     error
		runs    int
		took    time.Duration
	}{
		"completed": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				require.NoError(t, p.Submit(asTask(sleeping(time.Second), id)))
			}, outcome: pool.Completed, runs: 1, took: time.Second,
		},
		"failed": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				require.NoError(t, p.Submit(asTask(func(context.Context) error { return errOfTest }, id)))
			}, outcome: pool.Failed, err: errOfTest, runs: 1,
		},
		"failed with an error of the pool's": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				require.NoError(t, p.Submit(asTask(func(context.Context) error { return pool.ErrStopped }, id)))
			}, outcome: pool.Failed, err: pool.ErrStopped, runs: 1,
		},
		"panicked": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				require.NoError(t, p.Submit(asTask(func(context.Context) error { panic(errOfTest) }, id)))
			}, outcome: pool.Failed, err: errOfTest, runs: 1,
		},
		"goexit": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				require.NoError(t, p.Submit(asTask(func(context.Context) error { runtime.Goexit(); return nil }, id)))
			}, outcome: pool.Failed, err: pool.ErrGoexit, runs: 1,
		},
		"timed out": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				require.NoError(t, p.Submit(asTask(sleeping(time.Hour), id, pool.WithTaskTimeout(time.Second))))
			}, outcome: pool.Failed, err: context.DeadlineExceeded, runs: 1, took: time.Second,
		},
		"retried": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				require.NoError(t, p.Submit(asTask(func(context.Context) error { return errOfTest }, id, pool.WithTaskRetry(2))))
			}, outcome: pool.Failed, err: errOfTest, runs: 3,
		},
		"dropped": {
			opts: []pool.Option{pool.WithOverflow(pool.DropOldest)},
			act: func(t *testing.T, p *pool.WorkerPool) {
				busyWorker(t, p)
				require.NoError(t, p.Submit(asTask(sleeping(0), id)))
				require.NoError(t, p.Submit(asTask(sleeping(0))))
			}, outcome: pool.Dropped, err: pool.ErrDropped,
		},
		"handed back": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				release := busyWorker(t, p)
				require.NoError(t, p.Submit(asTask(sleeping(0), id)))
				_ = p.Stop(endedContext())
				release()
			}, outcome: pool.Dropped, err: pool.ErrStopped,
		},
		"cancelled": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				busyWorker(t, p)
				ctx, cancel := context.WithCancel(background)
				require.NoError(t, p.SubmitContext(ctx, asTask(sleeping(0), id)))
				cancel()
			}, outcome: pool.Cancelled, err: context.Canceled,
		},
		"nested": {
			act: func(t *testing.T, p *pool.WorkerPool) {
				require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
					_, err := p.SubmitWait(ctx, asTask(sleeping(time.Second), id))
					return err
				}))
			}, outcome: pool.Completed, runs: 1, took: time.Second,
		},
		"run by its caller": {
			opts: []pool.Option{pool.WithOverflow(pool.CallerRuns)},
			act: func(t *testing.T, p *pool.WorkerPool) {
				busyWorker(t, p)
				require.NoError(t, p.SubmitFunc(noop))
				require.NoError(t, p.Submit(asTask(sleeping(time.Second), id)))
			}, outcome: pool.Completed, runs: 1, took: time.Second,
		},
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := new(collected)
				opts := append([]pool.Option{pool.WithMetrics(c)}, kind.opts...)
				p := pool.New(pool.Config{Workers: 1, QueueSize: 1, ShutdownTimeout: 2 * time.Hour}, opts...)
				require.NoError(t, p.Start(background))
				t.Cleanup(func() { _ = p.Stop(background) })
				kind.act(t, p)
				time.Sleep(time.Minute)
				synctest.Wait()
				if i := slices.IndexFunc(c.done, func(r pool.Result) bool { return r.TaskID == "a task" }); i < 0 {
					t.Errorf("the collector got %+v", c.done)
				} else if r := c.done[i]; r.Outcome != kind.outcome || !errors.Is(r.Error, kind.err) || r.Runs != kind.runs ||
					r.Duration != kind.took || r.StartedAt.IsZero() == (kind.runs > 0) {
					t.Errorf("got %+v, want %v, %v, %d runs, the last one of %v", r, kind.outcome, kind.err, kind.runs, kind.took)
				}
			})
		})
	}
}

// Goal: each event has the kind, the task and the number of queued tasks.
func TestCollectorGetsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(collected)
		p := pool.New(pool.Config{Workers: 1, QueueSize: 2}, pool.WithMetrics(c), pool.WithRetry(1, time.Minute))
		want := func(events ...pool.Event) {
			t.Helper()
			synctest.Wait()
			_, got := c.take()
			assert.True(t, slices.EqualFunc(got, events, func(g, e pool.Event) bool {
				same := errors.Is(g.Err, e.Err)
				g.Err, e.Err = nil, nil
				return same && g == e
			}), "got %+v", got)
		}
		fails := asTask(func(context.Context) error { return errOfTest }, pool.WithTaskID("fails"), pool.WithTaskPriority(7))
		require.NoError(t, p.Submit(asTask(noop, pool.WithTaskID("first"))))
		want(pool.Event{Kind: pool.EventAccepted, TaskID: "first", Queued: 1})
		require.NoError(t, p.Submit(fails))
		want(pool.Event{Kind: pool.EventAccepted, TaskID: "fails", Priority: 7, Queued: 2})
		assert.ErrorIs(t, p.TrySubmit(fails), pool.ErrQueueFull)
		want(pool.Event{Kind: pool.EventRefused, TaskID: "fails", Priority: 7, Queued: 2, Err: pool.ErrQueueFull})
		assert.ErrorIs(t, p.Submit(asTask(noop, pool.WithTaskID("early"))), pool.ErrNotStarted)
		want(pool.Event{Kind: pool.EventRefused, TaskID: "early", Queued: 2, Err: pool.ErrNotStarted})

		require.NoError(t, p.Start(background))
		want(pool.Event{Kind: pool.EventRetry, TaskID: "fails", Priority: 7, Err: errOfTest, Delay: time.Minute})
		require.NoError(t, p.Stop(context.WithoutCancel(background)))
		c.take()
		assert.ErrorIs(t, p.Submit(asTask(noop, pool.WithTaskID("late"))), pool.ErrStopped)
		want(pool.Event{Kind: pool.EventRefused, TaskID: "late", Err: pool.ErrStopped})
	})
}

func TestOutcomeAndEventStrings(t *testing.T) {
	got := fmt.Sprint(pool.Completed, pool.Failed, pool.Dropped, pool.Cancelled, pool.Outcome(9),
		pool.EventAccepted, pool.EventRefused, pool.EventRetry, pool.EventKind(9))
	assert.Equal(t, "completed failed dropped cancelled unknown accepted refused retry unknown", got)
}

// Goal: when Wait returns, the collector has all outcomes.
func TestCollectorKnowsBeforeWaiters(t *testing.T) {
	var told atomic.Int64
	p := startPool(t, pool.Config{Workers: 2}, pool.WithMetrics(collectorFuncs{done: func(pool.Result) { runtime.Gosched(); told.Add(1) }}))
	for n := range int64(rounds(2000)) {
		if n%2 == 0 {
			require.NoError(t, p.SubmitFunc(noop))
			require.NoError(t, p.Wait())
		} else if _, err := p.SubmitWait(background, emptyTask); err != nil {
			t.Fatal(err)
		}
		require.Equal(t, n+1, told.Load(), "outcomes collected")
	}
}

// collectorFuncs is a collector of functions; nil ones do nothing.
type collectorFuncs struct {
	done  func(pool.Result)
	event func(pool.Event)
}

func (c collectorFuncs) TaskDone(r pool.Result) {
	if c.done != nil {
		c.done(r)
	}
}

func (c collectorFuncs) TaskEvent(e pool.Event) {
	if c.event != nil {
		c.event(e)
	}
}

// Goal: a collector that panics or calls runtime.Goexit changes no outcome and loses
// none. Each time is counted.
func TestCollectorThatCrashesChangesNothing(t *testing.T) {
	crashes := map[string]func(){"panics": func() { panic("the collector's own") }, "goexit": runtime.Goexit}
	for name, crash := range crashes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				odd := collectorFuncs{
					done:  func(pool.Result) { calls.Add(1); crash() },
					event: func(pool.Event) { calls.Add(1); crash() },
				}
				p := pool.New(pool.Config{Workers: 2, QueueSize: 10}, pool.WithMetrics(odd), pool.WithRetry(2, time.Second))
				require.NoError(t, p.Start(background))
				var called atomic.Int64
				callback := pool.WithTaskCallback(func(pool.Result) { called.Add(1); crash() })
				exits(func() { _ = p.SubmitFunc(noop) })
				exits(func() { _ = p.Submit(asTask(noop, callback)) })
				exits(func() { _ = p.Submit(asTask(func(context.Context) error { return errOfTest }, callback)) })
				exits(func() { _ = p.SubmitFunc(func(context.Context) error { panic("a panic") }) })
				exits(func() { _, _ = p.SubmitWait(background, emptyTask) })
				exits(func() {
					_ = p.SubmitFunc(func(ctx context.Context) error { _, _ = p.SubmitWait(ctx, emptyTask); return nil })
				})
				_ = p.Wait()
				exits(func() { _ = p.TrySubmit(nil) })
				require.NoError(t, p.Stop(background))
				exits(func() { _ = p.TrySubmit(emptyTask) })
				s := p.Stats()
				accounted(t, p)
				if s.SubmittedTasks != 7 || s.FailedTasks < 2 || s.Retries != 2 || s.RejectedTasks != 1 || called.Load() != 2 {
					t.Errorf("%+v, %d callbacks", s, called.Load())
				}
				if want := 7 + 7 + 2 + 1 + called.Load(); s.ContainedPanics != want || calls.Load()+called.Load() != want {
					t.Errorf("%d calls, %d contained, want %d", calls.Load(), s.ContainedPanics, want)
				}
			})
		})
	}
}

// Goal: the collector is called under no lock: it may call every method that does not
// wait for tasks.
func TestCollectorMayUseThePool(t *testing.T) {
	var p *pool.WorkerPool
	var calls, more atomic.Int64
	use := func() {
		calls.Add(1)
		p.Resize(2)
		_, _, _ = p.Stats(), p.QueueWait(), p.Validate()
		assert.ErrorIs(t, p.Start(background), pool.ErrStarted)
		if more.Add(1) < 10 {
			_ = p.TrySubmit(emptyTask)
			_ = p.Submit(emptyTask)
			_, _ = p.SubmitBatch([]pool.Task{emptyTask})
		}
	}
	p = startPool(t, pool.Config{Workers: 2}, pool.WithMetrics(collectorFuncs{
		done:  func(pool.Result) { use() },
		event: func(pool.Event) { use() },
	}))
	require.NoError(t, p.SubmitFunc(noop))
	require.NoError(t, p.Wait())
	s := p.Stats()
	assert.GreaterOrEqual(t, calls.Load(), 2*s.SubmittedTasks, "%d calls, %+v", calls.Load(), s)
	assert.GreaterOrEqual(t, s.SubmittedTasks, int64(4), "%d calls, %+v", calls.Load(), s)
}

// Goal: a task without an id gets one, the same in all results and events.
func TestCollectorGetsOneIDPerTask(t *testing.T) {
	for _, sub := range submissions {
		t.Run(sub.name, func(t *testing.T) {
			c := new(collected)
			p := startPool(t, pool.Config{Workers: 2}, pool.WithMetrics(c))
			require.NoError(t, sub.submit(p, background, noop))
			require.NoError(t, p.Wait())
			c.wantEqual(t, p)
			if assert.Len(t, c.done, 1) {
				assert.NotEmpty(t, c.done[0].TaskID)
			}
		})
	}
}
