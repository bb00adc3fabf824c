package sched

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/internal/threads"
)

// Goal: a spinner is over when the search is, so that another can be kept.
func TestOneSpinnerFollowsAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &looked{}
		s := New(Config[int]{Workers: 1, Source: source})
		s.gap.limit = 100 * time.Microsecond
		s.gap.add(20*time.Microsecond, 20)
		s.workers.join()
		w := s.slots.occupy(s)
		for round := range 3 {
			source.looks = 0
			if _, ok := w.spinForItem(); ok || source.looks == 0 {
				t.Errorf("round %d: %d looks, want some", round, source.looks)
			}
		}
	})
}

// Goal: a spinner ends while goroutines wait for a processor, however much time it has.
//
// Method: another goroutine is ready to run, on the only processor. Where the spinner does
// not end Go takes the processor from it, which would end it for another reason.
func TestSpinnerEndsWhereGoroutinesWait(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	g := newGap(time.Hour)
	g.runQueueBusy = threads.NewRunQueue().Waiting
	g.mean.Store(int64(time.Hour / 2))
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
		v, ok := g.tryStart()
		if !ok {
			t.Fatal("no spinner")
		}
		for v.spin() {
		}
		v.end()
		if g.notBefore == 0 {
			return
		}
	}
	t.Error("the spinner went on while another goroutine waited")
}

// Goal: a spinner that lost its processor for long ends, whether or not it then finds an
// item, and there is none for a while: for as long as it was lost, and longer each
// time, unless all went well meanwhile.
func TestSpinnerEndsWhereItsProcessorWasTaken(t *testing.T) {
	const lost = 2 * stallThreshold
	for name, spin := range map[string]func(v *spinner) bool{
		"no item": (*spinner).spin,
		"an item": func(*spinner) bool { return false },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGap(time.Hour)
				g.mean.Store(int64(time.Hour / 2))
				loses := func() bool {
					v, ok := g.tryStart()
					if !ok {
						return false
					}
					time.Sleep(lost)
					looks := 0
					for spin(&v) {
						looks++
					}
					if looks >= checkInterval {
						t.Errorf("%d looks after it lost its processor", looks)
					}
					v.end()
					return true
				}
				check := func(wait time.Duration) {
					t.Helper()
					if !loses() {
						t.Error("no spinner though all went well, or it was put off")
					}
					time.Sleep(wait - time.Nanosecond)
					if loses() {
						t.Errorf("another spinner in less than %v", wait)
					}
					time.Sleep(time.Nanosecond)
				}
				wait := lost
				for range 8 {
					check(wait)
					wait = min(4*wait, maxBackoff)
				}
				time.Sleep(backoffReset)
				check(lost)
			})
		})
	}
}

// besideSpinner returns a scheduler of two workers, of which one keeps a spinner, the spinner,
// and whether who submits so long after that wakes the other.
func besideSpinner(limit time.Duration) (s *Scheduler[int], v spinner, woken func(after time.Duration) bool) {
	s = New(Config[int]{Workers: 2})
	s.gap.mean.Store(int64(limit / 2))
	s.gap.limit = limit
	s.gap.runQueueBusy = func() bool { return false }
	s.workers.join()
	s.workers.join()
	s.startSearching()
	v, _ = s.gap.tryStart()
	other := s.slots.occupy(s)
	return s, v, func(after time.Duration) bool {
		time.Sleep(after)
		s.pushParked(other, false)
		s.notify()
		woken := s.parked(s.idle.load()) == 0
		s.wakeOne(false)
		for s.idle.load().searching() > 1 {
			s.cancelSearch()
		}
		return woken
	}
}

// untilCheck goes on to the next look at the clock, and reports whether there may be another.
func (v *spinner) untilCheck() bool {
	for range checkInterval {
		if !v.spin() {
			return false
		}
	}
	return true
}

// Goal: whoever has an item wakes another worker if the one that searches on has not
// looked for a while; one does, and the next only after that long again.
func TestSubmittersWakeAnotherWhereASpinnerLostItsProcessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, v, woken := besideSpinner(time.Hour)
		for _, c := range []struct {
			after time.Duration
			want  bool
		}{{0, false}, {minPollInterval, false}, {1, true}, {minPollInterval, false}, {1, true}, {1, false}} {
			if woken(c.after) != c.want {
				t.Errorf("%v later: woken %v", c.after, !c.want)
			}
		}
		v.end()
		if woken(time.Second); s.pollDeadline.Load() != 0 {
			t.Error("it says that it still looks")
		}
	})
}

// Goal: a spinner goes on for as long as items come, though others take them, and the gap
// before each counts.
func TestSpinnerGoesOnWhereOthersTookWhatCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = stallThreshold / 2
		s, v, woken := besideSpinner(limit)
		for range 5 {
			s.gap.begin()
			if !woken(limit/2) || !v.untilCheck() {
				t.Fatal("nobody was woken, or the spinner ended beside items")
			}
			if s.gap.since.Load() != 0 {
				t.Error("the gap goes on though an item came")
			}
		}
		time.Sleep(limit)
		if !v.untilCheck() {
			t.Error("it ended before its time")
		}
		time.Sleep(time.Nanosecond)
		if v.untilCheck() {
			t.Error("it did not end without an item")
		}
	})
}

// Goal: where the looks of a spinner take long, because the machine is slow, it is not said
// to have lost its processor; a loss does not count as such.
func TestVigilsMayLookSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slow = 5 * minPollInterval
		_, v, woken := besideSpinner(time.Hour)
		look := func(took time.Duration) {
			time.Sleep(took)
			v.untilCheck()
		}
		for range 100 {
			look(slow)
		}
		look(stallThreshold)
		look(0)
		if woken(slow) {
			t.Error("another was woken though it looked when it usually does")
		}
		look(slow)
		if !woken(4 * slow) {
			t.Error("nobody was woken where it looked much later")
		}
	})
}
