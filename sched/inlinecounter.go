package sched

import "github.com/user/millrace/internal/atomics"

// An inlineCounter counts tasks that their submitter runs
// itself. Bit 0 of the word says closed, the rest is the count, so that the
// compare-and-swap that counts a task also decides that it came before Close.
type inlineCounter struct{ word atomics.Uint64 }

// accept counts a task and reports true, or false if it is closed.
func (g *inlineCounter) accept() bool {
	for {
		w := g.word.Load()
		if w&1 != 0 {
			return false
		}
		if g.word.CompareAndSwap(w, w+2) {
			return true
		}
	}
}

func (g *inlineCounter) close()           { g.word.Or(1) }
func (g *inlineCounter) accepted() uint64 { return g.word.Load() >> 1 }
