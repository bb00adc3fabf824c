package sched

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

func newGap(limit time.Duration) *arrivalGap {
	return &arrivalGap{clock: threads.NewClock(), limit: limit, runQueueBusy: func() bool { return false }, pollDeadline: new(atomics.Uint64)}
}

func (g *arrivalGap) add(gap time.Duration, times int) {
	for range times {
		time.Sleep(time.Microsecond) // 0 means that no gap began
		g.begin()
		time.Sleep(gap)
		g.end()
	}
}

// Goal: it is worth to search while gaps are short, whatever came before, and not while
// they are long; a single long one among short ones does not matter.
func TestSearchIsWorthItWhereGapsAreShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 600 * time.Microsecond
		g := newGap(limit)
		check := func(what string, worth bool) {
			t.Helper()
			if got := g.spinTime(); got > limit || got > 0 != worth {
				t.Errorf("after %s: search for %v, want a while: %v", what, got, worth)
			}
		}
		g.add(20*time.Microsecond, 20)
		check("short gaps", true)
		g.add(time.Hour, 1)
		check("one long gap", true)
		g.add(2*time.Millisecond, 20)
		check("long gaps", false)
		g.add(200*time.Microsecond, 20)
		check("short gaps again", true)
		g.end()
		check("an end without a begin", true)
	})
}

// Goal: without a limit nothing is counted and nobody searches.
func TestNoLimitMeansNoSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGap(0)
		g.add(time.Microsecond, 20)
		if _, ok := g.tryStart(); ok || g.mean.Load() != 0 || g.since.Load() != 0 {
			t.Errorf("a spinner: %v, mean %d", ok, g.mean.Load())
		}
	})
}

// Goal: one worker at a time keeps a spinner; it ends where the clock stands still, too.
func TestVigilsEndAndAreKeptOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGap(100 * time.Microsecond)
		g.add(50*time.Microsecond, 20)
		v, ok := g.tryStart()
		if _, second := g.tryStart(); !ok || second {
			t.Fatalf("a spinner: %v, a second one: %v", ok, second)
		}
		looks := 0
		for v.spin() {
			looks++
		}
		if most := int(g.limit / spinTurns); looks < most/2 || looks > most+checkInterval {
			t.Errorf("%d looks while the clock stood still, want about %d", looks, most)
		}
		v.end()
		if _, ok := g.tryStart(); !ok {
			t.Error("none after the first had ended")
		}
	})
}

// Goal: a spinner ends when its time is over.
func TestSpinnerEndsWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGap(stallThreshold)
		g.add(time.Microsecond, 20)
		v, _ := g.tryStart()
		time.Sleep(stallThreshold/2 + time.Microsecond)
		looks := 0
		for v.spin() {
			looks++
		}
		if looks >= checkInterval {
			t.Errorf("%d looks after its time was over", looks)
		}
	})
}

// Goal: a worker searches on if Config.Search lets it, gaps are short, and there are
// processors for it; else it does not look once more.
func TestWorkersSearchOnWhereTheyMay(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for name, c := range map[string]struct {
		cfg   Config[int]
		procs int
		gap   time.Duration
		want  bool
	}{
		"with a limit":        {Config[int]{SpinTime: time.Millisecond}, 2, time.Microsecond, runtime.NumCPU() > 1},
		"by default":          {Config[int]{}, 2, time.Microsecond, false},
		"long gaps":           {Config[int]{SpinTime: time.Microsecond}, 2, time.Millisecond, false},
		"one processor":       {Config[int]{SpinTime: time.Millisecond}, 1, time.Microsecond, false},
		"too many processors": {Config[int]{SpinTime: time.Millisecond}, 2 * runtime.NumCPU(), time.Microsecond, false},
		"a pacer":             {Config[int]{SpinTime: time.Millisecond, Pacer: &metronome{}}, 2, time.Microsecond, false},
	} {
		t.Run(name, func(t *testing.T) {
			runtime.GOMAXPROCS(c.procs)
			synctest.Test(t, func(t *testing.T) {
				source := &looked{}
				c.cfg.Workers, c.cfg.Source = 1, source
				s := New(c.cfg)
				s.gap.add(c.gap, 20)
				s.workers.join()
				_, ok := s.slots.occupy(s).spinForItem()
				if ok || source.looks > 0 != c.want {
					t.Errorf("%d looks, want some: %v", source.looks, c.want)
				}
			})
		})
	}
}
