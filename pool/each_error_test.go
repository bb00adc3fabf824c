package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// Goal: the first error is the one returned; the other calls see their context end
// with it, and no further call begins.
func TestEachFirstErrorWins(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 3})
			first := errors.New("first")
			check := func(ctx context.Context) error {
				c := newCalls(1000)
				err := form.call(ctx, p, 1000, c.fn(func(ctx context.Context, i int) error {
					if i == 1 {
						synctest.Wait() // others wait for the end of their contexts
						return first
					}
					<-ctx.Done()
					if ctx.Err() != context.Canceled || context.Cause(ctx) != first {
						t.Errorf("Err() = %v, cause %v", ctx.Err(), context.Cause(ctx))
					}
					return fmt.Errorf("after %w", ctx.Err())
				}))
				if err != first {
					t.Errorf("error %v", err)
				}
				c.once(t, false)
				if n := c.sum(); n != 3 {
					t.Errorf("%d calls", n)
				}
				return nil
			}
			must(t, check(background))
			p.Resize(4)
			p.Resize(3)
			must(t, inside(t, p, check))
			must(t, p.Wait()) // the errors had an owner
		})
	})
}

// A chunk that has begun ends early too.
func TestEachEndsInTheMiddleOfAChunk(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 1})
		bad := errors.New("bad")
		ctx, cancel := context.WithCancel(background)
		for _, end := range []func() error{
			func() error { return bad },
			func() error { cancel(); return nil },
		} {
			c := newCalls(100)
			if err := form.call(ctx, p, 100, c.fn(func(_ context.Context, i int) error {
				if i == 3 {
					return end()
				}
				return nil
			}), pool.WithChunk(100)); err == nil {
				t.Error("no error")
			}
			if n := c.sum(); n != 4 {
				t.Errorf("%d calls", n)
			}
		}
	})
}

// An error of the first, the last and the only element is returned.
func TestEachErrorIsNeverLost(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 2})
		bad := errors.New("bad")
		for _, n := range []int{1, 2, 100} {
			for _, at := range []int{0, n - 1} {
				for _, all := range []any{nil, pool.WithAllErrors()} {
					check := func(ctx context.Context) error {
						c := newCalls(n)
						err := form.call(ctx, p, n, c.fn(func(_ context.Context, i int) error {
							if i == at {
								return bad
							}
							return nil
						}), all)
						wantErr(t, err, bad)
						c.once(t, all != nil)
						return nil
					}
					must(t, check(background))
					must(t, inside(t, p, check))
				}
			}
		}
	})
}

// With WithAllErrors every element has its call, whatever the others do.
func TestEachWithAllErrorsCallsForEach(t *testing.T) {
	const n = 300
	eachOf(t, func(t *testing.T, form eachForm) {
		var handled atomic.Int32
		p := startPool(t, pool.Config{Workers: 3}, pool.WithPanicHandler(func(any) { handled.Add(1) }))
		for _, chunk := range []any{nil, pool.WithChunk(20)} {
			handled.Store(0)
			c := newCalls(n)
			err := form.call(background, p, n, c.fn(func(ctx context.Context, i int) error {
				switch i % 4 {
				case 0:
					return fmt.Errorf("element %d", i)
				case 1:
					panic(fmt.Errorf("panic %d", i))
				case 2:
					_, err := goexit()
					return err
				}
				return ctx.Err()
			}), pool.WithAllErrors(), chunk)
			c.once(t, true)
			errs := joined(err)
			var plain, panics, exits int
			for _, err := range errs {
				switch pe := new(pool.PanicError); {
				case errors.As(err, &pe):
					panics++
				case errors.Is(err, pool.ErrGoexit):
					exits++
				default:
					plain++
				}
			}
			if plain != n/4 || panics != n/4 || exits != n/4 || handled.Load() != n/4 {
				t.Errorf("%d errors, %d panics, %d calls of Goexit; the handler had %d", plain, panics, exits, handled.Load())
			}
		}
		must(t, form.call(background, p, n, nothing)) // the workers are there
	})
}

func TestForErrorsAreInTheOrderOfTheElements(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 4})
	err := pool.For(background, p, 200, func(_ context.Context, i int) error {
		yield()
		return fmt.Errorf("%d", i)
	}, pool.WithAllErrors(), pool.WithChunk(3))
	for i, err := range joined(err) {
		if err.Error() != fmt.Sprint(i) {
			t.Fatalf("error %d is %v", i, err)
		}
	}
}

func TestEachPanicIsAnError(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		var handled atomic.Value
		p := startPool(t, pool.Config{Workers: 2}, pool.WithPanicHandler(func(v any) { handled.Store(v) }))
		check := func(ctx context.Context) error {
			handled.Store("")
			err := form.call(ctx, p, 10, func(_ context.Context, i int) error {
				if i == 3 {
					panic("boom")
				}
				return nil
			})
			if pe := new(pool.PanicError); !errors.As(err, &pe) || pe.Value != "boom" || len(pe.Stack) == 0 || handled.Load() != "boom" {
				t.Errorf("error %v, the handler had %v", err, handled.Load())
			}
			return nil
		}
		must(t, check(background))
		must(t, inside(t, p, check))
		must(t, p.Wait())
	})
}

// A handler that ends its goroutine in its turn keeps nobody waiting.
func TestEachPanicHandlerMayGoexit(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithPanicHandler(func(any) { _, _ = goexit() }))
		for range 3 {
			err := form.call(background, p, 10, func(context.Context, int) error { panic("boom") })
			if pe := new(pool.PanicError); !errors.As(err, &pe) {
				t.Errorf("error %v", err)
			}
		}
	})
}

func TestEachGoexitIsAnError(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 1})
		for range 3 {
			err := form.call(background, p, 10, func(_ context.Context, i int) error {
				if i == 3 {
					_, err := goexit()
					return err
				}
				return nil
			})
			wantErr(t, err, pool.ErrGoexit)
		}
		must(t, form.call(background, p, 10, nothing))
	})
}

// Inside a task, where the caller takes part, it ends with the call; the others
// have ended before it has.
func TestEachGoexitOfACallOfTheCallersEndsIt(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		for _, opt := range []any{nil, pool.WithAllErrors()} {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 2})
				c := newCalls(10)
				err := inside(t, p, func(ctx context.Context) error {
					caller := goid()
					defer c.once(t, false)
					return form.call(ctx, p, 10, c.fn(func(ctx context.Context, i int) error {
						if goid() == caller {
							synctest.Wait()
							_, err := goexit()
							return err
						}
						<-ctx.Done()
						return nil
					}), opt)
				})
				wantErr(t, err, pool.ErrGoexit)
			})
		}
	})
}

// Goal: once the context has ended no further call begins, those that run see it,
// and the error tells the cause.
func TestEachEndsWithTheContext(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2})
			why := errors.New("why")
			check := func(ctx context.Context) error {
				ctx, cancel := context.WithCancelCause(ctx)
				defer cancel(nil)
				c := newCalls(100)
				err := form.call(ctx, p, 100, c.fn(func(ctx context.Context, i int) error {
					if i == 5 {
						synctest.Wait()
						cancel(why)
						synctest.Wait()
					}
					if i >= 5 {
						<-ctx.Done()
					}
					return nil
				}), pool.WithAllErrors(), pool.WithChunk(1))
				wantErr(t, err, pool.ErrNotStarted, context.Canceled, why)
				c.once(t, false)
				if n := c.sum(); n > 7 {
					t.Errorf("%d calls", n)
				}
				return nil
			}
			must(t, check(background))
			must(t, inside(t, p, check))
		})
	})
}

// Goal: a call whose task was cancelled in the queue tells so, whatever the cause.
func TestEachThatNeverBeganTellsSo(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		for _, cause := range []error{nil, errors.New("why"), pool.ErrGoexit, pool.ErrDropped, pool.ErrStopped} {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1})
				release := busyWorker(t, p)
				ctx, cancel := context.WithCancelCause(background)
				called := async(func() error { return form.call(ctx, p, 10, nothing) })
				synctest.Wait()
				cancel(cause)
				err := <-called
				wantErr(t, err, pool.ErrNotStarted, context.Canceled)
				if cause != nil {
					wantErr(t, err, cause)
				}
				release()
			})
		}
	})
}

// A call that all elements had is no error, though the context has ended.
func TestEachIsDoneThoughTheContextHasEnded(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2})
			check := func(ctx context.Context) error {
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				return form.call(ctx, p, 10, func(_ context.Context, i int) error {
					if i == 9 {
						cancel()
						synctest.Wait()
					}
					return nil
				}, pool.WithConcurrency(1))
			}
			must(t, check(background))
			must(t, inside(t, p, check))
		})
	})
}

// Unlike a group, which may outlive it, a call inside a task ends with the task's
// own time.
func TestEachInsideATaskEndsWithItsTimeout(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2}, pool.WithTaskTimeout(time.Second))
			c := newCalls(100)
			told := make(chan error, 1)
			err := inside(t, p, func(ctx context.Context) error {
				told <- form.call(ctx, p, 100, c.fn(func(context.Context, int) error {
					time.Sleep(300 * time.Millisecond)
					return nil
				}))
				return nil
			})
			wantErr(t, err, context.DeadlineExceeded)
			wantErr(t, <-told, pool.ErrNotStarted, context.DeadlineExceeded)
			c.once(t, false)
			if n := c.sum(); n > 8 {
				t.Errorf("%d calls", n)
			}
		})
	})
}

func TestEachInsideATaskWhoseTimeIsOutDoesNotBegin(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2}, pool.WithTaskTimeout(time.Second))
			c := newCalls(10)
			told := make(chan error, 1)
			_ = inside(t, p, func(ctx context.Context) error {
				<-ctx.Done()
				told <- form.call(ctx, p, 10, c.fn(nothing))
				return nil
			})
			wantErr(t, <-told, pool.ErrNotStarted, context.DeadlineExceeded)
			if c.sum() != 0 {
				t.Errorf("%d calls", c.sum())
			}
		})
	})
}

// The timeout of the pool is for tasks, not for what a call submits for itself.
func TestEachHasNoTimeout(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2}, pool.WithTaskTimeout(time.Second))
			must(t, form.call(background, p, 100, func(ctx context.Context, _ int) error {
				time.Sleep(300 * time.Millisecond)
				return ctx.Err()
			}))
		})
	})
}

func TestMapIsInTheOrderOfTheInput(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 4})
	in := numbers(1000)
	out, err := pool.Map(background, p, in, func(_ context.Context, v int) (string, error) { yield(); return fmt.Sprint(v), nil })
	must(t, err)
	for i, s := range out {
		if s != fmt.Sprint(i) {
			t.Fatalf("%q at %d", s, i)
		}
	}
	if len(out) != len(in) {
		t.Errorf("%d results", len(out))
	}
}

func TestMapHasTheResultsThatThereAre(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	out, err := pool.Map(background, p, []int{1, 2, 3, 4}, func(_ context.Context, v int) (int, error) {
		if v%2 == 0 {
			return -1, errors.New("even")
		}
		return v, nil
	}, pool.WithAllErrors())
	if len(joined(err)) != 2 {
		t.Errorf("error %v", err)
	}
	if fmt.Sprint(out) != "[1 0 3 0]" {
		t.Errorf("results %v", out)
	}
	if out, err := pool.Map(background, p, nil, func(context.Context, int) (int, error) { return 0, nil }); out == nil || len(out) != 0 || err != nil {
		t.Errorf("of nothing: %v, %v", out, err)
	}
}
