package pool_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// panicsWithEOF is the function that a stack must show.
func panicsWithEOF(context.Context) error { panic(io.EOF) }

func TestPanicErrorHasValueAndStack(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	for name, fail := range map[string]func() error{
		"worker": func() error {
			_, err := p.SubmitWait(background, asTask(panicsWithEOF))
			return err
		},
		"recordless": func() error {
			require.NoError(t, p.SubmitFunc(panicsWithEOF))
			return p.Wait()
		},
		"inline": func() error {
			_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
				_, err := p.SubmitWait(ctx, asTask(panicsWithEOF))
				return err
			}))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := fail()
			pe := new(pool.PanicError)
			require.ErrorAs(t, err, &pe)
			if pe.Value != io.EOF || !errors.Is(err, io.EOF) {
				t.Errorf("value %v", pe.Value)
			}
			if !strings.Contains(string(pe.Stack), "panicsWithEOF") || !strings.Contains(pe.Error(), "panicsWithEOF") {
				t.Errorf("the stack does not name the task's function:\n%s", pe.Stack)
			}
		})
	}
}

func TestPanicWithNilIsAPanic(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	_, err := p.SubmitWait(background, asTask(func(context.Context) error { panic(nil) }))
	pe, nilError := new(pool.PanicError), new(runtime.PanicNilError)
	assert.ErrorAs(t, err, &pe)
	assert.ErrorAs(t, err, &nilError)
}

func TestPanicOfNoErrorUnwrapsToNothing(t *testing.T) {
	assert.NoError(t, errors.Unwrap(&pool.PanicError{Value: "text"}), "what it unwraps to")
}

// crashes are ways for a task to end badly.
var badEnds = map[string]struct {
	end  doing
	want error // it is that, if not nil
}{
	"panic":  {panicsWithEOF, io.EOF},
	"goexit": {func(context.Context) error { _, err := goexit(); return err }, pool.ErrGoexit},
	"panicInDefer": {func(context.Context) error {
		defer func() { panic(io.EOF) }()
		return nil
	}, io.EOF},
	"goexitInDefer": {func(context.Context) error {
		defer runtime.Goexit()
		panic("given up by Goexit")
	}, pool.ErrGoexit},
}

// Goal: a task that ends badly has failed, however it was submitted. Neither its worker
// nor any of its waiters is lost.
func TestBadEndIsAFailure(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		for name, bad := range badEnds {
			t.Run(name, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1})
				err := sub.submit(p, t.Context(), bad.end)
				if sub.waits {
					assert.ErrorIs(t, err, bad.want)
				} else {
					require.NoError(t, err)
				}
				heard := p.Wait()
				switch sub.name {
				case "Submit", "SubmitFunc", "SubmitContext", "SubmitBatch":
					assert.ErrorIs(t, heard, bad.want)
				default:
					require.NoError(t, heard) // the error had an owner
				}
				v, err := p.SubmitWait(background, pool.TaskFunc(func(context.Context) (any, error) { return "next", nil }))
				assert.NoError(t, err, "the next task")
				assert.Equal(t, "next", v, "the next task")
				require.NoError(t, p.Wait())
				s := p.Stats()
				assert.Equal(t, int64(1), s.FailedTasks, s)
				assert.Equal(t, int64(1), s.CompletedTasks, s)
				assert.Zero(t, s.ContainedPanics, s)
				assert.Equal(t, 1, s.Goroutines, s)
			})
		}
	})
}

// ants#146: with one worker, each panic cost the ten seconds until the next tick
// of a clean-up.
func TestPanicsDoNotHoldUpTheNextTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		begin := time.Now()
		for range 5 {
			require.NoError(t, p.SubmitFunc(panicsWithEOF))
			require.NoError(t, p.SubmitFunc(badEnds["goexit"].end))
		}
		err := p.Wait()
		assert.ErrorIs(t, err, io.EOF)
		assert.ErrorIs(t, err, pool.ErrGoexit)
		assert.Zero(t, time.Since(begin))
	})
}

func TestPanicHandlerIsCalledOncePerPanic(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		values := make(chan any, 10)
		p := startPool(t, pool.Config{Workers: 1}, pool.WithPanicHandler(func(v any) { values <- v }))
		_ = sub.submit(p, background, func(context.Context) error { panic("boom") })
		_ = p.Wait()
		_ = sub.submit(p, background, badEnds["goexit"].end)
		_ = p.Wait()
		_ = sub.submit(p, background, func(context.Context) error { return io.EOF })
		_ = p.Wait()
		require.Len(t, values, 1, "calls for one panic, one Goexit and one error")
		assert.Equal(t, "boom", <-values, "called")
	})
}

// breaks are the ways in which a user function that is not a task may break.
var breaks = map[string]func(){
	"panics":    func() { panic("from a handler or a callback") },
	"panicsNil": func() { panic(nil) },
	"goexits":   runtime.Goexit,
}

func TestPanicHandlerThatBreaksIsContained(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		for name, breaks := range breaks {
			t.Run(name, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1}, pool.WithPanicHandler(func(any) { breaks() }))
				err := sub.submit(p, background, panicsWithEOF)
				if sub.waits {
					assert.ErrorIs(t, err, io.EOF)
				}
				err = p.Wait()
				if sub.name == "Submit" {
					assert.ErrorIs(t, err, io.EOF)
				}
				_, err = p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
				require.NoError(t, err)
				require.NoError(t, p.Wait())
				s := p.Stats()
				assert.Equal(t, int64(1), s.ContainedPanics, s)
				assert.Equal(t, int64(1), s.FailedTasks, s)
				assert.Equal(t, int64(1), s.CompletedTasks, s)
			})
		}
	})
}

// Goal: a callback that breaks changes nothing but one counter, on whatever goroutine
// it is called.
func TestCallbackThatBreaksIsContained(t *testing.T) {
	type outcome struct {
		stats pool.Stats
		err   error
	}
	// Each place causes one outcome, whose callback it is given.
	places := map[string]func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool{
		"worker": func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool {
			p := startPool(t, pool.Config{Workers: 1})
			require.NoError(t, p.Submit(asTask(func(context.Context) error { return nil }, callback)))
			return p
		},
		"workerAfterPanic": func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool {
			p := startPool(t, pool.Config{Workers: 1})
			require.NoError(t, p.Submit(asTask(panicsWithEOF, callback)))
			return p
		},
		"workerAfterGoexit": func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool {
			p := startPool(t, pool.Config{Workers: 1})
			require.NoError(t, p.Submit(asTask(badEnds["goexit"].end, callback)))
			return p
		},
		"timer": func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool {
			p := startPool(t, pool.Config{Workers: 1})
			require.NoError(t, p.Submit(asTask(func(ctx context.Context) error { <-ctx.Done(); return nil },
				callback, pool.WithTaskTimeout(time.Second))))
			return p
		},
		"canceller": func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool {
			p := startPool(t, pool.Config{Workers: 1})
			defer busyWorker(t, p)()
			f, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil }, callback)
			require.NoError(t, err)
			exits(func() { f.Cancel() })
			return p
		},
		"contextEnd": func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool {
			p := startPool(t, pool.Config{Workers: 1})
			defer busyWorker(t, p)()
			ctx, cancel := context.WithCancel(background)
			require.NoError(t, p.SubmitContext(ctx, asTask(func(context.Context) error { return nil }, callback)))
			cancel()
			synctest.Wait()
			return p
		},
		"dropper": func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.DropOldest))
			defer busyWorker(t, p)()
			require.NoError(t, p.Submit(asTask(func(context.Context) error { return nil }, callback)))
			exits(func() { _ = p.SubmitFunc(func(context.Context) error { return nil }) })
			return p
		},
		"callerRuns": func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.CallerRuns))
			defer busyWorker(t, p)()
			fill(t, p, 1)
			exits(func() { _ = p.Submit(asTask(func(context.Context) error { return nil }, callback)) })
			return p
		},
		"waiter": func(t *testing.T, callback pool.TaskOption) *pool.WorkerPool {
			p := startPool(t, pool.Config{Workers: 1})
			require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
				_, err := p.SubmitWait(ctx, asTask(func(context.Context) error { return nil }, callback))
				return err
			}))
			return p
		},
	}
	for place, bringAbout := range places {
		for how, breaks := range breaks {
			t.Run(place+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					run := func(breaks func()) outcome {
						errs := make(chan error, 2)
						p := bringAbout(t, pool.WithTaskCallback(func(r pool.Result) {
							errs <- r.Error
							breaks()
						}))
						_ = p.Wait()
						_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
						require.NoError(t, err)
						_ = p.Wait()
						synctest.Wait()
						o := outcome{stats: p.Stats(), err: <-errs}
						assert.Empty(t, errs, "called twice")
						o.stats.TotalDuration, o.stats.Parks, o.stats.Steals = 0, 0, 0 // chance decides those
						require.NoError(t, p.Stop(background))
						return o
					}
					whole, broken := run(func() {}), run(breaks)
					assert.Equal(t, int64(1), broken.stats.ContainedPanics)
					if place == "waiter" && how == "goexits" {
						// It ends the waiting task.
						broken.stats.CompletedTasks++
						broken.stats.FailedTasks--
					}
					if place == "dropper" && how == "goexits" {
						// It ends the submitter, before its task was accepted.
						broken.stats.SubmittedTasks++
						broken.stats.CompletedTasks++
					}
					broken.stats.ContainedPanics = 0
					assert.Equal(t, whole.stats, broken.stats,
						"with a callback that breaks")
					if (whole.err == nil) != (broken.err == nil) || whole.err != nil && errors.Unwrap(whole.err) == nil && !errors.Is(broken.err, whole.err) &&
						!errors.As(broken.err, new(*pool.PanicError)) && !errors.Is(broken.err, pool.ErrNotStarted) {
						t.Errorf("outcome %v, else %v", broken.err, whole.err)
					}
				})
			})
		}
	}
}

// Goal: tasks handed back by Stop have one outcome each, even if a callback ends the
// goroutine that hands them back.
func TestCallbackThatBreaksWhileStopHandsBack(t *testing.T) {
	for how, breaks := range breaks {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPool(pool.Config{Workers: 1})
				require.NoError(t, p.Start(background))
				release := busyWorker(t, p)
				const n = 20
				results := make(chan error, 2*n)
				for range n {
					fill(t, p, 1)
					require.NoError(t, p.Submit(asTask(func(context.Context) error { return nil }, pool.WithTaskCallback(func(r pool.Result) {
						results <- r.Error
						breaks()
					}))))
				}
				ctx, cancel := context.WithCancel(background)
				cancel()
				se := new(pool.StopError)
				if assert.ErrorAs(t, p.Stop(ctx), &se) {
					assert.Equal(t, 2*n, se.NeverRun.Count)
					assert.Equal(t, 1, se.Running.Count)
				}
				assert.Len(t, results, n, "outcomes when Stop returned")
				for range len(results) {
					assert.ErrorIs(t, <-results, pool.ErrStopped)
				}
				release()
				if assert.ErrorAs(t, p.Stop(background), &se, "the next Stop") {
					assert.Equal(t, 2*n, se.NeverRun.Count, "the next Stop")
					assert.Zero(t, se.Running.Count, "the next Stop")
				}
				accounted(t, p)
				s := p.Stats()
				assert.Equal(t, int64(2*n), s.DroppedTasks, s)
				assert.Equal(t, int64(n), s.ContainedPanics, s)
				assert.Zero(t, s.Goroutines, s)
			})
		})
	}
}

// Goal: a worker that helps to hand back queued tasks survives the callback of another
// task while it holds one itself. Method: the callback of the first task blocks Stop's
// own handing back. The worker, once released, takes the task without a record, sees
// that the pool stops, and puts the task back. Then it hands back the next one, whose
// callback calls runtime.Goexit.
func TestCallbackGoexitOnAWorkerThatHandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 1})
		require.NoError(t, p.Start(background))
		release := busyWorker(t, p)
		goOn := make(chan struct{})
		callback := func(f func()) pool.TaskOption { return pool.WithTaskCallback(func(pool.Result) { f() }) }
		require.NoError(t, p.Submit(asTask(panicsWithEOF, callback(func() { <-goOn }))))
		require.NoError(t, p.SubmitFunc(panicsWithEOF))
		require.NoError(t, p.Submit(asTask(panicsWithEOF, callback(runtime.Goexit))))
		require.NoError(t, p.SubmitFunc(panicsWithEOF))
		ctx, cancel := context.WithCancel(background)
		cancel()
		stopped := async(func() error { return p.Stop(ctx) })
		synctest.Wait()
		release()
		synctest.Wait()
		close(goOn)
		se := new(pool.StopError)
		if assert.ErrorAs(t, <-stopped, &se) {
			assert.Equal(t, 4, se.NeverRun.Count)
		}
		if assert.ErrorAs(t, p.Stop(background), &se, "the next Stop") {
			assert.Equal(t, 4, se.NeverRun.Count, "the next Stop")
		}
		accounted(t, p)
		s := p.Stats()
		assert.Equal(t, int64(4), s.DroppedTasks, s)
		assert.Zero(t, s.FailedTasks, s)
	})
}

// Regression: Wait ran a member that called runtime.Goexit with the group's lock taken
// on the way out. All later users of the group waited forever.
func TestGoexitOfAMemberThatWaitRunsLocksNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			g.Go(func(context.Context) error { runtime.Goexit(); return nil })
			waited := make(chan bool)
			go func() {
				returned := false
				defer func() { waited <- returned }()
				_ = g.Wait()
				returned = true
			}()
			assert.False(t, <-waited, "Wait went on after its goroutine's end")
			return g.Wait() // with the lock held it would hang
		}))
		assert.ErrorIs(t, err, pool.ErrGoexit)
	})
}
