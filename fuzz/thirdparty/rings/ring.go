// Package rings lets other people's queues run this module's checks: the suite of
// internal/queuetest, and, on copies whose steps can be explored, cases for
// internal/explore. Two queues of its own, one right and one wrong, check the checks
// themselves.
package rings

import (
	"math/bits"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/queuetest"
)

// An Item is what the queues hold.
type Item = queuetest.Item

// A Queue is what all of them have in common.
type Queue interface {
	TryPush(v Item) bool
	TryPop() (Item, bool)
}

// A Ring is a kind of queue, and what its documentation promises.
type Ring struct {
	Name   string
	Module string                   // "" for those of this package
	New    func(capacity int) Queue `json:"-"`

	Rounds    bool // up to a power of two, so that laws of exact sizes do not apply
	Unbounded bool
	Least     int // the smallest size there is, 1 if 0
	Producers int // how many there may be at once, 0 for any number
	Consumers int
	Blind     bool // the race detector does not see how goroutines hand things over

	SaysFull  bool // promises no more than that where nothing else goes on
	SaysEmpty bool
	Keeps     bool // what was popped may stay referenced

	// Differs says what of the laws was never promised.
	Differs string
}

// Room returns how many values New(capacity) holds, 0 if any number.
func (r *Ring) Room(capacity int) int {
	switch {
	case r.Unbounded:
		return 0
	case r.Rounds:
		return 1 << bits.Len(uint(capacity-1))
	}
	return capacity
}

// all holds the rings by files of this package, each of which adds its own.
var all []Ring

// All returns the rings.
func All() []Ring { return all }

// Find returns the ring of that name, nil if there is none.
func Find(name string) *Ring {
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

// Config is what the suite takes a ring by.
func (r *Ring) Config() queuetest.Config {
	return queuetest.Config{
		New:       func(capacity int) queuetest.Queue[Item] { return suited(r.New(capacity)) },
		Unbounded: r.Unbounded,
	}
}

// suited adds what the suite asks for beyond a Queue.
func suited(q Queue) queuetest.Queue[Item] {
	s := &suit{Queue: q}
	if own, ok := q.(interface{ Len() int }); ok {
		return &measured{s, own}
	}
	return s
}

// A suit makes batches of single calls, and counts them. Its Len is exact at rest.
type suit struct {
	Queue
	n atomics.Int64
}

func (s *suit) TryPush(v Item) bool {
	ok := s.Queue.TryPush(v)
	if ok {
		s.n.Add(1)
	}
	return ok
}

func (s *suit) TryPop() (Item, bool) {
	v, ok := s.Queue.TryPop()
	if ok {
		s.n.Add(-1)
	}
	return v, ok
}

func (s *suit) TryPushBatch(vs []Item) (n int) {
	for n < len(vs) && s.TryPush(vs[n]) {
		n++
	}
	return n
}

func (s *suit) TryPopBatch(dst []Item) (n int) {
	for n < len(dst) {
		v, ok := s.TryPop()
		if !ok {
			break
		}
		dst[n] = v
		n++
	}
	return n
}

func (s *suit) Len() int { return int(s.n.Load()) }

// A measured suit has the Len of the queue.
type measured struct {
	*suit
	own interface{ Len() int }
}

func (m *measured) Len() int { return m.own.Len() }
