package pool

import "sync/atomic"

// A runState holds the state of a record's current run and the number of that run in
// one word. Within a run the state only grows. Only the goroutine that moved a run to
// over begins the next one, at notStarted.
//
// Each transition is a compare-and-swap of the whole word, so a late timer cannot
// mistake a later run for its own.
type runState struct{ word atomic.Uint32 }

// States of a run.
const (
	notStarted = iota
	calledOff  // to be settled without a run by the goroutine that claimed it
	neverRan   // settled without a run
	started
	late // past its deadline, and to run again once its function has returned
	over // settled, or followed by another run

	stateBits = 3 // the other bits count runs, and may wrap
	stateMask = 1<<stateBits - 1
)

func (s *runState) state() uint32 { return s.word.Load() & stateMask }

// run returns a number that differs between the runs of a record.
func (s *runState) run() uint32 { return s.word.Load() >> stateBits }

// move changes the state from one to another and reports whether it did.
func (s *runState) move(from, to uint32) bool {
	for {
		word := s.word.Load()
		if word&stateMask != from {
			return false
		}
		if s.word.CompareAndSwap(word, word&^stateMask|to) {
			return true
		}
	}
}

// moveIn is move for one run only.
func (s *runState) moveIn(run, from, to uint32) bool {
	word := run << stateBits
	return s.word.CompareAndSwap(word|from, word|to)
}

// neverRuns reports whether the run was called off or settled without a run.
func (s *runState) neverRuns() bool {
	state := s.state()
	return state == calledOff || state == neverRan
}

// skip records that the run never starts. Only the goroutine that claimed the record
// may call it.
func (s *runState) skip() { s.word.Store(s.word.Load()&^stateMask | neverRan) }

// again begins the next run. Only the goroutine that moved the run to over may call it.
func (s *runState) again() { s.word.Store((s.run() + 1) << stateBits) }
