package pool_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// An eachForm is one of the ways to call a function for the numbers from 0 to n-1.
type eachForm struct {
	name string
	call func(ctx context.Context, p *pool.WorkerPool, n int, fn func(context.Context, int) error, opts ...any) error
}

// eachForms are all ways; what is a law of one is a law of all.
var eachForms = []eachForm{
	{"For", func(ctx context.Context, p *pool.WorkerPool, n int, fn func(context.Context, int) error, opts ...any) error {
		return pool.For(ctx, p, n, fn, some[pool.EachOption](opts)...)
	}},
	{"ForEach", func(ctx context.Context, p *pool.WorkerPool, n int, fn func(context.Context, int) error, opts ...any) error {
		return pool.ForEach(ctx, p, numbers(n), fn, some[pool.EachOption](opts)...)
	}},
	{"Map", func(ctx context.Context, p *pool.WorkerPool, n int, fn func(context.Context, int) error, opts ...any) error {
		var call func(context.Context, int) (int, error)
		if fn != nil {
			call = func(ctx context.Context, i int) (int, error) { return i, fn(ctx, i) }
		}
		_, err := pool.Map(ctx, p, numbers(n), call, some[pool.EachOption](opts)...)
		return err
	}},
	{"ForEachSeq", func(ctx context.Context, p *pool.WorkerPool, n int, fn func(context.Context, int) error, opts ...any) error {
		return pool.ForEachSeq(ctx, p, slices.Values(numbers(n)), fn, some[pool.StreamOption](opts)...)
	}},
	{"Stream", func(ctx context.Context, p *pool.WorkerPool, n int, fn func(context.Context, int) error, opts ...any) error {
		return streamed(ctx, p, n, fn, some[pool.StreamOption](opts)...)
	}},
	{"StreamInOrder", func(ctx context.Context, p *pool.WorkerPool, n int, fn func(context.Context, int) error, opts ...any) error {
		return streamed(ctx, p, n, fn, append(some[pool.StreamOption](opts), pool.WithOrder())...)
	}},
}

func streamed(ctx context.Context, p *pool.WorkerPool, n int, fn func(context.Context, int) error, opts ...pool.StreamOption) error {
	var call func(context.Context, int) (int, error)
	if fn != nil {
		call = func(ctx context.Context, i int) (int, error) { return i, fn(ctx, i) }
	}
	var errs []error
	for _, err := range pool.Stream(ctx, p, slices.Values(numbers(n)), call, opts...) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// isStream reports whether a form takes StreamOptions.
func isStream(form eachForm) bool {
	return form.name != "For" && form.name != "ForEach" && form.name != "Map"
}

// some returns the options of one kind.
func some[O any](opts []any) (of []O) {
	for _, opt := range opts {
		if o, ok := opt.(O); ok {
			of = append(of, o)
		}
	}
	return of
}

func numbers(n int) []int {
	s := make([]int, max(n, 0))
	for i := range s {
		s[i] = i
	}
	return s
}

func eachOf(t *testing.T, f func(t *testing.T, form eachForm)) {
	for _, form := range eachForms {
		t.Run(form.name, func(t *testing.T) { f(t, form) })
	}
}

// inside calls f with a context of a task of p.
func inside(t testing.TB, p *pool.WorkerPool, f func(ctx context.Context) error) error {
	t.Helper()
	_, err := p.SubmitWait(background, asTask(f))
	return err
}

// calls counts the calls for each number, and how many there are at a time.
type calls struct {
	of   []atomic.Int32
	now  atomic.Int32
	most atomic.Int32
}

func newCalls(n int) *calls { return &calls{of: make([]atomic.Int32, n)} }

// fn makes a call count.
func (c *calls) fn(fn func(context.Context, int) error) func(context.Context, int) error {
	return func(ctx context.Context, i int) error {
		now := c.now.Add(1)
		defer c.now.Add(-1)
		for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
		}
		c.of[i].Add(1)
		return fn(ctx, i)
	}
}

// once checks that each number had one call, or at most one.
func (c *calls) once(t testing.TB, all bool) {
	t.Helper()
	if now := c.now.Load(); now != 0 {
		t.Errorf("%d calls are running", now)
	}
	for i := range c.of {
		if n := c.of[i].Load(); n > 1 || all && n != 1 {
			t.Fatalf("%d calls for %d", n, i)
		}
	}
}

func (c *calls) sum() (n int) {
	for i := range c.of {
		n += int(c.of[i].Load())
	}
	return n
}

func nothing(context.Context, int) error { return nil }

func TestEachCallsOnceForEach(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		for _, cfg := range []pool.Config{{Workers: 1}, {Workers: 2, QueueSize: 1}, {Workers: 8, QueueSize: 3}} {
			p := startPool(t, cfg)
			for _, n := range []int{0, 1, 2, 3, 7, rounds(500)} {
				for _, opt := range []any{
					nil, pool.WithConcurrency(1), pool.WithConcurrency(3), pool.WithConcurrency(100), pool.WithAllErrors(),
					pool.WithChunk(1), pool.WithChunk(7), pool.WithChunk(math.MaxInt), pool.WithBuffer(1), pool.WithBuffer(3),
				} {
					c := newCalls(n)
					must(t, form.call(background, p, n, c.fn(nothing), opt))
					c.once(t, true)
					must(t, inside(t, p, func(ctx context.Context) error {
						c = newCalls(n)
						return form.call(ctx, p, n, c.fn(nothing), opt)
					}))
					c.once(t, true)
				}
			}
			must(t, p.Wait())
		}
	})
}

// A function that yields makes a chunk take long, so that all have a part.
func TestEachRunsNoMoreAtATimeThanItMay(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 4})
		slow := func(context.Context, int) error { yield(); return nil }
		for _, limit := range []int{1, 2, 4, 9} {
			for range rounds(20) {
				c := newCalls(500)
				must(t, form.call(background, p, 500, c.fn(slow), pool.WithConcurrency(limit)))
				if most := int(c.most.Load()); most > min(limit, 4) {
					t.Errorf("%d at a time with %d", most, limit)
				}
				must(t, inside(t, p, func(ctx context.Context) error {
					c = newCalls(500)
					return form.call(ctx, p, 500, c.fn(slow), pool.WithConcurrency(limit))
				}))
				if most := int(c.most.Load()); most > min(limit, 4) {
					t.Errorf("inside a task, %d at a time with %d", most, limit)
				}
			}
		}
	})
}

// rendezvous returns a function that waits until n calls of it are running.
func rendezvous(n int) func(context.Context, int) error {
	var come atomic.Int32
	all := make(chan struct{})
	return func(ctx context.Context, _ int) error {
		if int(come.Add(1)) == n {
			close(all)
		}
		<-all
		return nil
	}
}

func TestEachUsesAllWorkersAtOnce(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			for _, workers := range []int{1, 2, 3, 20} {
				p := startPool(t, pool.Config{Workers: workers, QueueSize: 1})
				must(t, form.call(background, p, workers, rendezvous(workers), pool.WithBuffer(workers)))
				must(t, inside(t, p, func(ctx context.Context) error {
					return form.call(ctx, p, workers, rendezvous(workers), pool.WithBuffer(workers))
				}))
			}
		})
	})
}

// Goal: towards the end chunks are small, however fast elements were. Method: the
// last two, which are in different chunks then, wait for each other; the clock of a
// bubble says that no element takes any time.
func TestEachSharesTheLastElements(t *testing.T) {
	const n = 1000
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2})
			meet := rendezvous(2)
			must(t, form.call(background, p, n, func(ctx context.Context, i int) error {
				if i < n-2 {
					return nil
				}
				return meet(ctx, i)
			}))
		})
	})
}

func TestEachGrowsWithThePool(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1})
			meet := rendezvous(4)
			must(t, form.call(background, p, 10, func(ctx context.Context, i int) error {
				if i == 2 {
					p.Resize(4)
				}
				if i < 3 || i > 6 {
					return nil
				}
				return meet(ctx, i)
			}, pool.WithChunk(1)))
		})
	})
}

// After Resize(1) those that are too many leave at their next element.
func TestEachShrinksWithThePool(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 4})
			meet := rendezvous(4)
			var now atomic.Int32
			must(t, form.call(background, p, 50, func(ctx context.Context, i int) error {
				if i < 4 {
					defer time.Sleep(time.Second) // all are at an element when the size changes
					must(t, meet(ctx, i))
					p.Resize(1)
					return nil
				}
				time.Sleep(time.Second)
				if n := now.Add(1); n > 1 {
					t.Errorf("%d at a time", n)
				}
				time.Sleep(time.Second)
				now.Add(-1)
				return nil
			}, pool.WithChunk(1)))
		})
	})
}

// Goal: a long call shares the pool. Method: it holds the only worker when another
// task is submitted.
func TestEachMakesWayForOthers(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1})
			other := -1
			c := newCalls(1000)
			must(t, form.call(background, p, 1000, c.fn(func(_ context.Context, i int) error {
				if i == 10 {
					must(t, p.SubmitFunc(func(context.Context) error { other = c.sum(); return nil }))
				}
				time.Sleep(time.Millisecond)
				return nil
			})))
			c.once(t, true)
			if other < 10 || other > 25 {
				t.Errorf("another task ran after %d calls", other)
			}
		})
	})
}

func TestEachRefusesWhatCannotWork(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		c := newCalls(3)
		fn := c.fn(nothing)
		p := pool.New(pool.Config{Workers: -1})
		wantErr(t, form.call(background, p, 3, fn), pool.ErrInvalidConfig)
		p = pool.New(pool.Config{Workers: 2})
		wantErr(t, form.call(background, p, 3, fn), pool.ErrNotStarted)
		must(t, p.Start(background))
		wantErr(t, form.call(background, p, 3, nil), pool.ErrNilTask)
		for _, opt := range []any{pool.WithConcurrency(0), pool.WithChunk(-1), pool.WithBuffer(0)} {
			err := form.call(background, p, 0, fn, opt)
			_, each := opt.(pool.EachOption)
			_, stream := opt.(pool.StreamOption)
			if isStream(form) && stream || !isStream(form) && each {
				wantErr(t, err, pool.ErrInvalidConfig)
			}
		}
		bad := errors.New("bad")
		ctx, cancel := context.WithCancelCause(background)
		cancel(bad)
		wantErr(t, form.call(ctx, p, 3, fn), pool.ErrNotStarted, context.Canceled, bad)
		must(t, p.Stop(background))
		wantErr(t, form.call(background, p, 3, fn), pool.ErrStopped)
		if c.sum() != 0 {
			t.Error("a call was made")
		}
		accounted(t, p)
	})
}

func TestEachOfNothingIsNothing(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 1})
		for _, n := range []int{0, -1} {
			must(t, form.call(background, p, n, nothing))
			must(t, form.call(nil, p, n, nothing)) //nolint:staticcheck // a nil context is none
		}
		if s := p.Stats(); s.SubmittedTasks != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestEachWithoutContext(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 2})
		c := newCalls(10)
		must(t, form.call(nil, p, 10, c.fn(func(ctx context.Context, _ int) error { return ctx.Err() }))) //nolint:staticcheck // as above
		c.once(t, true)
	})
}

// Each call has the values and the cancellation of the caller's context.
func TestEachContextIsTheCallers(t *testing.T) {
	type key struct{}
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 2})
		call := func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(context.WithValue(ctx, key{}, 7), time.Hour)
			defer cancel()
			return form.call(ctx, p, 10, func(ctx context.Context, _ int) error {
				if _, ok := ctx.Deadline(); !ok || ctx.Value(key{}) != 7 {
					return errors.New("it is not")
				}
				return nil
			})
		}
		must(t, call(background))
		must(t, inside(t, p, call))
	})
}

// Goal: no depth of nesting needs another worker, or room.
func TestEachInsideTasksNeedsNoWorker(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		for _, cfg := range []pool.Config{{Workers: 1, QueueSize: 1}, {Workers: 2, QueueSize: 1}, {Workers: 3}} {
			p := startPool(t, cfg)
			var leaves atomic.Int64
			var tree func(depth int) func(context.Context, int) error
			tree = func(depth int) func(context.Context, int) error {
				return func(ctx context.Context, _ int) error {
					if depth == 0 {
						leaves.Add(1)
						return ctx.Err()
					}
					return form.call(ctx, p, 3, tree(depth-1))
				}
			}
			must(t, form.call(background, p, 3, tree(4)))
			if n := leaves.Load(); n != 243 {
				t.Errorf("%d leaves, want 243", n)
			}
			must(t, p.Wait())
		}
	})
}

// All forms in one another.
func TestEachFormInsideAllOthers(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
	var leaves atomic.Int64
	var nest func(forms []eachForm) func(context.Context, int) error
	nest = func(forms []eachForm) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			if len(forms) == 0 {
				leaves.Add(1)
				return nil
			}
			return forms[0].call(ctx, p, 2, nest(forms[1:]))
		}
	}
	must(t, nest(eachForms)(background, 0))
	if n := leaves.Load(); n != 1<<len(eachForms) {
		t.Errorf("%d leaves", n)
	}
}

// What one call costs does not depend on how many elements there are.
func TestEachAllocatesForTasksAndNotForElements(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	items := numbers(100_000)
	fn := func(context.Context, int) error { return nil }
	var before, after runtime.MemStats
	must(t, pool.ForEach(background, p, items, fn))
	runtime.ReadMemStats(&before)
	must(t, pool.ForEach(background, p, items, fn))
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > 1000 {
		t.Errorf("%d allocations for %d elements", n, len(items))
	}
}

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
