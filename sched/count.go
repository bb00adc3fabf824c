package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
)

// An Outcome is how an item was settled.
type Outcome uint8

const (
	Completed Outcome = iota // ran to a result
	Failed                   // ran to an error
	Dropped                  // was evicted or discarded and never ran
	Cancelled                // was cancelled and never ran

	outcomes = iota
)

// A Settled is the number of settled items by Outcome.
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

// An inlineCounter counts items that their submitter runs itself. Bit 0 of the word says
// closed, the rest is the count. So the compare-and-swap that counts an item also decides
// that it came before Close.
type inlineCounter struct{ word atomics.Uint64 }

// accept counts an item, or reports false if the counter is closed.
func (c *inlineCounter) accept() bool {
	for {
		w := c.word.Load()
		if w&1 != 0 {
			return false
		}
		if c.word.CompareAndSwap(w, w+2) {
			return true
		}
	}
}

func (c *inlineCounter) close()           { c.word.Or(1) }
func (c *inlineCounter) accepted() uint64 { return c.word.Load() >> 1 }

// Settle counts an accepted item as settled.
func (w *Worker[T]) Settle(o Outcome) {
	count := &w.settled.count[o]
	atomics.StoreRelease(count, count.Load()+1) // only this goroutine writes it
}

// Settled returns how many items the worker has settled. Any goroutine may call it.
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

// Settled returns how many items were settled, each number as of its own instant. Read
// before Accepted, its sum is never the larger.
func (s *Scheduler[T]) Settled() Settled {
	var sum Settled
	for _, w := range s.slots.all() {
		w.settled.addTo(&sum)
	}
	s.external.addTo(&sum)
	return sum
}

// Accepted returns how many items were accepted, each queue as of its own instant.
func (s *Scheduler[T]) Accepted() uint64 {
	sum := s.inline.accepted()
	for i := range s.queues {
		if q := &s.queues[i]; q != s.requeue { // these were counted before
			sum += q.Pushed()
		}
	}
	return sum
}

// isQuiet reports whether every accepted item was settled at some instant of the call.
//
// Both counts only grow, and settled is never the larger. It is added up first. Let x be
// its value at the instant between the two sums: the first sum is at most x. What was
// accepted at that instant is at most the second sum. If the sums are equal, so are the
// two values between them.
func (s *Scheduler[T]) isQuiet() bool {
	settled := s.Settled().Sum()
	return settled == s.Accepted()
}

// Wait blocks until every accepted item was settled at some instant of the call and
// reports true, or false if done was closed first. If items keep coming it may miss such
// instants; it sees each one at which the workers ran out of work.
func (s *Scheduler[T]) Wait(done <-chan struct{}) bool { return s.quiet.wait(done) }
