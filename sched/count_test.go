package sched

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/user/millrace/ringbuffer"
)

// Goal: Wait returns when all that was accepted is settled, not before: neither
// between an item and those it hands in, nor while one runs.
func TestWaitSeesItemsOfItems(t *testing.T) {
	for _, workers := range []int{1, 2, 4} {
		for range times(500) {
			var pending atomic.Int64
			var s *Scheduler[int]
			s = New(Config[int]{Workers: workers, Capacity: 2, Run: func(w *Worker[int], depth int) {
				for range min(depth, 3) {
					pending.Add(1)
					must(t, s.SubmitNested(depth-1))
				}
				pending.Add(-1)
				w.Settle(Completed)
			}})
			s.Start()
			pending.Add(1)
			must(t, s.Submit(4, nil))
			s.Wait(nil)
			if n := pending.Load(); n != 0 {
				t.Fatalf("Wait returned with %d items pending", n)
			}
			stop(t, s)
		}
	}
}

// Goal: Wait reports false when its patience ends first, true else; many may wait.
func TestWaitEndsWithDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, step := held(t, Config[int]{Capacity: 1}, 2)
		done := make(chan struct{})
		early, late := make(chan bool), make(chan bool)
		for range 10 {
			go func() { early <- s.Wait(done) }()
			go func() { late <- s.Wait(nil) }()
		}
		synctest.Wait()
		close(done)
		for range 10 {
			if <-early {
				t.Error("Wait reports true with an item running")
			}
		}
		close(step)
		for range 10 {
			if !<-late {
				t.Error("Wait reports false without a done channel")
			}
		}
		if !s.Wait(done) {
			t.Error("Wait reports false though all is settled")
		}
		stop(t, s)
	})
}

// Goal: what is settled by others than workers counts, and lets Wait go.
func TestSettledElsewhere(t *testing.T) {
	s := New(Config[int]{Workers: 2, Capacity: 4, Run: func(w *Worker[int], v int) { go w.s.Settle(Outcome(v % outcomes)) }})
	s.Start()
	n := times(10_000)
	for v := range n {
		must(t, s.Submit(v, nil))
		if v%100 == 0 {
			s.Wait(nil)
		}
	}
	s.Wait(nil)
	for o, got := range s.Settled() {
		want := uint64((n - o + int(outcomes) - 1) / int(outcomes))
		if got != want {
			t.Errorf("outcome %d was counted %d times, want %d", o, got, want)
		}
	}
	stop(t, s)
}

// Goal: an item entered is pending until it is settled.
func TestEnterCounts(t *testing.T) {
	s, _ := watched(Config[int]{Workers: 1, Capacity: 1}, 1)
	done := make(chan struct{})
	close(done)
	if !s.AcceptInline() || s.Accepted() != 1 || s.Wait(done) {
		t.Errorf("an item entered is not pending: %d accepted", s.Accepted())
	}
	s.Settle(Completed)
	if !s.Wait(done) {
		t.Error("an item entered and settled is pending")
	}
	s.Close()
	if s.AcceptInline() {
		t.Error("an item entered after Close")
	}
	stop(t, s)
}

// Goal: an item on its way back is counted once.
func TestReturnCountsOnce(t *testing.T) {
	var back atomic.Bool
	var s *Scheduler[int]
	s = New(Config[int]{Workers: 1, Capacity: 1, Run: func(w *Worker[int], v int) {
		if !back.Swap(true) {
			s.Return(v, 0)
			return
		}
		w.Settle(Completed)
	}})
	s.Start()
	must(t, s.Submit(7, nil))
	s.Wait(nil)
	if n := s.Accepted(); n != 1 || !back.Load() {
		t.Errorf("%d items accepted, one went in and came back", n)
	}
	stop(t, s)
}

// Goal: settled read first is never above accepted, nor below what was settled.
func TestSettledIsNeverAboveAccepted(t *testing.T) {
	s, _ := watched(Config[int]{Workers: 4, Capacity: 8}, times(100_000))
	s.Start()
	end := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		last := uint64(0)
		for {
			settled := s.Settled().Sum()
			if accepted := s.Accepted(); settled > accepted {
				t.Errorf("%d settled of %d accepted", settled, accepted)
			}
			if settled < last {
				t.Errorf("%d settled, %d before", settled, last)
			}
			last = settled
			if n := s.Queued(); n > 8 {
				t.Errorf("%d items are queued, there is room for 8", n)
			}
			select {
			case <-end:
				return
			default:
			}
		}
	})
	for v := range times(100_000) {
		must(t, s.Submit(v, nil))
	}
	s.Wait(nil)
	close(end)
	all.Wait()
	stop(t, s)
}

// Goal: a worker that sleeps between any two items parks once for each, and once
// before the first.
func TestParksAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 20
		s, _ := watched(Config[int]{Workers: 1, Capacity: n}, n)
		s.Start()
		for v := range n {
			synctest.Wait()
			if got := s.Parks(); got != uint64(v)+1 {
				t.Errorf("%d parks before item %d", got, v)
			}
			must(t, s.TrySubmit(v))
		}
		stop(t, s)
	})
}

// Goal: an item counts as stolen if the one before it, of the same worker, came
// another way; the first if it did not come by the ring of the slot.
func TestStealsAreCounted(t *testing.T) {
	ways := map[byte]func(s *Scheduler[int]){
		'r': func(s *Scheduler[int]) { s.TrySubmit(0) },
		'l': func(s *Scheduler[int]) { s.pushOverflow(0, s.rings[0].overflow) },
		'b': func(s *Scheduler[int]) { s.Return(0, 0) },
	}
	for _, capacity := range []int{0, 10} {
		for items, want := range map[string]uint64{"": 0, "rrr": 0, "l": 1, "lll": 1, "rlr": 2, "lrlb": 4, "bb": 1, "rrlbbr": 3} {
			s := New(Config[int]{Workers: 1, Capacity: capacity, Run: func(*Worker[int], int) {}})
			w := s.slots.occupy(s)
			for i := range len(items) {
				ways[items[i]](s)
				if _, status := w.next(); status != ringbuffer.Done {
					t.Fatalf("nothing found after %q", items[:i+1])
				}
			}
			if got := s.Steals(); got != want {
				t.Errorf("capacity %d, items by %q: %d steals, want %d", capacity, items, got, want)
			}
		}
	}
}

// Goal: an entry comes before the closing and is counted, or after and is refused.
func TestGateCountsWhatItLetsIn(t *testing.T) {
	for range times(1000) {
		var g inlineCounter
		var in atomic.Uint64
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for j := range 20 {
					closed := inlineClosed(&g)
					entered := g.accept()
					switch {
					case entered && closed:
						t.Error("entered a closed gate")
					case entered:
						in.Add(1)
					case !inlineClosed(&g):
						t.Error("refused by an open gate")
					}
					if i == 0 && j == 10 {
						g.close()
						if before := g.accepted(); g.accept() || g.accepted() != before {
							t.Error("entered after close returned")
						}
					}
				}
			})
		}
		all.Wait()
		if g.accepted() != in.Load() {
			t.Fatalf("%d passed, %d entered", g.accepted(), in.Load())
		}
	}
}

func inlineClosed(g *inlineCounter) bool { return g.word.Load()&1 != 0 }
