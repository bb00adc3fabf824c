//go:build model

package explore_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// steps returns a scenario of as many goroutines as there are functions.
func steps(fs ...func()) func(*explore.X) {
	return func(x *explore.X) {
		for i, f := range fs {
			x.Go(fmt.Sprint("g", i), f)
		}
	}
}

// Goal: without a bound, each partial order of dependent steps is met once.
func TestSearchCountsPartialOrders(t *testing.T) {
	for _, c := range []struct {
		name     string
		scenario func(x *explore.X)
		want     int
	}{
		{"one goroutine", func(x *explore.X) {
			var a atomics.Uint32
			steps(func() { a.Add(1); a.Add(1) })(x)
		}, 1},
		{"goroutines on words of their own", func(x *explore.X) {
			for range 5 {
				var a atomics.Uint32
				x.Go("g", func() {
					for range 10 {
						a.Add(1)
					}
				})
			}
		}, 1},
		{"readers only", func(x *explore.X) {
			var a atomics.Uint32
			steps(func() { a.Load(); a.Load() }, func() { a.Load() }, func() { a.Load() })(x)
		}, 1},
		{"two writes", func(x *explore.X) {
			var a atomics.Uint32
			steps(func() { a.Add(1) }, func() { a.Add(1) })(x)
		}, 2},
		{"four writes", func(x *explore.X) {
			var a atomics.Uint32
			w := func() { a.Add(1) }
			steps(w, w, w, w)(x)
		}, 24},
		{"two times two writes", func(x *explore.X) {
			var a atomics.Uint32
			w := func() { a.Add(1); a.Add(1) }
			steps(w, w)(x)
		}, 6},
		{"a write and three readers", func(x *explore.X) {
			var a atomics.Uint32
			r := func() { a.Load() }
			steps(func() { a.Add(1) }, r, r, r)(x)
		}, 8},
		{"stores that change nothing", func(x *explore.X) {
			var a atomics.Uint32
			w := func() { a.Store(0); a.CompareAndSwap(7, 8) }
			steps(w, w, w)(x)
		}, 1},
		{"two words", func(x *explore.X) { // both first, or one of them twice
			var a, b atomics.Uint32
			steps(func() { a.Store(1); b.Load() }, func() { b.Store(1); a.Load() })(x)
		}, 3},
		{"unparks", func(x *explore.X) { // either, or the second too late
			p := threads.NewParker()
			steps(func() { p.Park(nil) }, func() { p.Unpark() }, func() { p.Unpark() })(x)
		}, 4},
		{"choices", func(x *explore.X) {
			x.Go("chooser", func() { x.Choose(3); x.Choose(2) })
			x.Choose(4)
		}, 24},
		{"a timer and its stop", func(x *explore.X) {
			x.Go("owner", func() { threads.AfterFunc(1, func() {}).Stop() })
		}, 2},
		{"a timer that does not fire", func(x *explore.X) {
			x.Go("owner", func() { threads.AfterFunc(explore.Never, func() { x.Fail("it did") }) })
		}, 1},
		{"a parent and its child", func(x *explore.X) {
			var a atomics.Uint32
			x.Go("parent", func() {
				a.Add(1)
				threads.Go(func() { a.Add(1) })
				a.Add(1)
			})
		}, 2},
		{"a loop that waits", func(x *explore.X) { // it looks in time, or in vain once
			var a atomics.Bool
			x.Go("waiter", func() {
				for !a.Load() {
					threads.Pause()
				}
			})
			x.Go("writer", func() { a.Store(true) })
		}, 2},
	} {
		r := explore.Explore(explore.Config{Preemptions: explore.All}, c.scenario)
		if r.Failure != nil {
			t.Errorf("%s: %s\n%s", c.name, r.Failure.Message, r.Failure.Steps)
		} else if r.Traces != c.want || !r.Complete {
			t.Errorf("%s: want %d: %v", c.name, c.want, r)
		}
	}
}

// Goal: what takes k preemptions is found with a bound of k, and with less all is said
// to be seen, and it was not.
//
// Method: two goroutines have to take turns, k+2 of them; the last two of these cost
// nothing, as a goroutine has ended before each.
func TestBoundIsExact(t *testing.T) {
	for k := range 5 {
		scenario := func(x *explore.X) {
			var turn atomics.Uint32
			for g := range 2 {
				x.Go(fmt.Sprint("g", g), func() {
					for i := g; i < k+2; i += 2 {
						turn.CompareAndSwap(uint32(i), uint32(i)+1)
					}
				})
			}
			x.After(func() error {
				if turn.Load() == uint32(k)+2 {
					return errors.New("they took turns")
				}
				return nil
			})
		}
		for bound := 1; bound < 6; bound++ {
			r := explore.Explore(explore.Config{Preemptions: bound, Samples: explore.None}, scenario)
			if found := r.Failure != nil; found != (bound >= k) {
				t.Errorf("%d turns, bound %d: found is %v: %v", k+2, bound, found, r)
			} else if found && r.Failure.Preemptions != k || !found && r.Bound != bound {
				t.Errorf("%d turns, bound %d: %v, %+v", k+2, bound, r, r.Failure)
			}
		}
	}
}

// Goal: an exploration says the same each time.
func TestExplorationsAreRepeatable(t *testing.T) {
	scenario := func(x *explore.X) {
		var a, b atomics.Uint32
		p := threads.NewParker()
		x.Go("main", func() {
			threads.Go(func() { a.Add(1); p.Unpark(); b.Add(uint32(x.Choose(2))) })
			threads.AfterFunc(1, func() { b.Add(1) })
			a.Add(1)
			p.Park(nil)
			b.Load()
		})
		x.Go("other", func() { b.Store(7); a.Load() })
	}
	cfg := explore.Config{Samples: 100}
	first := explore.Explore(cfg, scenario)
	for range 3 {
		again := explore.Explore(cfg, scenario)
		first.Elapsed, again.Elapsed = 0, 0
		if again != first {
			t.Errorf("first %v, then %v", first, again)
		}
	}
	assert.Nil(t, first.Failure, first)
	assert.GreaterOrEqual(t, first.Traces, 10, first)
}
