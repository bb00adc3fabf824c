package sched

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Goal: top, searching and tag do not touch each other, at their ends too.
func TestIdleStateKeepsItsPartsApart(t *testing.T) {
	for _, top := range []int{0, 1, 2, maxWorkers - 1, maxWorkers} {
		for _, searching := range []int{0, 1, maxSearching - 1, maxSearching} {
			st := idleState(0).withTop(top).searcher(searching)
			assert.Equal(t, top, st.top(), "top %d, searching %d: read", top, searching)
			assert.Equal(t, searching, st.searching(), "top %d, searching %d: read", top, searching)
			next := st.withTop(0)
			assert.Zero(t, next.top(), "top %d, searching %d: stack emptied", top, searching)
			assert.Equal(t, searching, next.searching(), "top %d, searching %d: stack emptied", top, searching)
			next = st.searcher(-searching)
			assert.Equal(t, top, next.top(), "top %d, searching %d: no searcher left", top, searching)
			assert.Zero(t, next.searching(), "top %d, searching %d: no searcher left", top, searching)
		}
	}
}

// Goal: a stack changed and changed back is told apart from one that was not.
func TestIdleStateTagTellsChangesApart(t *testing.T) {
	seen := map[idleState]bool{}
	st := idleState(1<<64 - 50*tagOne) // the tag wraps on the way
	for i := range 100 {
		require.False(t, seen[st], "state %x comes a second time", uint64(st))
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
	assert.Equal(t, 1, st.searching(), "with one left")
	assert.Equal(t, 7, st.top(), "with one left")
	if st = st.searcher(-1); st != start {
		t.Errorf("with none left: %x, want %x", uint64(st), uint64(start))
	}
}
