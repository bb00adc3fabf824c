package sched

import "testing"

// Goal: top, searching and tag do not touch each other, at their ends too.
func TestIdleStateKeepsItsPartsApart(t *testing.T) {
	for _, top := range []int{0, 1, 2, maxWorkers - 1, maxWorkers} {
		for _, searching := range []int{0, 1, maxSearching - 1, maxSearching} {
			st := idleState(0).withTop(top).searcher(searching)
			if st.top() != top || st.searching() != searching {
				t.Errorf("top %d, searching %d read as %d, %d", top, searching, st.top(), st.searching())
			}
			if next := st.withTop(0); next.top() != 0 || next.searching() != searching {
				t.Errorf("top %d, searching %d emptied: %d, %d", top, searching, next.top(), next.searching())
			}
			if next := st.searcher(-searching); next.top() != top || next.searching() != 0 {
				t.Errorf("top %d, searching %d none: %d, %d", top, searching, next.top(), next.searching())
			}
		}
	}
}

// Goal: a stack changed and changed back is told apart from one that was not.
func TestIdleStateTagTellsChangesApart(t *testing.T) {
	seen := map[idleState]bool{}
	st := idleState(1<<64 - 50*tagOne) // the tag wraps on the way
	for i := range 100 {
		if seen[st] {
			t.Fatalf("state %x comes a second time", uint64(st))
		}
		seen[st] = true
		st = st.withTop(i % 2)
	}
}

// Goal: more searching workers than fit in wrap into the tag, and back: the last
// of them to stop reads 0, and the stack is untouched.
func TestIdleStateSearchingWrapsAndComesBack(t *testing.T) {
	start := idleState(0).withTop(7)
	st := start
	for range 3 * maxSearching {
		st = st.searcher(1)
	}
	for range 3*maxSearching - 1 {
		st = st.searcher(-1)
	}
	if st.searching() != 1 || st.top() != 7 {
		t.Errorf("with one left: searching %d, top %d", st.searching(), st.top())
	}
	if st = st.searcher(-1); st != start {
		t.Errorf("with none left: %x, want %x", uint64(st), uint64(start))
	}
}
