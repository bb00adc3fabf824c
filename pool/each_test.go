package pool_test

import (
	"context"
	"errors"
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
