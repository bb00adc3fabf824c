package sched

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/ringbuffer"
)

// Goal: there is one searcher for two processors; on a single processor no worker searches for
// long or spins, since those it waits for need that processor.
func TestSearchersFollowTheProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for procs, searchers := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 9: 4} {
		runtime.GOMAXPROCS(procs)
		s := New(Config[int]{Workers: 1})
		turns, spins := 0, false
		if procs > 1 {
			turns, spins = searchRounds, true
		}
		assert.Equal(t, searchers, s.maxSearching, "%d processors", procs)
		assert.Equal(t, turns, s.searchRounds, "%d processors", procs)
		assert.Equal(t, spins, s.spins, "%d processors", procs)
	}
}

// A looked counts how often a worker polls it.
type looked struct {
	pile
	looks int
}

func (l *looked) Poll() (v int, age uint64, status ringbuffer.Status) {
	l.looks++
	return l.pile.Poll()
}

// Goal: a search polls once, and searchRounds times more.
func TestSearchHasSoManyRounds(t *testing.T) {
	for _, turns := range []int{0, 1, searchRounds} {
		source := &looked{}
		s := New(Config[int]{Workers: 1, Source: source})
		s.searchRounds = turns
		s.workers.join()
		_, ok := s.slots.occupy(s).search()
		assert.False(t, ok, "%d turns", turns)
		assert.Equal(t, turns+1, source.looks, "%d turns", turns)
	}
}

// Goal: after exactly fairnessInterval items a worker polls another queue first, wherever it
// takes them from.
func TestWorkersPollElsewhereRegularly(t *testing.T) {
	const items = 4 * fairnessInterval
	for _, capacity := range []int{0, items} {
		s := New(Config[int]{Workers: 1, Capacity: capacity, rings: 1})
		s.workers.join()
		w := s.slots.occupy(s)
		for v := range items {
			must(t, s.TrySubmit(v))
		}
		for i := range items {
			_, status := w.next()
			require.Equal(t, ringbuffer.Done, status, "item %d", i)
			require.Equal(t, (i+1)%(fairnessInterval+1) == 0, w.taken == 0,
				"capacity %d: item %d is the %dth since the last look elsewhere", capacity, i, w.taken)
		}
	}
}
