//go:build model

package explore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
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
			if !assert.NotNil(t, f, "%s: not found: %v", p.name, r) {
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

// Goal: so does chance, the same each time, and again from the seed alone.
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
		for _, replay := range []string{r.Failure.Seed, r.Failure.Schedule} {
			again, err := explore.Replay(cfg, replay, p.scenario)
			if err != nil || again.Schedule != r.Failure.Schedule || again.Steps != r.Failure.Steps {
				t.Errorf("%s: %s replayed, %v: %s\n%s", p.name, replay, err, again.Schedule, again.Steps)
			}
		}
	}
}
