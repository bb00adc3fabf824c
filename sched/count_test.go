package sched

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/ringbuffer"
)

// Goal: Wait returns when all that was accepted is settled, not before: neither between an item and
// those it submits, nor while one runs.
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
			n := pending.Load()
			require.Zero(t, n, "Wait returned with %d items pending", n)
			stop(t, s)
		}
	}
}

// Goal: Wait reports false if done is closed first, otherwise true; many may wait.
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
			assert.False(t, <-early, "Wait reports true with an item running")
		}
		close(step)
		for range 10 {
			assert.True(t, <-late, "Wait reports false without a done channel")
		}
		assert.True(t, s.Wait(done), "Wait reports false though all is settled")
		stop(t, s)
	})
}

// Goal: items settled by other goroutines than workers count, and release Wait.
func TestExternalSettle(t *testing.T) {
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
		assert.Equal(t, want, got, "outcome %d was counted %d times", o, got)
	}
	stop(t, s)
}

// Goal: an inline item is pending until it is settled.
func TestAcceptInlineCounts(t *testing.T) {
	s, _ := watched(Config[int]{Workers: 1, Capacity: 1}, 1)
	done := make(chan struct{})
	close(done)
	assert.True(t, s.AcceptInline(), "an item entered is not pending")
	assert.Equal(t, uint64(1), s.Accepted(), "an item entered is not pending")
	assert.False(t, s.Wait(done), "an item entered is not pending")
	s.Settle(Completed)
	assert.True(t, s.Wait(done), "an item entered and settled is pending")
	s.Close()
	assert.False(t, s.AcceptInline(), "an item entered after Close")
	stop(t, s)
}

// Goal: a returned item is counted once.
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
	n := s.Accepted()
	assert.Equal(t, uint64(1), n, "%d items accepted, one went in and came back", n)
	assert.True(t, back.Load(), "%d items accepted, one went in and came back", n)
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
			assert.Equal(t, uint64(v)+1, s.Parks(), "parks before item %d", v)
			must(t, s.TrySubmit(v))
		}
		stop(t, s)
	})
}

// Goal: an item counts as stolen if the one before it, of the same worker, came from another
// queue. The first counts if it did not come from the ring of the slot.
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
				_, status := w.next()
				require.Equal(t, ringbuffer.Done, status, "nothing found after %q", items[:i+1])
			}
			assert.Equal(t, want, s.Steals(), "capacity %d, items by %q: steals", capacity, items)
		}
	}
}

// Goal: an item is counted before the close, or refused after it.
func TestInlineCounterCountsWhatItAccepts(t *testing.T) {
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
						before := g.accepted()
						assert.False(t, g.accept(), "entered after close returned")
						assert.Equal(t, before, g.accepted(), "entered after close returned")
					}
				}
			})
		}
		all.Wait()
		require.Equal(t, in.Load(), g.accepted())
	}
}

func inlineClosed(g *inlineCounter) bool { return g.word.Load()&1 != 0 }
