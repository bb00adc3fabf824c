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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// An eachForm is one of the ways to call a function for the numbers in [0, n).
type eachForm struct {
	name string
	call func(ctx context.Context, p *pool.WorkerPool, n int, fn func(context.Context, int) error, opts ...any) error
}

// eachForms are all ways. A law of one is a law of all.
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

// calls counts the calls for each number, and how many run at a time.
type calls struct {
	of   []atomic.Int32
	now  atomic.Int32
	most atomic.Int32
}

func newCalls(n int) *calls { return &calls{of: make([]atomic.Int32, n)} }

// fn counts a call.
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
					require.NoError(t, form.call(background, p, n, c.fn(nothing), opt))
					c.once(t, true)
					require.NoError(t, inside(t, p, func(ctx context.Context) error {
						c = newCalls(n)
						return form.call(ctx, p, n, c.fn(nothing), opt)
					}))
					c.once(t, true)
				}
			}
			require.NoError(t, p.Wait())
		}
	})
}

// A function that yields makes a chunk take long, so that all workers get one.
func TestEachRunsNoMoreAtATimeThanItMay(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 4})
		slow := func(context.Context, int) error { yield(); return nil }
		for _, limit := range []int{1, 2, 4, 9} {
			for range rounds(20) {
				c := newCalls(500)
				require.NoError(t, form.call(background, p, 500, c.fn(slow), pool.WithConcurrency(limit)))
				assert.LessOrEqual(t, int(c.most.Load()), min(limit, 4), "calls at a time with %d", limit)
				require.NoError(t, inside(t, p, func(ctx context.Context) error {
					c = newCalls(500)
					return form.call(ctx, p, 500, c.fn(slow), pool.WithConcurrency(limit))
				}))
				assert.LessOrEqual(t, int(c.most.Load()), min(limit, 4), "inside a task: calls at a time with %d", limit)
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
				require.NoError(t, form.call(background, p, workers, rendezvous(workers), pool.WithBuffer(workers)))
				require.NoError(t, inside(t, p, func(ctx context.Context) error {
					return form.call(ctx, p, workers, rendezvous(workers), pool.WithBuffer(workers))
				}))
			}
		})
	})
}

// Goal: towards the end chunks are small, however fast elements were. Method: the last
// two elements, which are then in different chunks, wait for each other. In the
// bubble's clock no element takes any time.
func TestEachSharesTheLastElements(t *testing.T) {
	const n = 1000
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2})
			meet := rendezvous(2)
			require.NoError(t, form.call(background, p, n, func(ctx context.Context, i int) error {
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
			require.NoError(t, form.call(background, p, 10, func(ctx context.Context, i int) error {
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

// After Resize(1) the surplus tasks return at their next element.
func TestEachShrinksWithThePool(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 4})
			meet := rendezvous(4)
			var now atomic.Int32
			require.NoError(t, form.call(background, p, 50, func(ctx context.Context, i int) error {
				if i < 4 {
					defer time.Sleep(time.Second) // all are at an element when the size changes
					assert.NoError(t, meet(ctx, i))
					p.Resize(1)
					return nil
				}
				time.Sleep(time.Second)
				assert.LessOrEqual(t, now.Add(1), int32(1), "calls at a time")
				time.Sleep(time.Second)
				now.Add(-1)
				return nil
			}, pool.WithChunk(1)))
		})
	})
}

// Goal: a long call shares the pool. Method: it occupies the only worker when another
// task is submitted.
func TestEachYieldsToOthers(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1})
			other := -1
			c := newCalls(1000)
			require.NoError(t, form.call(background, p, 1000, c.fn(func(_ context.Context, i int) error {
				if i == 10 {
					assert.NoError(t, p.SubmitFunc(func(context.Context) error { other = c.sum(); return nil }))
				}
				time.Sleep(time.Millisecond)
				return nil
			})))
			c.once(t, true)
			assert.GreaterOrEqual(t, other, 10, "another task ran after %d calls", other)
			assert.LessOrEqual(t, other, 25, "another task ran after %d calls", other)
		})
	})
}

func TestEachRefusesWhatCannotWork(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		c := newCalls(3)
		fn := c.fn(nothing)
		p := pool.New(pool.Config{Workers: -1})
		assert.ErrorIs(t, form.call(background, p, 3, fn), pool.ErrInvalidConfig)
		p = pool.New(pool.Config{Workers: 2})
		assert.ErrorIs(t, form.call(background, p, 3, fn), pool.ErrNotStarted)
		require.NoError(t, p.Start(background))
		assert.ErrorIs(t, form.call(background, p, 3, nil), pool.ErrNilTask)
		for _, opt := range []any{pool.WithConcurrency(0), pool.WithChunk(-1), pool.WithBuffer(0)} {
			err := form.call(background, p, 0, fn, opt)
			_, each := opt.(pool.EachOption)
			_, stream := opt.(pool.StreamOption)
			if isStream(form) && stream || !isStream(form) && each {
				assert.ErrorIs(t, err, pool.ErrInvalidConfig)
			}
		}
		bad := errors.New("bad")
		ctx, cancel := context.WithCancelCause(background)
		cancel(bad)
		err := form.call(ctx, p, 3, fn)
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
		assert.ErrorIs(t, err, bad)
		require.NoError(t, p.Stop(background))
		assert.ErrorIs(t, form.call(background, p, 3, fn), pool.ErrStopped)
		assert.Zero(t, c.sum(), "a call was made")
		accounted(t, p)
	})
}

func TestEachOfNothingIsNothing(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 1})
		for _, n := range []int{0, -1} {
			require.NoError(t, form.call(background, p, n, nothing))
			require.NoError(t, form.call(nil, p, n, nothing)) //nolint:staticcheck // a nil context is none
		}
		s := p.Stats()
		assert.Zero(t, s.SubmittedTasks, s)
	})
}

func TestEachWithoutContext(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 2})
		c := newCalls(10)
		require.NoError(t, form.call(nil, p, 10, c.fn(func(ctx context.Context, _ int) error { return ctx.Err() }))) //nolint:staticcheck // as above
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
		require.NoError(t, call(background))
		require.NoError(t, inside(t, p, call))
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
			require.NoError(t, form.call(background, p, 3, tree(4)))
			assert.Equal(t, int64(243), leaves.Load())
			require.NoError(t, p.Wait())
		}
	})
}

// All forms, nested in each other.
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
	require.NoError(t, nest(eachForms)(background, 0))
	assert.Equal(t, int64(1<<len(eachForms)), leaves.Load())
}

// The cost of one call does not depend on the number of elements.
func TestEachAllocatesForTasksAndNotForElements(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	items := numbers(100_000)
	fn := func(context.Context, int) error { return nil }
	var before, after runtime.MemStats
	require.NoError(t, pool.ForEach(background, p, items, fn))
	runtime.ReadMemStats(&before)
	require.NoError(t, pool.ForEach(background, p, items, fn))
	runtime.ReadMemStats(&after)
	assert.LessOrEqual(t, after.Mallocs-before.Mallocs, uint64(1000), "allocations for %d elements", len(items))
}

// Goal: the first error is returned, the other calls see their context end with it, and
// no further call begins.
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
					assert.Same(t, context.Canceled, ctx.Err())
					assert.Same(t, first, context.Cause(ctx))
					return fmt.Errorf("after %w", ctx.Err())
				}))
				assert.Same(t, first, err)
				c.once(t, false)
				assert.Equal(t, 3, c.sum(), "calls")
				return nil
			}
			require.NoError(t, check(background))
			p.Resize(4)
			p.Resize(3)
			require.NoError(t, inside(t, p, check))
			require.NoError(t, p.Wait()) // the errors had an owner
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
			assert.Error(t, form.call(ctx, p, 100, c.fn(func(_ context.Context, i int) error {
				if i == 3 {
					return end()
				}
				return nil
			}), pool.WithChunk(100)))
			assert.Equal(t, 4, c.sum(), "calls")
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
						assert.ErrorIs(t, err, bad)
						c.once(t, all != nil)
						return nil
					}
					require.NoError(t, check(background))
					require.NoError(t, inside(t, p, check))
				}
			}
		}
	})
}

// With WithAllErrors every element is called, whatever the others do.
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
		require.NoError(t, form.call(background, p, n, nothing)) // the workers are there
	})
}

func TestForErrorsAreInTheOrderOfTheElements(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 4})
	err := pool.For(background, p, 200, func(_ context.Context, i int) error {
		yield()
		return fmt.Errorf("%d", i)
	}, pool.WithAllErrors(), pool.WithChunk(3))
	for i, err := range joined(err) {
		require.Equal(t, fmt.Sprint(i), err.Error(), "error %d", i)
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
			pe := new(pool.PanicError)
			if assert.ErrorAs(t, err, &pe) {
				assert.NotEmpty(t, pe.Stack)
				assert.Equal(t, "boom", pe.Value)
				assert.Equal(t, "boom", handled.Load())
			}
			return nil
		}
		require.NoError(t, check(background))
		require.NoError(t, inside(t, p, check))
		require.NoError(t, p.Wait())
	})
}

// A handler that ends its goroutine holds up no other call.
func TestEachPanicHandlerMayGoexit(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithPanicHandler(func(any) { _, _ = goexit() }))
		for range 3 {
			err := form.call(background, p, 10, func(context.Context, int) error { panic("boom") })
			pe := new(pool.PanicError)
			assert.ErrorAs(t, err, &pe)
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
			assert.ErrorIs(t, err, pool.ErrGoexit)
		}
		require.NoError(t, form.call(background, p, 10, nothing))
	})
}

// Inside a task, where the caller works too, Goexit of a function ends the caller with
// the call; the other calls have ended before.
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
				assert.ErrorIs(t, err, pool.ErrGoexit)
			})
		}
	})
}

// Goal: once the context has ended, no further call begins, running ones see it, and
// the error has the cause.
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
				assert.ErrorIs(t, err, pool.ErrNotStarted)
				assert.ErrorIs(t, err, context.Canceled)
				assert.ErrorIs(t, err, why)
				c.once(t, false)
				assert.LessOrEqual(t, c.sum(), 7, "calls")
				return nil
			}
			require.NoError(t, check(background))
			require.NoError(t, inside(t, p, check))
		})
	})
}

// Goal: a call whose task was cancelled in the queue returns an error, whatever the
// cause.
func TestEachThatNeverBeganReturnsAnError(t *testing.T) {
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
				assert.ErrorIs(t, err, pool.ErrNotStarted)
				assert.ErrorIs(t, err, context.Canceled)
				if cause != nil {
					assert.ErrorIs(t, err, cause)
				}
				release()
			})
		}
	})
}

// A call in which every element was called returns no error, even if the context has
// ended.
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
			require.NoError(t, check(background))
			require.NoError(t, inside(t, p, check))
		})
	})
}

// Unlike a group, which may outlive the task, a call inside a task ends at the task's
// own deadline.
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
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			err = <-told
			assert.ErrorIs(t, err, pool.ErrNotStarted)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			c.once(t, false)
			assert.LessOrEqual(t, c.sum(), 8, "calls")
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
			err := <-told
			assert.ErrorIs(t, err, pool.ErrNotStarted)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Zero(t, c.sum(), "calls")
		})
	})
}

// The pool's timeout does not apply to the tasks that a call submits for itself.
func TestEachHasNoTimeout(t *testing.T) {
	eachOf(t, func(t *testing.T, form eachForm) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2}, pool.WithTaskTimeout(time.Second))
			require.NoError(t, form.call(background, p, 100, func(ctx context.Context, _ int) error {
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
	require.NoError(t, err)
	for i, s := range out {
		require.Equal(t, fmt.Sprint(i), s, "at %d", i)
	}
	assert.Len(t, out, len(in), "results")
}

func TestMapHasTheResultsThatThereAre(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	out, err := pool.Map(background, p, []int{1, 2, 3, 4}, func(_ context.Context, v int) (int, error) {
		if v%2 == 0 {
			return -1, errors.New("even")
		}
		return v, nil
	}, pool.WithAllErrors())
	assert.Len(t, joined(err), 2)
	assert.Equal(t, "[1 0 3 0]", fmt.Sprint(out))
	out, err = pool.Map(background, p, nil, func(context.Context, int) (int, error) { return 0, nil })
	assert.NotNil(t, out, "of nothing")
	assert.NoError(t, err, "of nothing")
	assert.Empty(t, out, "of nothing")
}
