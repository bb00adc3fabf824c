package pool

import "sync/atomic"

// A fate is what became of a record, in one word: the number of the run, and the
// state of that run. The states only grow, but for a step to notStarted of the next
// run, which is taken by who has ended the run before.
//
// Each step is a compare-and-swap of the whole word, so a timer that comes late
// cannot take a later run for its own.
type fate struct{ word atomic.Uint32 }

// The states of a run.
const (
	notStarted = iota
	calledOff  // to be settled unrun by who claimed it
	unrun      // settled, and never started
	started
	late // past its deadline, and to run again once its function has returned
	over // it is settled, or another run will follow

	stateBits = 3 // what remains counts runs, and may wrap
	stateMask = 1<<stateBits - 1
)

func (f *fate) state() uint32 { return f.word.Load() & stateMask }

// run returns a number that is another one for each run.
func (f *fate) run() uint32 { return f.word.Load() >> stateBits }

// move takes the step from one state to another and reports whether it did.
func (f *fate) move(from, to uint32) bool {
	for {
		word := f.word.Load()
		if word&stateMask != from {
			return false
		}
		if f.word.CompareAndSwap(word, word&^stateMask|to) {
			return true
		}
	}
}

// moveIn is move for one run only.
func (f *fate) moveIn(run, from, to uint32) bool {
	word := run << stateBits
	return f.word.CompareAndSwap(word|from, word|to)
}

// neverRuns reports whether the run was called off, or settled without it.
func (f *fate) neverRuns() bool {
	state := f.state()
	return state == calledOff || state == unrun
}

// skip notes that the run never starts. Only who claimed the record may call it.
func (f *fate) skip() { f.word.Store(f.word.Load()&^stateMask | unrun) }

// again begins the next run. Only who moved to over may call it.
func (f *fate) again() { f.word.Store((f.run() + 1) << stateBits) }
