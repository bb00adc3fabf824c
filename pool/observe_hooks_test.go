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

type spanKey struct{}

// A trace is a pair of hooks that record their arguments.
type trace struct {
	mu    sync.Mutex
	lines []string
}

func (r *trace) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *trace) started(ctx context.Context, run pool.TaskRun) context.Context {
	r.note("%s %d started, priority %d, waited %v", run.TaskID, run.Run, run.Priority, run.QueueWait)
	return context.WithValue(ctx, spanKey{}, fmt.Sprintf("span %d", run.Run))
}

func (r *trace) ended(ctx context.Context, run pool.TaskRun, err error) {
	r.note("%s %d ended in %v after %v: %v", run.TaskID, run.Run, ctx.Value(spanKey{}), run.Duration, err)
}

// Goal: the hooks are called around each run, with the promised arguments. The task
// runs with the context that the first hook made.
func TestHooksAreCalledAroundEachRun(t *testing.T) {
	var r trace
	opts := []pool.Option{pool.WithTaskHooks(r.started, r.ended), pool.WithRetry(0, time.Minute)}
	inBubble(t, pool.Config{Workers: 1}, opts, func(t *testing.T, p *pool.WorkerPool) {
		require.NoError(t, p.SubmitFunc(sleeping(3*time.Second)))
		runs := 0
		require.NoError(t, p.Submit(asTask(func(ctx context.Context) error {
			runs++
			r.note("runs in %v", ctx.Value(spanKey{}))
			time.Sleep(time.Duration(runs) * time.Second)
			if runs == 1 {
				return errOfTest
			}
			return nil
		}, pool.WithTaskID("t"), pool.WithTaskPriority(5), pool.WithTaskRetry(1),
			pool.WithTaskCallback(func(pool.Result) { r.note("outcome") }))))
		require.NoError(t, p.Wait())
		want := []string{
			"t 1 started, priority 5, waited 3s", "runs in span 1", "t 1 ended in span 1 after 1s: an error",
			"t 2 started, priority 5, waited 0s", "runs in span 2", "t 2 ended in span 2 after 2s: <nil>",
			"outcome",
		}
		lines := slices.DeleteFunc(slices.Clone(r.lines), func(line string) bool { return len(line) > 5 && line[:5] == "task-" })
		assert.Equal(t, want, lines)
	})
}

// Goal: the second hook gets the error of each kind of end. For a task that timed out
// it is called once the function has returned.
func TestHookGetsTheErrorOfTheRun(t *testing.T) {
	goexits := func(context.Context) error { runtime.Goexit(); return nil }
	kinds := map[string]struct {
		body doing
		opt  pool.TaskOption
		err  error
		took time.Duration
	}{
		"completed": {sleeping(time.Second), nil, nil, time.Second},
		"failed":    {func(context.Context) error { return errOfTest }, nil, errOfTest, 0},
		"panicked":  {func(context.Context) error { panic(errOfTest) }, nil, errOfTest, 0},
		"goexit":    {goexits, nil, pool.ErrGoexit, 0},
		"timed out": {sleeping(time.Minute), pool.WithTaskTimeout(time.Second), context.DeadlineExceeded, time.Minute},
		"panicked when it was overdue": {
			func(context.Context) error { time.Sleep(time.Minute); panic(errOfTest) },
			pool.WithTaskTimeout(time.Second), context.DeadlineExceeded, time.Minute,
		},
	}
	for name, kind := range kinds {
		for _, where := range []string{"worker", "inline"} {
			t.Run(name+"/"+where, func(t *testing.T) {
				ends := 0
				var outcomes atomic.Int64
				opts := []pool.Option{pool.WithTaskHooks(nil, func(_ context.Context, run pool.TaskRun, err error) {
					if run.TaskID != "it" {
						return
					}
					ends++
					assert.Equal(t, run.Duration > time.Second, outcomes.Load() > 0,
						"called at the end after %v with %d outcomes given", run.Duration, outcomes.Load())
					assert.ErrorIs(t, err, kind.err)
					assert.Equal(t, kind.took, run.Duration)
				})}
				inBubble(t, pool.Config{Workers: 1}, opts, func(t *testing.T, p *pool.WorkerPool) {
					task := asTask(kind.body, pool.WithTaskID("it"), kind.opt, pool.WithTaskCallback(func(pool.Result) { outcomes.Add(1) }))
					if where == "worker" {
						require.NoError(t, p.Submit(task))
					} else {
						require.NoError(t, p.SubmitFunc(func(ctx context.Context) error { _, _ = p.SubmitWait(ctx, task); return nil }))
					}
					_ = p.Wait()
					time.Sleep(time.Hour)
					synctest.Wait()
					assert.Equal(t, 1, ends, "called %d times at the end", ends)
				})
			})
		}
	}
}

// Goal: a group whose member timed out also waits for the hook at its end.
func TestGroupWaitsForTheHookOfAnOverdueMember(t *testing.T) {
	told := false
	opts := []pool.Option{pool.WithTaskTimeout(time.Second), pool.WithTaskHooks(nil, func(context.Context, pool.TaskRun, error) {
		time.Sleep(time.Second)
		told = true
	})}
	inBubble(t, pool.Config{}, opts, func(t *testing.T, p *pool.WorkerPool) {
		g := pool.NewGroup(p)
		g.Go(sleeping(time.Minute))
		assert.ErrorIs(t, g.Wait(), context.DeadlineExceeded)
		assert.True(t, told, "Wait returned before the hook")
	})
}

func TestHooksAreNotCalledForWhatNeverRuns(t *testing.T) {
	fail := func(run pool.TaskRun) {
		assert.NotEqual(t, "never", run.TaskID, "a hook was called: %+v", run)
	}
	p := startPool(t, pool.Config{Workers: 1}, pool.WithTaskHooks(
		func(_ context.Context, run pool.TaskRun) context.Context { fail(run); return nil },
		func(_ context.Context, run pool.TaskRun, _ error) { fail(run) }))
	release := busyWorker(t, p)
	ctx, cancel := context.WithCancel(background)
	require.NoError(t, p.SubmitContext(ctx, asTask(noop, pool.WithTaskID("never"))))
	cancel()
	release()
	assert.ErrorIs(t, p.Wait(), pool.ErrNotStarted)
}

// Goal: a hook that panics or calls runtime.Goexit changes no outcome, on a worker or
// elsewhere. The other hook and the task are called anyway.
func TestHookThatCrashesChangesNothing(t *testing.T) {
	bodies := map[string]doing{
		"completes": noop,
		"fails":     func(context.Context) error { return errOfTest },
		"panics":    func(context.Context) error { panic(errOfTest) },
		"goexits":   func(context.Context) error { runtime.Goexit(); return nil },
		"late":      sleeping(time.Minute),
	}
	crashes := map[string]func(){"panic": func() { panic("the hook's own") }, "Goexit": runtime.Goexit}
	run := func(t *testing.T, body doing, nested bool, opts ...pool.Option) (results []pool.Result, s pool.Stats) {
		t.Helper()
		opts = append(opts, pool.WithRetry(1, time.Second), pool.WithTaskTimeout(time.Second))
		inBubble(t, pool.Config{Workers: 1}, opts, func(t *testing.T, p *pool.WorkerPool) {
			task := asTask(body, pool.WithTaskID("it"), pool.WithTaskCallback(func(r pool.Result) {
				if panicked := new(pool.PanicError); errors.As(r.Error, &panicked) {
					r.Error = panicked.Unwrap() // the stacks differ
				}
				r.StartedAt = time.Time{}
				results = append(results, r)
			}))
			if nested {
				require.NoError(t, p.Submit(asTask(func(ctx context.Context) error { _, _ = p.SubmitWait(ctx, task); return nil },
					pool.WithTaskTimeout(0), pool.WithTaskRetry(0))))
			} else {
				require.NoError(t, p.Submit(task))
			}
			_ = p.Wait()
			time.Sleep(time.Hour)
			synctest.Wait()
			s = p.Stats()
		})
		return results, s
	}
	for name, body := range bodies {
		for _, nested := range []bool{false, true} {
			want, _ := run(t, body, nested)
			for how, crash := range crashes {
				for _, which := range []string{"started", "ended", "both"} {
					t.Run(fmt.Sprintf("%s/%s/%s/nested=%v", name, how, which, nested), func(t *testing.T) {
						calls := 0
						count := func(hook string) {
							calls++
							if which == hook || which == "both" {
								crash()
							}
						}
						got, s := run(t, body, nested, pool.WithTaskHooks(
							func(ctx context.Context, run pool.TaskRun) context.Context {
								if run.TaskID == "it" {
									count("started")
								}
								return nil
							}, func(_ context.Context, run pool.TaskRun, _ error) {
								if run.TaskID == "it" {
									count("ended")
								}
							}))
						assert.Equal(t, want, got, "with and without the hook")
						crashed := int64(calls)
						if which != "both" {
							crashed /= 2
						}
						if assert.Len(t, want, 1) {
							assert.Equal(t, 2*want[0].Runs, calls)
							assert.Equal(t, crashed, s.ContainedPanics)
						}
					})
				}
			}
		}
	}
}

// Goal: a submission with a context that a hook made is nested, as with the task's own:
// it does not block on a full pool.
func TestHookContextIsStillTheTasks(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithTaskHooks(
		func(ctx context.Context, _ pool.TaskRun) context.Context {
			return context.WithValue(ctx, spanKey{}, "span")
		}, nil))
	inherited := make(chan any, 3)
	require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
		for range cap(inherited) {
			assert.NoError(t, p.SubmitContext(ctx, asTask(func(ctx context.Context) error {
				inherited <- ctx.Value(spanKey{})
				return ctx.Err()
			})))
		}
		assert.ErrorIs(t, p.WaitContext(ctx), pool.ErrInsideTask)
		return nil
	}))
	require.NoError(t, p.Wait())
	for range cap(inherited) {
		span := <-inherited
		assert.Equal(t, "span", span, "the span of a child")
	}
}

// Goal: after the outcome nothing keeps the context that a hook made.
func TestHookContextIsNotKept(t *testing.T) {
	for _, ended := range []func(context.Context, pool.TaskRun, error){nil, func(context.Context, pool.TaskRun, error) {}} {
		var collected <-chan struct{}
		p := startPool(t, pool.Config{Workers: 1}, pool.WithTaskHooks(func(ctx context.Context, _ pool.TaskRun) context.Context {
			var pay *payload
			pay, collected = newPayload()
			return context.WithValue(ctx, spanKey{}, pay)
		}, ended))
		f, err := pool.Go(p, func(context.Context) (int, error) { return 1, nil })
		require.NoError(t, err)
		_, err = f.Wait(background)
		require.NoError(t, err)
		require.NoError(t, p.Wait())
		wantCollected(t, collected)
		runtime.KeepAlive(f)
	}
}

// Goal: hooks are called under no lock.
func TestHooksMayUseThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p *pool.WorkerPool
		use := func(ctx context.Context, run pool.TaskRun) {
			if run.TaskID == "outer" {
				_ = p.Stats()
				p.Resize(3)
				_, err := p.SubmitWait(ctx, emptyTask)
				assert.NoError(t, err)
				assert.NoError(t, p.TrySubmit(emptyTask))
			}
		}
		p = pool.New(pool.Config{Workers: 1}, pool.WithTaskHooks(func(ctx context.Context, run pool.TaskRun) context.Context {
			use(ctx, run)
			return nil
		}, func(_ context.Context, run pool.TaskRun, _ error) { use(background, run) }))
		require.NoError(t, p.Start(background))
		require.NoError(t, p.Submit(asTask(noop, pool.WithTaskID("outer"))))
		require.NoError(t, p.Wait())
		s := p.Stats()
		assert.Equal(t, int64(5), s.CompletedTasks, s)
		require.NoError(t, p.Stop(background))
	})
}
