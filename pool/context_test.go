package pool_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// contexts are the kinds of task contexts, and how each ends from outside.
var contexts = map[string]func(p *pool.WorkerPool, outer context.Context, body doing) error{
	"SubmitContext": func(p *pool.WorkerPool, outer context.Context, body doing) error {
		return p.SubmitContext(outer, asTask(body))
	},
	"SubmitWait": func(p *pool.WorkerPool, outer context.Context, body doing) error {
		go p.SubmitWait(outer, asTask(body))
		return nil
	},
	"Go": func(p *pool.WorkerPool, outer context.Context, body doing) error {
		_, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, pool.WithTaskContext(outer))
		return err
	},
	"Group": func(p *pool.WorkerPool, outer context.Context, body doing) error {
		pool.NewGroup(p, pool.WithGroupContext(outer)).Go(body)
		return nil
	},
	"nested": func(p *pool.WorkerPool, outer context.Context, body doing) error {
		return p.SubmitContext(outer, asTask(func(ctx context.Context) error {
			return p.SubmitContext(ctx, asTask(body))
		}))
	},
	"layered": func(p *pool.WorkerPool, outer context.Context, body doing) error {
		type key struct{}
		return p.SubmitContext(outer, asTask(func(ctx context.Context) error {
			return p.SubmitContext(context.WithValue(ctx, key{}, 1), asTask(body))
		}))
	},
}

// Goal: Done is closed if and only if Err is not nil, at any time. Err never changes
// once it is not nil.
func TestTaskContextDoneAndErrAgree(t *testing.T) {
	ends := map[string]func(cancelOuter, cancelStart func()){
		"outer": func(cancelOuter, _ func()) { cancelOuter() },
		"pool":  func(_, cancelStart func()) { cancelStart() },
	}
	for kind, submit := range contexts {
		for by, end := range ends {
			for _, askedFirst := range []bool{true, false} {
				t.Run(kind+"/"+by, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						start, cancelStart := context.WithCancel(background)
						outer, cancelOuter := context.WithCancel(background)
						defer cancelOuter()
						defer cancelStart()
						p := newPool(pool.Config{Workers: 2})
						require.NoError(t, p.Start(start))
						looked := make(chan struct{})
						require.NoError(t, submit(p, outer, func(ctx context.Context) error {
							defer close(looked)
							agree := func(want error) {
								t.Helper()
								err := ctx.Err()
								select {
								case <-ctx.Done():
									assert.Error(t, err, "Done is closed and Err was nil")
								default:
									assert.NoError(t, err, "Done is open and Err")
								}
								assert.Equal(t, want, err)
							}
							done := ctx.Done()
							if !askedFirst {
								done = nil
							}
							agree(nil)
							end(cancelOuter, cancelStart)
							if by == "pool" { // the pool stops first, and then tells its tasks
								<-ctx.Done()
							}
							agree(context.Canceled)
							synctest.Wait()
							agree(context.Canceled)
							if done != nil && done != ctx.Done() {
								t.Error("Done is another channel")
							}
							assert.Error(t, context.Cause(ctx))
							return nil
						}))
						<-looked
						_ = p.Stop(background)
						accounted(t, p)
					})
				})
			}
		}
	}
}

func TestTaskContextCauseIsTheSubmittersOrTheOwn(t *testing.T) {
	why := errors.New("why")
	p := startPool(t, pool.Config{Workers: 1})
	outer, cancel := context.WithCancelCause(background)
	causes := make(chan error, 1)
	require.NoError(t, p.SubmitContext(outer, asTask(func(ctx context.Context) error {
		cause := context.Cause(ctx)
		assert.NoError(t, cause, "cause before the end")
		cancel(why)
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return nil
	})))
	assert.Same(t, why, <-causes)
	_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return nil
	}, pool.WithTaskTimeout(time.Millisecond)))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Equal(t, context.DeadlineExceeded, <-causes)
	require.NoError(t, p.Wait())
}

func TestTaskContextEndsWithTheTask(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	for kind, submit := range contexts {
		t.Run(kind, func(t *testing.T) {
			ofTask := make(chan context.Context, 1)
			require.NoError(t, submit(p, t.Context(), func(ctx context.Context) error { ofTask <- ctx; return nil }))
			ctx := <-ofTask
			<-ctx.Done()
			assert.Same(t, context.Canceled, ctx.Err())
			select {
			case <-ctx.Done():
			default:
				t.Error("Done, asked for again, is open")
			}
			require.NoError(t, p.Wait())
		})
	}
}

func TestTaskContextAfterFunc(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	outer, cancel := context.WithCancel(background)
	called := make(chan string, 4)
	require.NoError(t, p.SubmitContext(outer, asTask(func(ctx context.Context) error {
		context.AfterFunc(ctx, func() { called <- "kept" })
		stop := context.AfterFunc(ctx, func() { called <- "stopped" })
		assert.True(t, stop(), "the first stop reports false")
		assert.False(t, stop(), "the second stop reports true")
		cancel()
		<-ctx.Done()
		stop = context.AfterFunc(ctx, func() { called <- "late" })
		assert.False(t, stop(), "stop reports true after the end")
		return nil
	})))
	require.NoError(t, p.Wait())
	got := map[string]int{}
	for range 2 {
		got[<-called]++
	}
	if got["kept"] != 1 || got["late"] != 1 || len(called) != 0 {
		t.Errorf("called %v and %d more", got, len(called))
	}
}

// Package context removes what it hung on a task's context when a derived context is
// cancelled. Nothing may be left of it, or a long task would collect them.
func TestTaskContextForgetsWhatWasStopped(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	_, err := p.SubmitWait(t.Context(), asTask(func(ctx context.Context) error {
		stop := ctx.(interface {
			AfterFunc(f func()) (stop func() bool)
		}).AfterFunc(func() { t.Error("called though it was stopped") })
		if !stop() || stop() {
			t.Error("the first stop must report true, the second false")
		}
		collected := func() <-chan struct{} {
			pay, collected := newPayload()
			_, cancel := context.WithCancel(context.WithValue(ctx, payloadKey{}, pay))
			cancel()
			_, cancel = context.WithTimeout(ctx, time.Hour)
			context.AfterFunc(ctx, pay.use)()
			cancel()
			return collected
		}()
		wantCollected(t, collected)
		return nil
	}))
	require.NoError(t, err)
}

// Because of the method AfterFunc, package context starts no goroutine for a context
// derived from a task's.
func TestTaskContextDerivedContextsNeedNoGoroutine(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	for kind, submit := range contexts {
		if kind == "SubmitWait" {
			continue // has a goroutine of its own here
		}
		t.Run(kind, func(t *testing.T) {
			outer, cancelOuter := context.WithCancel(background)
			defer cancelOuter()
			measured := make(chan int, 1)
			require.NoError(t, submit(p, outer, func(ctx context.Context) error {
				before := runtime.NumGoroutine()
				for range 100 {
					_, cancel := context.WithTimeout(ctx, time.Hour)
					defer cancel()
				}
				measured <- runtime.NumGoroutine() - before
				return nil
			}))
			assert.Less(t, <-measured, 100, "goroutines for 100 contexts")
			require.NoError(t, p.Wait())
		})
	}
}

func TestTaskContextDerivedContextsEndWithIt(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	for kind, submit := range contexts {
		t.Run(kind, func(t *testing.T) {
			derived := make(chan context.Context, 1)
			require.NoError(t, submit(p, t.Context(), func(ctx context.Context) error {
				d, cancel := context.WithCancel(ctx)
				_ = cancel
				derived <- d
				return nil
			}))
			d := <-derived
			<-d.Done() // with the task
			require.NoError(t, p.Wait())
		})
	}
}

// A countingContext counts the callbacks that hang on it.
type countingContext struct {
	context.Context
	hanging chan int
}

func newCountingContext() (ctx *countingContext, cancel func()) {
	parent, cancel := context.WithCancel(background)
	ctx = &countingContext{parent, make(chan int, 1)}
	ctx.hanging <- 0
	return ctx, cancel
}

func (c *countingContext) add(n int) int {
	sum := <-c.hanging + n
	c.hanging <- sum
	return sum
}

// Value hides the parent's own list, so that package context uses AfterFunc.
func (c *countingContext) Value(key any) any { return nil }

func (c *countingContext) AfterFunc(f func()) (stop func() bool) {
	c.add(1)
	inTime := context.AfterFunc(c.Context, f)
	return func() bool {
		stopped := inTime()
		if stopped {
			c.add(-1)
		}
		return stopped
	}
}

// Goal: a task that never runs leaves nothing hanging on its submitter's context.
func TestTaskContextNeverRunLeavesNothingHanging(t *testing.T) {
	ends := map[string]func(p *pool.WorkerPool, f *pool.Future[int]){
		"cancelled": func(_ *pool.WorkerPool, f *pool.Future[int]) { f.Cancel() },
		"dropped": func(p *pool.WorkerPool, _ *pool.Future[int]) {
			_ = p.SubmitFunc(func(context.Context) error { return nil })
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.DropOldest))
			defer busyWorker(t, p)()
			outer, cancel := newCountingContext()
			defer cancel()
			f, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil }, pool.WithTaskContext(outer))
			require.NoError(t, err)
			assert.Equal(t, 1, outer.add(0), "contexts that hang on that of a queued task")
			end(p, f)
			assert.Zero(t, outer.add(0), "contexts that still hang on it")
		})
	}
}

// Goal: a task that has ended leaves nothing hanging on its submitter's context or on
// its pool's, even if it asked for Done, and however it ended.
func TestTaskContextLeavesNothingHanging(t *testing.T) {
	ways := map[string]doing{
		"returns":  func(ctx context.Context) error { ctx.Done(); return nil },
		"silent":   func(context.Context) error { return nil },
		"panics":   func(ctx context.Context) error { ctx.Done(); panic("boom") },
		"goexits":  func(ctx context.Context) error { ctx.Done(); _, err := goexit(); return err },
		"derives":  func(ctx context.Context) error { _, cancel := context.WithCancel(ctx); _ = cancel; return nil },
		"timesOut": func(ctx context.Context) error { <-ctx.Done(); return nil },
	}
	start, cancelStart := newCountingContext()
	defer cancelStart()
	p := newPool(pool.Config{Workers: 1})
	require.NoError(t, p.Start(start))
	defer stopPool(t, p)
	_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
	require.NoError(t, err)
	base := start.add(0)
	for name, body := range ways {
		for kind, submit := range contexts {
			if name == "timesOut" && kind != "SubmitContext" {
				continue
			}
			t.Run(name+"/"+kind, func(t *testing.T) {
				outer, cancel := newCountingContext()
				defer cancel()
				if name == "timesOut" {
					require.NoError(t, p.SubmitContext(outer, asTask(body, pool.WithTaskTimeout(1))))
				} else {
					ended := make(chan struct{})
					require.NoError(t, submit(p, outer, func(ctx context.Context) error {
						defer close(ended)
						return body(ctx)
					}))
					<-ended
				}
				_ = p.Wait()
				// An overdue function, or SubmitContext, may not have returned yet.
				_, _ = p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
				for kind != "Group" && outer.add(0) != 0 { // a group holds on until Wait
					runtime.Gosched()
				}
			})
		}
	}
	for start.add(0) != base {
		runtime.Gosched()
	}
}
