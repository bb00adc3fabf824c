//go:build model

package explore_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

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
	require.Nil(t, r.Failure)
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
		r := explore.Explore(explore.Config{Preemptions: bound, Late: true}, earlyRelease)
		assert.NotNil(t, r.Failure, "bound %d: not found: %v", bound, r)
	}
	r := explore.Explore(explore.Config{Preemptions: explore.All}, earlyRelease)
	assert.Nil(t, r.Failure, "found without: %v", r)
}

// Goal: one goroutine that goes round does not keep others from stepping forever.
func TestNobodyIsLeftBehindForEver(t *testing.T) {
	r := explore.Explore(explore.Config{Preemptions: 1, Budget: time.Second / 10}, func(x *explore.X) {
		var flag atomics.Bool
		x.Go("spinner", func() {
			for !flag.Load() { // without a pause
			}
		})
		x.Go("writer", func() { flag.Store(true) })
	})
	assert.Nil(t, r.Failure, r)
	assert.NotZero(t, r.Schedules, r)
}

// Goal: a goroutine that the code under test has started and that sleeps forever is a
// deadlock, unless the scenario says what is right at rest.
func TestSleepersNeedARest(t *testing.T) {
	for _, rests := range []bool{false, true} {
		r := explore.Explore(explore.Config{}, func(x *explore.X) {
			x.Go("starter", func() { threads.Go(func() { threads.NewParker().Park(nil) }) })
			if rests {
				x.AtRest(func() error { return nil })
			}
		})
		assert.NotEqual(t, rests, r.Failure != nil && strings.HasPrefix(r.Failure.Message, "deadlock"),
			"with AtRest %v: %v, %+v", rests, r, r.Failure)
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
	if assert.Nil(t, r.Failure, r) {
		assert.Len(t, rests, 2, r)
		assert.True(t, rests[0], r)
		assert.True(t, rests[11], r)
	}
}
