package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// goFlaky submits body with Go.
func goFlaky(t testing.TB, p *pool.WorkerPool, body doing, opts ...pool.TaskOption) *pool.Future[int] {
	t.Helper()
	f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, opts...)
	require.NoError(t, err)
	return f
}

// Goal: whatever calls off a task that waits for its next run, its outcome is its last
// error, at once, and it does not run again.
func TestRetryCalledOffWhileItWaits(t *testing.T) {
	type callOff func(f *pool.Future[int], cancel func())
	for name, c := range map[string]struct {
		off   callOff
		cause error
	}{
		"Cancel": {func(f *pool.Future[int], _ func()) {
			assert.True(t, f.Cancel(), "Cancel says that it will run")
			assert.False(t, f.Cancel(), "a second Cancel kept it from running")
		}, context.Canceled},
		"context":  {func(_ *pool.Future[int], cancel func()) { cancel() }, context.Canceled},
		"deadline": {func(*pool.Future[int], func()) { time.Sleep(30 * time.Second) }, context.DeadlineExceeded},
	} {
		for _, where := range []string{"in its delay", "in the queue"} {
			t.Run(name+" "+where, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, 10*time.Second))
					ctx, cancel := context.WithTimeout(background, 45*time.Second)
					defer cancel()
					tell, results := told()
					task := flaky{fails: always}
					f := goFlaky(t, p, task.body, tell, pool.WithTaskContext(ctx))
					time.Sleep(15 * time.Second) // two runs
					release := func() {}
					if where == "in the queue" {
						release = busyWorker(t, p)
						time.Sleep(10 * time.Second)
					} else if name == "deadline" {
						return // it comes in the queue
					}
					synctest.Wait()
					c.off(f, cancel)
					synctest.Wait()
					r := only(t, results)
					wantRetryError(t, r.Error, 2, errFlaky, c.cause)
					_, err := f.Wait(background)
					assert.Equal(t, r.Error, err, "%v, %+v", err, r)
					assert.Equal(t, 2, r.Runs, "%v, %+v", err, r)
					s := p.Stats()
					assert.Equal(t, int64(1), s.FailedTasks, s)
					assert.Zero(t, s.CancelledTasks, s)
					assert.Zero(t, s.QueuedTasks, s)
					assert.Zero(t, s.WaitingRetries, s)
					adds(t, p)
					release()
					require.NoError(t, p.Wait())
					time.Sleep(time.Hour)
					task.wantRuns(t, 2)
				})
			})
		}
	}
}

func TestRetryDeadlineOfTheSubmitterEndsTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Hour))
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		begin := time.Now()
		f := goFlaky(t, p, (&flaky{fails: always}).body, pool.WithTaskContext(ctx))
		_, err := f.Wait(background)
		wantRetryError(t, err, 1, errFlaky, context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(begin))
	})
}

// Goal: a task that is cancelled, or whose submitter's context ends, during a run is
// not run again.
func TestRetryCalledOffWhileItRuns(t *testing.T) {
	for name, off := range map[string]func(f *pool.Future[int], cancel func()){
		"Cancel": func(f *pool.Future[int], _ func()) {
			assert.False(t, f.Cancel(), "Cancel says that it never ran")
		},
		"context": func(_ *pool.Future[int], cancel func()) { cancel() },
	} {
		for _, run := range []int{1, 2} {
			for _, timeout := range []time.Duration{0, time.Hour} {
				synctest.Test(t, func(t *testing.T) {
					p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(5, time.Second), pool.WithTaskTimeout(timeout))
					ctx, cancel := context.WithCancel(background)
					defer cancel()
					begun, runs := make(chan struct{}), 0
					f := goFlaky(t, p, func(ctx context.Context) error {
						if runs++; runs == run {
							close(begun)
							<-ctx.Done()
						}
						return errFlaky
					}, pool.WithTaskContext(ctx))
					<-begun
					off(f, cancel)
					_, err := f.Wait(background)
					assert.ErrorIs(t, err, errFlaky)
					require.NoError(t, p.Wait())
					assert.Equal(t, run, runs, "%s in run %d: runs", name, run)
					wantRetries(t, p, 0, run-1) // and none that was to be
				})
			}
		}
	}
}

// Goal: a Cancel after the run, while the next run is being decided, is not lost.
func TestRetryCancelledByItsPolicy(t *testing.T) {
	for range rounds(500) {
		futures := make(chan *pool.Future[int], 1)
		p := newPool(pool.Config{Workers: 3}, pool.WithRetry(always, 0), pool.WithRetryIf(func(error) bool {
			assert.False(t, (<-futures).Cancel(), "Cancel says that it never ran")
			return true
		}))
		require.NoError(t, p.Start(background))
		runs := 0
		f := goFlaky(t, p, func(ctx context.Context) error {
			if runs++; runs > 1 {
				<-ctx.Done()
			}
			return errFlaky
		})
		futures <- f
		_, err := f.Wait(background)
		assert.ErrorIs(t, err, errFlaky)
		assert.ErrorIs(t, err, context.Canceled)
		require.NoError(t, p.Stop(background))
	}
}

// Goal: the same if the next run is far off: the outcome comes at once.
func TestRetryCancelledByItsPolicyBeforeALongDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		futures := make(chan *pool.Future[int], 1)
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Hour), pool.WithRetryIf(func(error) bool {
			(<-futures).Cancel()
			return true
		}))
		begin := time.Now()
		f := goFlaky(t, p, (&flaky{fails: always}).body)
		futures <- f
		_, err := f.Wait(background)
		wantRetryError(t, err, 1, errFlaky, context.Canceled)
		assert.Zero(t, time.Since(begin))
	})
}

// Goal: a SubmitWait whose context ends while the task waits for its next run
// returns at once, with both errors.
func TestRetrySubmitWaitEndsInTheDelay(t *testing.T) {
	for _, inside := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Hour))
			task := flaky{fails: always}
			wait := func(ctx context.Context) error {
				ctx, cancel := context.WithTimeout(ctx, time.Minute)
				defer cancel()
				begin := time.Now()
				_, err := p.SubmitWait(ctx, asTask(task.body))
				wantRetryError(t, err, 1, errFlaky, context.DeadlineExceeded)
				took := time.Since(begin)
				assert.Equal(t, time.Minute, took, "inside %v: after %v", inside, took)
				return nil
			}
			if inside {
				insideTask(t, p, wait)
			} else {
				require.NoError(t, wait(background))
			}
			require.NoError(t, p.Wait())
			task.wantRuns(t, 1)
			s := p.Stats()
			assert.Equal(t, int64(1), s.FailedTasks, s)
			assert.Zero(t, s.CancelledTasks, s)
		})
	}
}

// Goal: each run has a context of its own, with the values of the submitter. It ends
// with the run.
func TestRetryGivesEachRunAContext(t *testing.T) {
	type key struct{}
	// The first run of a task without a record has the context of its worker.
	recordless := map[string]bool{"Submit": true, "SubmitFunc": true, "SubmitBatch": true, "TrySubmit": true, "TaskFunc": true}
	each(t, ways(), func(t *testing.T, way submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Second))
			outer, cancel := context.WithTimeout(context.WithValue(background, key{}, "outer"), time.Hour)
			defer cancel()
			deadline, _ := outer.Deadline()
			var before []context.Context
			var ends tally
			require.NoError(t, way.submit(p, outer, func(ctx context.Context) error {
				err := ctx.Err()
				assert.NoError(t, err, "run %d begins with %v", len(before)+1, err)
				for i, earlier := range before {
					if isRecordless := i == 0 && recordless[way.name]; !isRecordless && earlier.Err() != context.Canceled {
						t.Errorf("in run %d the context of run %d: %v", len(before)+1, i+1, earlier.Err())
					}
				}
				if len(before) > 0 && ctx.Value(key{}) != before[0].Value(key{}) {
					t.Error("other values than those of the first run")
				}
				if ctx.Value(key{}) == "outer" {
					d, ok := ctx.Deadline()
					assert.True(t, ok, "deadline %v", d)
					assert.True(t, d.Equal(deadline), "deadline %v", d)
				}
				before = append(before, ctx)
				context.AfterFunc(ctx, func() { ends.n.Add(1) })
				if len(before) < 4 {
					return errFlaky
				}
				return nil
			}))
			require.NoError(t, p.Wait())
			synctest.Wait()
			if !recordless[way.name] {
				ends.want(t, 4)
			}
		})
	})
}

// Goal: a task that a run submitted outlives the failed run, has its values, and ends
// with the context with which the outer task was submitted.
func TestRetryChildOfAnEarlierRunSurvives(t *testing.T) {
	type key struct{}
	for _, layered := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 3}, pool.WithRetry(2, time.Second))
			outer, cancel := context.WithCancel(context.WithValue(background, key{}, "outer"))
			ended := make(chan error, 3)
			child := func(ctx context.Context) error {
				err := ctx.Err()
				assert.NoError(t, err)
				assert.Equal(t, "outer", ctx.Value(key{}))
				<-ctx.Done()
				ended <- ctx.Err()
				return nil
			}
			runs := 0
			parent := goFlaky(t, p, func(ctx context.Context) error {
				if runs++; layered {
					ctx = context.WithValue(ctx, payloadKey{}, runs)
				}
				if runs <= 2 {
					assert.NoError(t, p.SubmitContext(ctx, asTask(child)))
					time.Sleep(time.Millisecond)
					return errFlaky
				}
				return nil
			}, pool.WithTaskContext(outer), pool.WithTaskTimeout(time.Minute))
			_, err := parent.Wait(background)
			require.NoError(t, err)
			time.Sleep(time.Hour)
			require.Empty(t, ended, "a child ended with a run of its parent")
			cancel()
			for range 2 {
				assert.Same(t, context.Canceled, <-ended)
			}
			require.NoError(t, p.Wait())
		})
	}
}

// Goal: a child that is itself retried is bound to the outside in each of its runs, and
// not to its parent's runs.
func TestRetryOfAChildOutlivesItsParent(t *testing.T) {
	for _, layered := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Minute))
			outer, cancel := context.WithTimeout(background, 150*time.Second)
			defer cancel()
			begin := time.Now()
			task := flaky{fails: always}
			child := make(chan *pool.Future[int], 1)
			parent := goFlaky(t, p, func(ctx context.Context) error {
				if layered {
					ctx = context.WithValue(ctx, payloadKey{}, 1)
				}
				child <- goFlaky(t, p, func(ctx context.Context) error {
					if ctx.Err() != nil || layered && ctx.Value(payloadKey{}) != 1 {
						t.Error(ctx.Err(), ctx.Value(payloadKey{}))
					}
					return task.body(ctx)
				}, pool.WithTaskContext(ctx))
				return nil
			}, pool.WithTaskContext(outer), pool.WithTaskTimeout(time.Second))
			_, err := parent.Wait(background)
			require.NoError(t, err)
			_, err = (<-child).Wait(background)
			wantRetryError(t, err, 3, errFlaky, context.DeadlineExceeded)
			task.wantAt(t, begin, 0, time.Minute, 2*time.Minute)
			assert.Equal(t, 150*time.Second, time.Since(begin))
		})
	}
}

// Goal: the end of a context layered on a task's context counts, even if it can no
// longer be told apart from the end of that task.
func TestRetryIsNotForWhatALayerEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(3, time.Minute))
		begun, leave := make(chan struct{}), make(chan struct{})
		task := flaky{fails: always}
		child := make(chan *pool.Future[int], 1)
		insideTask(t, p, func(ctx context.Context) error {
			layer, cancel := context.WithCancel(ctx)
			defer cancel()
			child <- goFlaky(t, p, func(ctx context.Context) error {
				close(begun)
				<-leave
				return task.body(ctx)
			}, pool.WithTaskContext(layer))
			<-begun
			return nil
		})
		synctest.Wait()
		close(leave)
		_, err := (<-child).Wait(background)
		assert.ErrorIs(t, err, errFlaky)
		task.wantRuns(t, 1)
	})
}

// Goal: the contexts of a task do not grow from run to run.
func TestRetryContextDoesNotGrow(t *testing.T) {
	const runs = 1000
	p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(runs, 0))
	depth := func(ctx context.Context) (calls int) {
		_ = ctx.Value(&depthKey{&calls})
		return calls
	}
	outer := depthContext{background}
	n := 0
	require.NoError(t, p.SubmitContext(outer, asTask(func(ctx context.Context) error {
		if n++; depth(ctx) != 1 {
			t.Fatalf("in run %d the submitter's context is asked %d times", n, depth(ctx))
		}
		return errFlaky
	})))
	_ = p.Wait()
	assert.Equal(t, runs+1, n)
}

// A depthContext counts the requests for a depthKey.
type depthContext struct{ context.Context }

type depthKey struct{ calls *int }

func (d depthContext) Value(key any) any {
	if k, ok := key.(*depthKey); ok {
		*k.calls++
		return nil
	}
	return d.Context.Value(key)
}
