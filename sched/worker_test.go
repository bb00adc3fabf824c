package sched

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An exitKind is how an item leaves Run.
type exitKind int

const (
	returns exitKind = iota
	panics
	panicsWithNil
	exits
)

func (o exitKind) leave() {
	switch o {
	case panics:
		panic(o)
	case panicsWithNil:
		panic(nil)
	case exits:
		runtime.Goexit()
	}
}

// Goal: an item that panics or ends its goroutine costs no worker and no other
// item, wherever in a run of items it stands; Crashed is told which it was and why.
//
// Method: five items in a row, each with an exit by the digits of a number.
func TestCrashCostsNobodyElse(t *testing.T) {
	const items = 5
	for workers := 1; workers <= 2; workers++ {
		for code := range 1024 {
			outs := make([]exitKind, items)
			for v, c := 0, code; v < items; v, c = v+1, c/4 {
				outs[v] = exitKind(c % 4)
			}
			var crashed [items]atomic.Pointer[string]
			s, l := watched(Config[int]{
				Workers: workers, Capacity: items,
				Run: func(_ *Worker[int], v int) { outs[v].leave() },
				Crashed: func(w *Worker[int], v int, recovered any) {
					why := fmt.Sprintf("%T", recovered)
					if crashed[v].Swap(&why) != nil {
						t.Errorf("Crashed is told of item %d twice", v)
					}
					w.Settle(Failed)
				},
			}, items)
			for v := range items {
				must(t, s.TrySubmit(v))
			}
			s.Start()
			s.Wait(nil)
			l.ranOnce(t)
			stop(t, s)
			for v, out := range outs {
				want := [...]string{returns: "", panics: "sched.exitKind", panicsWithNil: "*runtime.PanicNilError", exits: "<nil>"}[out]
				got := ""
				if why := crashed[v].Load(); why != nil {
					got = *why
				}
				if got != want {
					t.Fatalf("items %v: Crashed is told of item %d %q, want %q", outs, v, got, want)
				}
			}
			counts := s.Settled()
			assert.Equal(t, items-counts[Completed], counts[Failed], "items %v: %v settled", outs, counts)
		}
	}
}

// Goal: crashes among many workers and submitters lose nothing, block nobody and
// leave nobody counted as searching.
func TestCrashStorm(t *testing.T) {
	const submitters = 4
	each := times(10_000)
	s, l := watched(Config[int]{
		Workers: 4, Capacity: 4,
		Run:     func(_ *Worker[int], v int) { exitKind(v % 4).leave() },
		Crashed: func(w *Worker[int], _ int, _ any) { w.Settle(Failed) },
	}, submitters*each)
	s.Start()
	var all sync.WaitGroup
	for i := range submitters {
		all.Go(func() {
			for v := i * each; v < (i+1)*each; v++ {
				must(t, s.Submit(v, nil))
			}
		})
	}
	all.Wait()
	stop(t, s)
	l.ranOnce(t)
}

// Goal: OnWorkerStart is called first on each goroutine of a worker, and what it sets is
// there for each item; a slot is one worker's at a time.
func TestOnWorkerStartComesFirstOnEachGoroutine(t *testing.T) {
	const items = 100
	hired := make([]atomic.Int32, 3)
	taken := make([]atomic.Int32, 3)
	s, l := watched(Config[int]{
		Workers: len(hired), Capacity: items,
		OnWorkerStart: func(w *Worker[int]) {
			w.Local = w.Slot()
			hired[w.Slot()].Add(1)
		},
		Run: func(w *Worker[int], v int) {
			if w.Local != w.Slot() {
				t.Errorf("Local is %v in slot %d", w.Local, w.Slot())
			}
			if taken[w.Slot()].Add(1) != 1 {
				t.Errorf("slot %d has two workers", w.Slot())
			}
			runtime.Gosched()
			taken[w.Slot()].Add(-1)
			if v%10 == 0 {
				w.Local = nil
				runtime.Goexit()
			}
		},
		Crashed: func(w *Worker[int], _ int, _ any) { w.Settle(Failed) },
	}, items)
	s.Start()
	for v := range items {
		must(t, s.Submit(v, nil))
	}
	s.Wait(nil)
	l.ranOnce(t)
	stop(t, s)
	sum, slots := 0, 0
	for i := range hired {
		if n := int(hired[i].Load()); n > 0 {
			slots++
			sum += n
		}
	}
	if sum < items/10+1 || slots == 0 {
		t.Errorf("%d goroutines were spawned in %d slots, and %d ended", sum, slots, items/10)
	}
}

// Goal: OnWorkerStart that ends its goroutine is called on the next one.
func TestGoexitInOnWorkerStart(t *testing.T) {
	tries := 0
	s, l := watched(Config[int]{Workers: 1, Capacity: 1, OnWorkerStart: func(*Worker[int]) {
		if tries++; tries < 5 {
			runtime.Goexit()
		}
	}}, 1)
	s.Start()
	must(t, s.Submit(0, nil))
	s.Wait(nil)
	l.ranOnce(t)
	assert.Equal(t, 5, tries, "OnWorkerStart was called %d times", tries)
	stop(t, s)
}

// Goal: OnBusyChange says when a worker goes to work and when it finds no more, in turn,
// and Active agrees.
func TestOnBusyChangeComesInPairs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 5
		var calls []bool
		s, l := watched(Config[int]{Workers: 1, Capacity: n, OnBusyChange: func(_ *Worker[int], begins bool) {
			calls = append(calls, begins)
		}}, 2*n)
		for v := range n {
			must(t, s.TrySubmit(v))
		}
		s.Start()
		synctest.Wait()
		if len(calls) != 2 || !calls[0] || calls[1] {
			t.Errorf("OnBusyChange was called with %v for %d items in a row", calls, n)
		}
		assert.Zero(t, s.Active(), "busy workers")
		for v := n; v < 2*n; v++ {
			must(t, s.TrySubmit(v))
			synctest.Wait()
		}
		assert.Len(t, calls, 2+2*n, "OnBusyChange was called %d times more for %d items one by one", len(calls)-2, n)
		for i, begins := range calls {
			require.Equal(t, i%2 == 0, begins, "OnBusyChange was called with %v", calls)
		}
		l.ranOnce(t)
		stop(t, s)
	})
}

// Goal: nothing waits forever behind an item that submits itself again and again, whatever queues
// the two are in.
//
// Method: one worker. Item 0 submits itself until item 1, in another queue, has run. It gives up
// after as many runs as the worker may take to poll each queue first.
func TestNothingWaitsForever(t *testing.T) {
	again := map[string]func(s *Scheduler[int], v int){
		"ring":     func(s *Scheduler[int], v int) { must(t, s.TrySubmit(v)) },
		"overflow": func(s *Scheduler[int], v int) { s.pushOverflow(v, s.rings[0].overflow) },
		"returns":  func(s *Scheduler[int], v int) { s.AcceptInline(); s.Return(v, 0) },
	}
	for name, self := range again {
		for other, submit := range again {
			t.Run(name+"/"+other, func(t *testing.T) {
				const rings = 4
				runs, ran := 0, false
				var s *Scheduler[int]
				s = New(Config[int]{Workers: 1, Capacity: 8, rings: rings, Run: func(w *Worker[int], v int) {
					switch v {
					case 0:
						if runs++; runs == 10 {
							submit(s, 1)
						}
						if !ran && runs < 1_000_000 {
							self(s, 0)
						}
					case 1:
						ran = true
					}
					w.Settle(Completed)
				}})
				self(s, 0)
				s.Start()
				s.Wait(nil)
				stop(t, s)
				// The draw is random, of a fixed seed.
				assert.LessOrEqual(t, runs, fairnessInterval*(rings+2)*8,
					"an item ran after %d runs of another", runs)
			})
		}
	}
}

// Goal: an item that hands itself in a million times over takes no more memory.
func TestSelfResubmittingItemTakesNoMemory(t *testing.T) {
	n := times(1_000_000)
	var s *Scheduler[int]
	s = New(Config[int]{Workers: 2, Capacity: 4, Run: func(w *Worker[int], v int) {
		if v > 0 {
			must(t, s.SubmitNested(v-1))
		}
		w.Settle(Completed)
	}})
	s.Start()
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.Mallocs
	}
	before := heap()
	must(t, s.Submit(n, nil))
	s.Wait(nil)
	assert.LessOrEqual(t, heap()-before, uint64(n/20)+1000, "allocations for %d items", n)
	stop(t, s)
}

// Goal: the last searcher, found one too many, hands its search on as it leaves.
func TestLeavingSearcherHandsItsSearchOn(t *testing.T) {
	s, _ := watched(Config[int]{Workers: 2, Capacity: 2}, 1)
	s.started.Store(true)
	s.workers.join()
	s.workers.join()
	w, parked := s.slots.occupy(s), s.slots.occupy(s)
	s.pushParked(parked, false)
	w.searching = s.startSearching()
	must(t, s.TrySubmit(0)) // which leaves it to the searcher
	s.workers.resize(1)
	s.raiseExcess()
	require.True(t, w.mayLeave(), "one too many may not leave")
	st := s.idle.load()
	assert.Zero(t, st.top(), "an item waits beside a parked worker")
	assert.Equal(t, 1, st.searching(), "an item waits beside a parked worker")
}

// Goal: a worker is at no item and has told OnBusyChange before it stops counting as
// alive, so that Join waits for both.
func TestLeavingWorkerIsDoneBeforeItCounts(t *testing.T) {
	var s *Scheduler[int]
	told := false
	s = New(Config[int]{Workers: 1, Capacity: 1, Discard: func(int) {}, OnBusyChange: func(_ *Worker[int], begins bool) {
		if !begins {
			told = true
			assert.Equal(t, 1, s.Alive(), "OnBusyChange is called by a worker that does not count")
		}
	}})
	s.workers.join()
	w := s.slots.occupy(s)
	w.setBusy(true)
	s.Close()
	s.Halt()
	_, ok := w.find(false)
	assert.False(t, ok)
	assert.True(t, w.leaving)
	assert.True(t, told)
}

// Goal: once those too many have left, workers look for excess no more.
func TestWorkersLookForExcessNoLongerThanThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := watched(Config[int]{Workers: 4, Capacity: 4}, 4)
		s.Start()
		must(t, s.TrySubmit(0))
		s.Wait(nil)
		s.Resize(1)
		synctest.Wait()
		must(t, s.TrySubmit(1))
		s.Wait(nil)
		assert.Zero(t, s.flags.Load()&flagExcess, "the bit is still up")
		stop(t, s)
	})
}
