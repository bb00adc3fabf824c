package sched

import "github.com/user/millrace/internal/atomics"

// An idleState is one word that says which workers could take up new work: how many
// search, and which are parked, as a stack linked through Worker.below.
//
//	63 … 32: tag | 31 … 20: searching | 19 … 0: top
//
// top is the slot of the worker parked last plus 1, or 0. The tag grows with each change
// of the stack, so a compare-and-swap fails if the stack was changed and changed back.
type idleState uint64

const (
	topBits       = 20
	searchingBits = 12

	// maxWorkers is the largest number of workers that an idleState can name.
	maxWorkers = 1<<topBits - 1

	searchingOne = 1 << topBits
	tagOne       = 1 << (topBits + searchingBits)
	maxSearching = 1<<searchingBits - 1
)

func (s idleState) top() int       { return int(s & maxWorkers) }
func (s idleState) searching() int { return int(s >> topBits & maxSearching) }

// wants reports whether a worker is parked and none searches.
func (s idleState) wants() bool { return uint32(s)-1 < maxWorkers } // the lower half is searching and top

// withTop returns s with another top of the stack and the next tag.
func (s idleState) withTop(top int) idleState {
	return (s&^maxWorkers | idleState(top)) + tagOne
}

// searcher returns s with n more searchers; n may be negative.
func (s idleState) searcher(n int) idleState {
	return s + idleState(n)*searchingOne
}

// An idleWord holds an idleState.
type idleWord struct{ word atomics.Uint64 }

func (w *idleWord) load() idleState { return idleState(w.word.Load()) }

func (w *idleWord) swap(old, val idleState) bool {
	return w.word.CompareAndSwap(uint64(old), uint64(val))
}
