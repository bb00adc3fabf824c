package sched

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Goal: nested items that found no room run before those that wait in the rings, and in order,
// even if there is room meanwhile. Then the rings take nested items again.
func TestOverflowComesFirst(t *testing.T) {
	const outside = 100
	var ran []int
	s := New(Config[int]{Workers: 1, Capacity: 2, Run: func(w *Worker[int], v int) {
		ran = append(ran, v)
		w.Settle(Completed)
	}})
	must(t, s.TrySubmit(outside))
	must(t, s.TrySubmit(outside+1))
	must(t, s.SubmitNested(1))
	must(t, s.SubmitNested(2))
	v, ok := s.Evict()
	require.True(t, ok)
	require.Equal(t, outside, v)
	s.Settle(Completed)
	must(t, s.SubmitNested(3)) // there is room, but not for it
	must(t, s.TrySubmit(outside+2))
	s.Start()
	s.Wait(nil)
	assert.Equal(t, []int{outside + 1, 1, 2, 3, outside + 2}, ran, "ran %v: a worker begins at its ring", ran)
	assert.Zero(t, s.flags.Load()&flagOverflow, "the overflow queue is still called for")
	must(t, s.SubmitNested(4))
	assert.Zero(t, s.rings[0].overflow.Len(),
		"a nested item went to the overflow queue though it is drained and there is room")
	stop(t, s)
}

// Goal: a worker takes from the overflow queue of its own ring first, then from the rings, and
// from foreign overflow queues when both are empty.
func TestForeignOverflowComesLast(t *testing.T) {
	var ran []int
	s := New(Config[int]{Workers: 1, Capacity: 4, rings: 2, Run: func(w *Worker[int], v int) {
		ran = append(ran, v)
		w.Settle(Completed)
	}})
	for i := range 2 {
		s.rings[0].offer(100 + i)
		s.rings[1].offer(200 + i)
	}
	must(t, s.submitNested(1, s.rings[0].overflow))
	must(t, s.submitNested(3, s.rings[1].overflow))
	must(t, s.submitNested(2, s.rings[0].overflow))
	must(t, s.submitNested(4, s.rings[1].overflow))
	s.Start()
	s.Wait(nil)
	assert.Equal(t, []int{100, 1, 2, 101, 200, 201, 3, 4}, ran, "ran %v: a worker begins at its ring", ran)
	stop(t, s)
	assert.Zero(t, s.flags.Load()&flagOverflow, "the overflow queues are still called for")
	assert.Equal(t, uint64(4), s.Steals(),
		"steals: back at a ring, the other ring, and twice from the other overflow queue")
}

// Goal: items of an overflow queue whose own workers are all busy do not wait forever behind
// those that keep the other rings full. Of a few, one is taken at intervals; of many, all.
func TestForeignOverflowIsVisited(t *testing.T) {
	for items, most := range map[int]int{fairnessInterval: 300, 50 * fairnessInterval: 4} {
		inOverflow, outside := 0, 0
		var s *Scheduler[int]
		s = New(Config[int]{Workers: 1, Capacity: 16, rings: 8, Run: func(w *Worker[int], v int) {
			if v == 0 {
				outside++
			} else {
				inOverflow++
			}
			if inOverflow < items && outside <= most*items {
				s.rings[0].offer(0)
			}
			w.Settle(Completed)
		}})
		s.rings[0].offer(0)
		for range items {
			must(t, s.pushOverflow(1, s.rings[5].overflow))
		}
		s.Start()
		s.Wait(nil)
		stop(t, s)
		if inOverflow != items || outside > most*items {
			t.Errorf("%d of %d items in the overflow queue of others ran beside %d others", inOverflow, items, outside)
		}
	}
}

// Goal: if each external item submits many, and there are always such items, the items that
// wait do not grow in number.
func TestOverflowDoesNotPileUp(t *testing.T) {
	for _, children := range []int{fairnessInterval, 1000, 100 * fairnessInterval} {
		const parents = 10
		longest, begun := 0, 0
		var s *Scheduler[int]
		s = New(Config[int]{Workers: 1, Capacity: 2, Run: func(w *Worker[int], v int) {
			longest = max(longest, s.Queued())
			if v == 0 {
				begun++
				for range min(2, parents-begun) {
					s.TrySubmit(0)
				}
				for range children {
					must(t, w.SubmitNested(1))
				}
			}
			w.Settle(Completed)
		}})
		must(t, s.TrySubmit(0))
		s.Start()
		s.Wait(nil)
		stop(t, s)
		limit := 2 + fairnessInterval + children
		assert.GreaterOrEqual(t, begun, parents, "items from outside")
		assert.LessOrEqual(t, longest, limit, "items that wait")
	}
}

// Goal: items that submit themselves forever do not keep external items out, whether they are
// few or many.
func TestOverflowDoesNotKeepOthersOut(t *testing.T) {
	const limit = 10 * fairnessInterval * fairnessInterval
	for _, loops := range []int{1, 10 * fairnessInterval} {
		rounds, ended := 0, false
		s := New(Config[int]{Workers: 1, Capacity: 1, Run: func(w *Worker[int], v int) {
			switch {
			case v == 0:
				ended = true
			case !ended && rounds < limit:
				must(t, w.s.pushOverflow(v, w.home.overflow))
				rounds++
				if rounds == 1 {
					must(t, w.s.TrySubmit(0)) // now that the worker is at the overflow queue
				}
			}
			w.Settle(Completed)
		}})
		for range loops {
			must(t, s.pushOverflow(1, s.rings[0].overflow))
		}
		s.Start()
		s.Wait(nil)
		stop(t, s)
		assert.NotEqual(t, limit, rounds,
			"%d items submitted themselves %d times before one from outside ran", loops, rounds)
	}
}

// Goal: the flag of overflow queues that others drained is cleared after a while, although the
// rings always have items.
func TestDrainedOverflowClearsTheFlag(t *testing.T) {
	const items = 2 * fairnessInterval
	calls := 0
	var s *Scheduler[int]
	s = New(Config[int]{Workers: 1, Capacity: items, Run: func(w *Worker[int], v int) {
		if s.flags.Load()&flagOverflow != 0 {
			calls++
		}
		w.Settle(Completed)
	}})
	for v := range items {
		must(t, s.TrySubmit(v))
	}
	s.raiseOverflow()
	s.Start()
	s.Wait(nil)
	stop(t, s)
	assert.LessOrEqual(t, calls, fairnessInterval+1, "called for beside %d of %d items", calls, items)
}

// Goal: a worker that sees an item in an overflow queue sets the flag, in case the pusher has
// not done so yet.
func TestItemInOverflowRaisesTheFlag(t *testing.T) {
	s := New(Config[int]{Workers: 1, Capacity: 1})
	s.rings[0].overflow.list.TryPush(1)
	assert.True(t, s.anyWaiting(), "nobody is called to the overflow queue")
	assert.NotZero(t, s.flags.Load()&flagOverflow, "nobody is called to the overflow queue")
}

// Goal: a nested item goes to the home ring of its worker; if that is full, to another ring; if
// all are, to the overflow queue of the home ring; and to none once the scheduler is closed.
func TestNestedItemsGoToTheRingOfTheirWorker(t *testing.T) {
	s := New(Config[int]{Workers: 2, Capacity: 4, rings: 2})
	s.workers.join()
	s.workers.join()
	first, second := s.slots.occupy(s), s.slots.occupy(s)
	lengths := func() [4]int {
		return [4]int{s.rings[0].Len(), s.rings[1].Len(), s.rings[0].overflow.Len(), s.rings[1].overflow.Len()}
	}
	for _, c := range []struct {
		w    *Worker[int]
		want [4]int
	}{
		{second, [4]int{0, 1, 0, 0}},
		{second, [4]int{0, 2, 0, 0}},
		{second, [4]int{1, 2, 0, 0}},
		{first, [4]int{2, 2, 0, 0}},
		{first, [4]int{2, 2, 1, 0}},
		{second, [4]int{2, 2, 1, 1}},
	} {
		must(t, c.w.SubmitNested(1))
		assert.Equal(t, c.want, lengths(), "items wait in rings and overflow queues")
	}
	s.Close()
	assert.Equal(t, Stopped, first.SubmitNested(1), "once closed")
}

// Goal: a nested item stays behind those in the overflow queue, even if the home ring has room
// again.
func TestNestedItemsOfAWorkerStayBehindTheOverflow(t *testing.T) {
	s := New(Config[int]{Workers: 1, Capacity: 1})
	s.workers.join()
	w := s.slots.occupy(s)
	for v := range 2 {
		must(t, w.SubmitNested(v)) // one in the ring, one in the overflow queue
	}
	_, ok := s.Evict()
	require.True(t, ok, "no item in the ring")
	must(t, w.SubmitNested(2))
	if ring, overflow := s.rings[0].Len(), s.rings[0].overflow.Len(); ring != 0 || overflow != 2 {
		t.Errorf("%d items in the ring and %d in the overflow queue, want 0 and 2", ring, overflow)
	}
}

// Goal: a nested item wakes a worker, since its own may run the current item for long.
func TestNestedItemOfAWorkerWakesAnother(t *testing.T) {
	s := New(Config[int]{Workers: 2, Capacity: 2})
	s.workers.join()
	s.workers.join()
	w := s.slots.occupy(s)
	s.pushParked(s.slots.occupy(s), false)
	must(t, w.SubmitNested(1))
	st := s.idle.load()
	assert.Zero(t, s.parked(st))
	assert.Equal(t, 1, st.searching())
}
