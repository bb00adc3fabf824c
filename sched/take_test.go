package sched

import (
	"runtime"
	"testing"

	"github.com/user/millrace/ringbuffer"
)

// Goal: one searcher for two processors; and nobody searches for long nor spins on the
// only one, which those waited for need.
func TestSearchersFollowTheProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for procs, searchers := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 9: 4} {
		runtime.GOMAXPROCS(procs)
		s := New(Config[int]{Workers: 1})
		turns, spins := 0, false
		if procs > 1 {
			turns, spins = searchRounds, true
		}
		if s.maxSearching != searchers || s.searchRounds != turns || s.spins != spins {
			t.Errorf("%d processors: %d searchers, %d turns, spin %v, want %d, %d, %v",
				procs, s.maxSearching, s.searchRounds, s.spins, searchers, turns, spins)
		}
	}
}

// A looked counts how often a worker looks at it.
type looked struct {
	pile
	looks int
}

func (l *looked) Poll() (v int, age uint64, status ringbuffer.Status) {
	l.looks++
	return l.pile.Poll()
}

// Goal: a search looks once, and as often again as there are turns.
func TestSearchHasSoManyTurns(t *testing.T) {
	for _, turns := range []int{0, 1, searchRounds} {
		source := &looked{}
		s := New(Config[int]{Workers: 1, Source: source})
		s.searchRounds = turns
		s.workers.join()
		if _, ok := s.slots.occupy(s).search(); ok || source.looks != turns+1 {
			t.Errorf("%d turns: %d looks, found %v", turns, source.looks, ok)
		}
	}
}

// Goal: after fairnessInterval items a worker looks elsewhere first, neither sooner nor
// later, wherever it takes them from.
func TestWorkersLookElsewhereEverySoOften(t *testing.T) {
	const items = 4 * fairnessInterval
	for _, capacity := range []int{0, items} {
		s := New(Config[int]{Workers: 1, Capacity: capacity, rings: 1})
		s.workers.join()
		w := s.slots.occupy(s)
		for v := range items {
			must(t, s.TrySubmit(v))
		}
		for i := range items {
			if _, status := w.next(); status != ringbuffer.Done {
				t.Fatalf("item %d: %v", i, status)
			}
			if began := w.taken == 0; began != ((i+1)%(fairnessInterval+1) == 0) {
				t.Fatalf("capacity %d: item %d is the %dth since the last look elsewhere", capacity, i, w.taken)
			}
		}
	}
}
