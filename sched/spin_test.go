package sched

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// Goal: a spinner ends with the search, so that another one can start.
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
			_, ok := w.spinForItem()
			assert.False(t, ok, "round %d", round)
			assert.NotZero(t, source.looks, "round %d", round)
		}
	})
}

// Goal: a spinner ends while goroutines wait for a processor, however much time it has.
//
// Method: another goroutine is ready to run, on the only processor. If the spinner did not end,
// Go would preempt it, which would end it for another reason.
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
		require.True(t, ok, "no spinner")
		for v.spin() {
		}
		v.end()
		if g.notBefore == 0 {
			return
		}
	}
	t.Error("the spinner went on while another goroutine waited")
}

// Goal: a spinner that lost its processor for long ends, whether or not it then finds an item,
// and none starts for a while: for as long as the loss, and longer each time, unless there was
// none meanwhile.
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
					assert.Less(t, looks, checkInterval, "looks after it lost its processor")
					v.end()
					return true
				}
				check := func(wait time.Duration) {
					t.Helper()
					assert.True(t, loses(), "no spinner though all went well, or it was put off")
					time.Sleep(wait - time.Nanosecond)
					assert.False(t, loses(), "another spinner in less than %v", wait)
					time.Sleep(time.Nanosecond)
				}
				wait := lost
				for range 8 {
					check(wait)
					wait = min(4*wait, maxBackoff)
				}
				time.Sleep(backoffReset)
				check(lost)
				assert.True(t, loses(), "no spinner though the delay began anew")
			})
		})
	}
}

// besideSpinner returns a scheduler of two workers, of which one spins, the spinner, and
// whether a submitter wakes the other after the given time.
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

// untilCheck continues to the next check of the clock, and reports whether there may be another.
func (v *spinner) untilCheck() bool {
	for range checkInterval {
		if !v.spin() {
			return false
		}
	}
	return true
}

// Goal: a submitter wakes another worker if the spinner has not polled for a while. One does,
// and the next only after that time again.
func TestSubmittersWakeAnotherWhereASpinnerLostItsProcessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, v, woken := besideSpinner(time.Hour)
		for _, c := range []struct {
			after time.Duration
			want  bool
		}{{0, false}, {minPollInterval, false}, {1, true}, {minPollInterval, false}, {1, true}, {1, false}} {
			assert.Equal(t, c.want, woken(c.after), "%v later: woken %v", c.after, !c.want)
		}
		v.end()
		if woken(time.Second); s.pollDeadline.Load() != 0 {
			t.Error("it says that it still looks")
		}
	})
}

// Goal: a spinner continues for as long as items arrive, even if others take them, and the gap
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
			assert.Zero(t, s.gap.since.Load(), "the gap goes on though an item came")
		}
		time.Sleep(limit)
		assert.True(t, v.untilCheck(), "it ended before its time")
		time.Sleep(time.Nanosecond)
		assert.False(t, v.untilCheck(), "it did not end without an item")
	})
}

// Goal: a spinner whose polls take long, because the machine is slow, does not count as
// stalled; a stall does not count as slowness.
func TestSlowSpinnerIsNotStalled(t *testing.T) {
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
		assert.False(t, woken(slow), "another was woken though it looked when it usually does")
		look(slow)
		assert.True(t, woken(4*slow), "nobody was woken where it looked much later")
	})
}

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

// Goal: spinning is worthwhile while gaps are short, whatever came before, and not while they
// are long. A single long one among short ones does not matter.
func TestSpinTimeFollowsTheGaps(t *testing.T) {
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

// Goal: without a limit nothing is counted and no worker spins.
func TestNoLimitMeansNoSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGap(0)
		g.add(time.Microsecond, 20)
		_, ok := g.tryStart()
		assert.False(t, ok, "a spinner")
		assert.Zero(t, g.mean.Load(), "a spinner")
		assert.Zero(t, g.since.Load(), "a spinner")
	})
}

// Goal: one worker at a time spins; the spin ends even if the clock stands still.
func TestSpinnersEndAndComeOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGap(100 * time.Microsecond)
		g.add(50*time.Microsecond, 20)
		v, ok := g.tryStart()
		_, second := g.tryStart()
		require.True(t, ok, "a spinner: %v, a second one: %v", ok, second)
		require.False(t, second, "a spinner: %v, a second one: %v", ok, second)
		looks := 0
		for v.spin() {
			looks++
		}
		if most := int(g.limit / spinTurns); looks < most/2 || looks > most+checkInterval {
			t.Errorf("%d looks while the clock stood still, want about %d", looks, most)
		}
		v.end()
		_, ok = g.tryStart()
		assert.True(t, ok, "none after the first had ended")
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
		assert.Less(t, looks, checkInterval, "looks after its time was over")
	})
}

// Goal: a worker spins if Config.SpinTime allows it, gaps are short, and there are processors
// for it. Otherwise it does not poll once more.
func TestWorkersSpinIfAllowed(t *testing.T) {
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
				assert.False(t, ok, "%d polls", source.looks)
				assert.Equal(t, c.want, source.looks > 0, "%d polls", source.looks)
			})
		})
	}
}

// A patrolled is a source that notes a spinner that starts too early.
type patrolled struct {
	pile
	gap *arrivalGap
	may chan struct{}
}

func (o *patrolled) Poll() (v int, age uint64, status ringbuffer.Status) {
	if o.gap.lock.TryLock() {
		o.gap.lock.Unlock()
	} else {
		<-o.may
	}
	return o.pile.Poll()
}

// Goal: a caller of Wait is not kept waiting by a spinner.
//
// Method: the spinner continues only once the wait is over.
func TestWaitEndsBeforeASpinner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, spin := &patrolled{may: make(chan struct{})}, make(chan struct{})
		s := New(Config[int]{Workers: 1, Source: source, Run: func(w *Worker[int], _ int) {
			<-spin
			w.Settle(Completed)
		}})
		source.gap = &s.gap
		s.gap.limit = 100 * time.Microsecond
		s.gap.add(20*time.Microsecond, 20)
		must(t, s.TrySubmit(1))
		s.Start()
		go func() {
			synctest.Wait() // until the other waits
			close(spin)
		}()
		s.Wait(nil)
		synctest.Wait()
		assert.False(t, s.gap.lock.TryLock(), "no spinner")
		close(source.may)
		stop(t, s)
	})
}
