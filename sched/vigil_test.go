package sched

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/internal/threads"
)

// Goal: a vigil is over when the search is, so that another can be kept.
func TestOneVigilFollowsAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &looked{}
		s := New(Config[int]{Workers: 1, Source: source})
		s.gap.limit = 100 * time.Microsecond
		s.gap.add(20*time.Microsecond, 20)
		s.crew.join()
		w := s.roster.enter(s)
		for round := range 3 {
			source.looks = 0
			if _, ok := w.searchOn(); ok || source.looks == 0 {
				t.Errorf("round %d: %d looks, want some", round, source.looks)
			}
		}
	})
}

// Goal: a vigil ends while goroutines wait for a processor, however much time it has.
//
// Method: another goroutine is ready to run, on the only processor. Where the vigil does
// not end Go takes the processor from it, which would end it for another reason.
func TestVigilEndsWhereGoroutinesWait(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	g := newGap(time.Hour)
	g.crowded = threads.NewRunQueue().Waiting
	g.mean.Store(int64(time.Hour))
	var over atomic.Bool
	ended := make(chan struct{})
	threads.Go(func() {
		for !over.Load() {
		}
		close(ended)
	})
	defer func() {
		over.Store(true)
		<-ended
	}()
	for range 20 {
		g.notBefore = 0
		v, ok := g.keepVigil()
		if !ok {
			t.Fatal("no vigil")
		}
		for v.goOn() {
		}
		v.end()
		if g.notBefore == 0 {
			return
		}
	}
	t.Error("the vigil went on while another goroutine waited")
}

// Goal: a vigil that lost its processor for long ends, whether or not it then finds an
// item, and there is none for a while: four times as long as it was lost, and longer each
// time, unless all went well meanwhile.
func TestVigilEndsWhereItsProcessorWasTaken(t *testing.T) {
	const lost = 2 * lostLong
	for name, goOn := range map[string]func(v *vigil) bool{
		"no item": (*vigil).goOn,
		"an item": func(*vigil) bool { return false },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGap(time.Hour)
				g.mean.Store(int64(time.Hour))
				loses := func() bool {
					v, ok := g.keepVigil()
					if !ok {
						return false
					}
					time.Sleep(lost)
					looks := 0
					for goOn(&v) {
						looks++
					}
					if looks >= checkEvery {
						t.Errorf("%d looks after it lost its processor", looks)
					}
					v.end()
					return true
				}
				check := func(wait time.Duration) {
					t.Helper()
					if !loses() {
						t.Error("no vigil though all went well, or it was put off")
					}
					time.Sleep(wait - time.Nanosecond)
					if loses() {
						t.Errorf("another vigil in less than %v", wait)
					}
					time.Sleep(time.Nanosecond)
				}
				wait := 4 * lost
				for range 8 {
					check(wait)
					wait = min(4*wait, maxBackoff)
				}
				time.Sleep(calm)
				check(4 * lost)
			})
		})
	}
}

// Goal: whoever has an item wakes another worker if the one that searches on has not
// looked for a while; one does, and the next only after that long again.
func TestSubmittersWakeAnotherWhereAVigilLostItsProcessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config[int]{Workers: 2})
		s.gap.mean.Store(int64(time.Hour))
		s.gap.limit = time.Hour
		s.crew.join()
		s.crew.join()
		s.startSearching()
		v, _ := s.gap.keepVigil()
		other := s.roster.enter(s)
		woken := func(after time.Duration) bool {
			time.Sleep(after)
			s.pushParked(other, false)
			s.notify()
			woken := s.parked(s.idle.load()) == 0
			s.wakeAny()
			for s.idle.load().searching() > 1 {
				s.unsearch()
			}
			return woken
		}
		for _, c := range []struct {
			after time.Duration
			want  bool
		}{{0, false}, {blink, false}, {1, true}, {blink, false}, {1, true}, {1, false}} {
			if woken(c.after) != c.want {
				t.Errorf("%v later: woken %v", c.after, !c.want)
			}
		}
		v.end()
		if woken(time.Second); s.seen.Load() != 0 {
			t.Error("it says that it still looks")
		}
	})
}
