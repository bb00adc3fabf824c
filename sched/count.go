package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
)

// An Outcome is the column in which a settled item is counted.
type Outcome uint8

const (
	Completed Outcome = iota // ran to a result
	Failed                   // ran to an error
	Dropped                  // was handed back and never ran
	Cancelled                // was called off and never ran

	outcomes = iota
)

// A Settled holds the number of settled items by Outcome.
type Settled [outcomes]uint64

// Sum returns the number of settled items.
func (c Settled) Sum() uint64 {
	var sum uint64
	for _, n := range c {
		sum += n
	}
	return sum
}

// A tally counts settled items on cache lines of its own.
type tally struct {
	_     cacheline.Pad
	count [outcomes]atomics.Uint64
	_     cacheline.Pad
}

func (t *tally) addTo(sum *Settled) {
	for i := range t.count {
		sum[i] += t.count[i].Load()
	}
}

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

// Settle counts an accepted item as settled.
func (w *Worker[T]) Settle(o Outcome) {
	count := &w.settled.count[o]
	atomics.StoreRelease(count, count.Load()+1) // nobody else writes it
}

// Settled returns how many items the worker has settled. Any goroutine may call
// it at any time.
func (w *Worker[T]) Settled() uint64 {
	var sum Settled
	w.settled.addTo(&sum)
	return sum.Sum()
}

// Settle counts an accepted item as settled. Workers use Worker.Settle.
func (s *Scheduler[T]) Settle(o Outcome) {
	s.external.count[o].Add(1)
	s.quiet.check()
}

// Settled returns how many items were settled, each column at an instant of its
// own. Read it before Accepted and it is never the larger.
func (s *Scheduler[T]) Settled() Settled {
	var sum Settled
	for _, w := range s.slots.all() {
		w.settled.addTo(&sum)
	}
	s.external.addTo(&sum)
	return sum
}

// Accepted returns how many items were accepted, each way in at an instant of
// its own.
func (s *Scheduler[T]) Accepted() uint64 {
	sum := s.inline.accepted()
	for i := range s.queues {
		if q := &s.queues[i]; q != s.requeue { // which were counted before
			sum += q.Pushed()
		}
	}
	return sum
}

// isQuiet reports whether there was an instant of the call at which every
// accepted item was settled.
//
// Both counts only grow, and settled is never the larger. It is added up first:
// let x be its value at the instant between the two sums, so what was added up
// is at most x. Likewise what was accepted at that instant is at most the second
// sum. If the sums are equal, so are the two values between them.
func (s *Scheduler[T]) isQuiet() bool {
	settled := s.Settled().Sum()
	return settled == s.Accepted()
}

// Wait blocks until there was an instant of the call at which every accepted
// item was settled and reports true, or false if done was closed first. Where
// items keep coming it may miss such instants: it is sure to see one at which the
// workers ran out of work.
func (s *Scheduler[T]) Wait(done <-chan struct{}) bool { return s.quiet.wait(done) }
