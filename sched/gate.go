package sched

import "github.com/user/millrace/internal/atomics"

// A gate is a way in without a queue: it counts tasks that their submitter runs
// itself. Bit 0 of the word says closed, the rest is the count, so that the
// compare-and-swap that counts a task also decides that it came before Close.
type gate struct{ word atomics.Uint64 }

// enter counts a task and reports true, or false if the gate is closed.
func (g *gate) enter() bool {
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

func (g *gate) close()         { g.word.Or(1) }
func (g *gate) passed() uint64 { return g.word.Load() >> 1 }
