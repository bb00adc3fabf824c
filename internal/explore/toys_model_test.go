//go:build model

package explore_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// lostUpdate counts with a load and a store instead of one step.
func lostUpdate(x *explore.X) {
	var n atomics.Uint32
	for range 2 {
		x.Go("adder", func() { n.Store(n.Load() + 1) })
	}
	x.After(func() error {
		if got := n.Load(); got != 2 {
			return fmt.Errorf("%d of 2 additions", got)
		}
		return nil
	})
}

// lostWake looks for work and then says that it sleeps, so that who brings work in
// between wakes nobody.
func lostWake(x *explore.X) {
	var work, asleep atomics.Bool
	p := threads.NewParker()
	x.Go("sleeper", func() {
		if !work.Load() {
			asleep.Store(true)
			p.Park(nil)
		}
	})
	x.Go("waker", func() {
		work.Store(true)
		if asleep.Load() {
			p.Unpark()
		}
	})
}

// aba pops from a linked stack without a tag, while another goroutine pops two nodes
// and pushes the first one again.
func aba(x *explore.X) {
	type node struct{ next atomics.Pointer[node] }
	var top atomics.Pointer[node]
	a, b, c := new(node), new(node), new(node)
	a.next.Store(b)
	b.next.Store(c)
	top.Store(a)
	pop := func() *node {
		for {
			first := top.Load()
			if first == nil {
				return nil
			}
			next := first.next.Load()
			if top.CompareAndSwap(first, next) {
				return first
			}
		}
	}
	push := func(n *node) {
		for {
			first := top.Load()
			n.next.Store(first)
			if top.CompareAndSwap(first, n) {
				return
			}
		}
	}
	x.Go("popper", func() { pop() })
	x.Go("juggler", func() {
		first := pop()
		second := pop()
		push(first)
		x.After(func() error {
			if second != nil && top.Load() == second {
				return errors.New("a node is on the stack that was popped")
			}
			return nil
		})
	})
}

// deadlock has two goroutines each wait for the other.
func deadlock(x *explore.X) {
	a, b := threads.NewParker(), threads.NewParker()
	var first atomics.Bool
	x.Go("left", func() {
		if first.Swap(true) {
			a.Park(nil)
		}
		b.Unpark()
	})
	x.Go("right", func() {
		if first.Load() {
			b.Park(nil)
		}
		first.Store(true)
		a.Unpark()
		b.Park(nil)
	})
}

// circles waits for what nobody does.
func circles(x *explore.X) {
	var flag atomics.Bool
	x.Go("waiter", func() {
		for !flag.Load() {
			threads.Pause()
		}
	})
}

// forgotten leaves work beside a goroutine of its own that sleeps.
func forgotten(x *explore.X) {
	var work, asleep atomics.Bool
	p := threads.NewParker()
	x.Go("submitter", func() {
		threads.Go(func() {
			for {
				if work.Swap(false) {
					continue
				}
				asleep.Store(true)
				p.Park(nil)
			}
		})
		work.Store(true)
		if asleep.Swap(false) {
			p.Unpark()
		}
	})
	x.AtRest(func() error {
		if work.Load() && asleep.Load() {
			return errors.New("work beside a sleeper")
		}
		return nil
	})
}

// lateTimer touches what its owner has given up, if Stop came too late.
func lateTimer(x *explore.X) {
	x.Go("owner", func() {
		var gone atomics.Bool
		timer := threads.AfterFunc(1, func() {
			if gone.Load() {
				x.Fail("the timer came after its owner had gone")
			}
		})
		timer.Stop()
		gone.Store(true)
	})
}

// panics in one order of two steps.
func panics(x *explore.X) {
	var p atomics.Pointer[int]
	x.Go("writer", func() { p.Store(new(int)) })
	x.Go("reader", func() { *p.Load()++ })
}

var planted = []struct {
	name        string
	scenario    func(*explore.X)
	says        string
	preemptions int // it takes
}{
	{"lost update", lostUpdate, "at the end: 1 of 2 additions", 1},
	{"lost wake", lostWake, "deadlock\n  sleeper: park", 1},
	{"aba", aba, "at the end: a node is on the stack that was popped", 1},
	{"deadlock", deadlock, "deadlock\n  right: park", 0},
	{"circles", circles, "going in circles", 0},
	{"forgotten", forgotten, "at rest: work beside a sleeper", 2},
	{"late timer", lateTimer, "the timer came after", 2},
	{"panic", panics, "panic in reader", 0},
}

// Goal: a search finds what is wrong, with as few preemptions as it takes, and says
// so; what it found happens again on the schedule that it prints, step for step.
func TestSearchFindsPlantedBugs(t *testing.T) {
	for _, p := range planted {
		for _, bound := range []int{2, explore.All} {
			cfg := explore.Config{Preemptions: bound, Steps: 1000}
			r := explore.Explore(cfg, p.scenario)
			f := r.Failure
			if f == nil {
				t.Errorf("%s: not found: %v", p.name, r)
				continue
			}
			if !strings.HasPrefix(f.Message, p.says) || f.Preemptions != p.preemptions {
				t.Errorf("%s: with %d preemptions, want %d: %s\n%s", p.name, f.Preemptions, p.preemptions, f.Message, f.Steps)
			}
			again, err := explore.Replay(cfg, f.Schedule, p.scenario)
			if err != nil || again.Schedule != f.Schedule || again.Steps != f.Steps {
				t.Errorf("%s: %s replayed, %v: %s\n%s", p.name, f.Schedule, err, again.Schedule, again.Steps)
			}
		}
	}
}

// Goal: so does chance, and the same each time.
func TestSamplesFindPlantedBugs(t *testing.T) {
	for _, p := range planted {
		cfg := explore.Config{Preemptions: explore.None, Samples: 1000, Steps: 1000}
		r := explore.Explore(cfg, p.scenario)
		if f := r.Failure; f == nil || !strings.HasPrefix(f.Message, p.says) {
			t.Errorf("%s: %v, %+v", p.name, r, f)
			continue
		}
		if again := explore.Explore(cfg, p.scenario); again.Executions != r.Executions || *again.Failure != *r.Failure {
			t.Errorf("%s: found after %d executions, and again after %d:\n%s\n%s", p.name, r.Executions, again.Executions, r.Failure.Steps, again.Failure.Steps)
		}
	}
}

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
			r := explore.Explore(explore.Config{Preemptions: bound}, scenario)
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
	if first.Failure != nil || first.Traces < 10 {
		t.Errorf("%+v", first)
	}
}

// Goal: runtime.Goexit ends a goroutine of an execution and nothing else, and what it
// deferred is part of the execution.
func TestGoexitEndsOneGoroutine(t *testing.T) {
	ends := map[uint32]int{}
	r := explore.Explore(explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		var a atomics.Uint32
		x.Go("leaver", func() {
			defer a.Add(1)
			a.Add(10)
			runtime.Goexit()
		})
		x.Go("stayer", func() { a.Store(100) })
		x.After(func() error { ends[a.Load()]++; return nil })
	})
	if r.Failure != nil || len(ends) != 3 || ends[100] == 0 || ends[101] == 0 || ends[111] == 0 {
		t.Errorf("%v, %v, %+v", r, ends, r.Failure)
	}
}

// Goal: goroutines of executions that were given up, or ended with some of them parked,
// are gone.
func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	scenario := func(x *explore.X) {
		var a atomics.Uint32
		for range 3 {
			x.Go("g", func() {
				defer a.Add(1)
				threads.Go(func() {
					defer func() { recover(); threads.Go(func() {}); a.Load() }()
					a.Add(1)
					threads.NewParker().Park(nil)
				})
				threads.AfterFunc(1, func() { a.Load() })
				a.Load()
			})
		}
		x.AtRest(func() error { return nil })
	}
	r := explore.Explore(explore.Config{Preemptions: 1, Samples: 10, Budget: 1e8}, scenario)
	if r.Failure != nil {
		t.Fatal(r.Failure)
	}
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i == 1000 {
			t.Fatalf("%d goroutines, there were %d", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}

// earlyRelease fills in what it gives away after it did.
func earlyRelease(x *explore.X) {
	var ready atomics.Bool
	value := 0
	x.Go("giver", func() { ready.Store(true); value = 7 })
	x.Go("taker", func() {
		if ready.Load() && value != 7 {
			x.Fail("it was not filled in")
		}
	})
}

// Goal: what a goroutine does after a write comes late at times, if that is asked for.
func TestLateShowsEarlyRelease(t *testing.T) {
	for _, bound := range []int{1, explore.All} {
		if r := explore.Explore(explore.Config{Preemptions: bound, Late: true}, earlyRelease); r.Failure == nil {
			t.Errorf("bound %d: not found: %v", bound, r)
		}
	}
	if r := explore.Explore(explore.Config{Preemptions: explore.All}, earlyRelease); r.Failure != nil {
		t.Errorf("found without: %v", r)
	}
}

// Goal: one goroutine that goes round does not keep others from stepping for ever.
func TestNobodyIsLeftBehindForEver(t *testing.T) {
	r := explore.Explore(explore.Config{Preemptions: 1, Budget: time.Second / 10}, func(x *explore.X) {
		var flag atomics.Bool
		x.Go("spinner", func() {
			for !flag.Load() { // without a pause
			}
		})
		x.Go("writer", func() { flag.Store(true) })
	})
	if r.Failure != nil || r.Schedules == 0 {
		t.Errorf("%v, %+v", r, r.Failure)
	}
}

// Goal: at rest is wherever nobody but timers can step, and at the end.
func TestRestIsWhereOnlyTimersCanStep(t *testing.T) {
	rests := map[uint32]bool{}
	r := explore.Explore(explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		var n atomics.Uint32
		p := threads.NewParker()
		x.Go("owner", func() {
			threads.AfterFunc(1, func() { n.Add(1); p.Unpark() })
			p.Park(nil)
			n.Add(10)
		})
		x.AtRest(func() error { rests[n.Load()] = true; return nil })
	})
	if r.Failure != nil || len(rests) != 2 || !rests[0] || !rests[11] {
		t.Errorf("%v, %v, %+v", r, rests, r.Failure)
	}
}

// Goal: a story names words, and says what became of them and where.
func TestStoryTellsWhatHappened(t *testing.T) {
	f, err := explore.Replay(explore.Config{}, "0", func(x *explore.X) {
		var s struct {
			words [2]atomics.Uint32
			top   atomics.Pointer[int]
			lock  threads.TryLock
		}
		x.Name("s", &s)
		x.Go("teller", func() {
			s.words[1].Store(7)
			s.top.Store(new(int))
			s.lock.TryLock()
			s.lock.TryLock()
			x.Fail("it is told")
		})
	})
	if err != nil || f.Message != "it is told" || f.Schedule != "0x5" {
		t.Fatalf("%v, %+v", err, f)
	}
	for i, want := range []string{"start", "store s.words[1]: 0 → 7", "store s.top: nil → &1", "try-lock s.lock", "try-lock s.lock: held"} {
		line := strings.Split(f.Steps, "\n")[i]
		if !strings.Contains(line, want) || i > 0 && !strings.Contains(line, "toys_model_test.go:") {
			t.Errorf("step %d is told as %q, want %q and its place", i+1, line, want)
		}
	}
}

func TestScheduleThatIsNoneIsRefused(t *testing.T) {
	for _, schedule := range []string{"", "x", "1x", "1.", "c1x2", "-1", "p.q"} {
		if f, err := explore.Replay(explore.Config{}, schedule, lostUpdate); err == nil {
			t.Errorf("%q: %+v", schedule, f)
		}
	}
}
