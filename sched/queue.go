package sched

import "github.com/user/millrace/ringbuffer"

// A Source is a queue that replaces the rings, the overflow queues and requeue of
// a Scheduler: it alone decides which item is next. Any goroutine may call its
// methods at any time.
type Source[T any] interface {
	// Offer adds v and answers Done, or Full, Closed or Busy if it did not. It may
	// answer Full only if Len has reached Cap; otherwise submitters would spin.
	Offer(v T) ringbuffer.Status

	// OfferBeyond is Offer without the bound. It answers Done or Closed.
	OfferBeyond(v T) ringbuffer.Status

	// Return adds an item that was accepted before, after Close too, with the age it
	// was taken with, so that it keeps its rank among equals.
	Return(v T, age uint64)

	// Poll takes the next item and answers Done, with the item's age: what the source
	// orders equals by. It answers Empty if there is no item, and Busy if other calls
	// hold the parts where one may be. Busy must not last: a worker polls again until
	// it gets another answer.
	Poll() (v T, age uint64, status ringbuffer.Status)

	// Ready reports whether an item is there, in a part that another call holds or
	// not. It may be true although Poll then answers Busy.
	Ready() bool

	// Len returns the number of items that wait, however they came in. Cap returns
	// how many Offer lets in, 0 if there is no bound.
	Len() int
	Cap() int

	// Pushed returns how many items Offer and OfferBeyond let in. An item must be
	// counted before Poll can take it.
	Pushed() uint64

	// Close makes Offer and OfferBeyond answer Closed from now on.
	Close()
}

// A queue is where items wait: a ring, a list of rings without bound, or a Source.
// One of the first four fields is set. They are no interface, so that Offer and
// Poll of a ring are inlined. Its tail carries the closed bit and counts what was
// accepted.
type queue[T any] struct {
	ptrs   *ringbuffer.PtrRing[T]
	ring   *ringbuffer.MPMC[T]
	list   *ringbuffer.Unbounded[T]
	source Source[T]

	store // the same queue

	// Set in Scheduler.rings only.
	next     *queue[T] // the next ring, in a circle
	overflow *queue[T] // for nested items that find the rings full; nil with a Source
}

// A store is what all kinds of queues have in common off the hot path.
type store interface {
	Len() int
	Cap() int // 0 if there is no bound
	Pushed() uint64
	Close()
}

// An unboundedStore is a list as a store.
type unboundedStore[T any] struct{ *ringbuffer.Unbounded[T] }

func (unboundedStore[T]) Cap() int { return 0 }

// Sizes of the first segment of a queue without bound. A ring starts with room for the
// bursts of an ordinary service; overflow queues and requeue are seldom used.
const (
	ringSegment     = 1024
	overflowSegment = 64
)

// newRing returns a ring of the given capacity, or an unbounded one if it is 0.
func newRing[T any](capacity int) queue[T] {
	switch {
	case capacity == 0:
		return newList[T](ringSegment)
	case ringbuffer.IsPtr[T]():
		r := ringbuffer.NewPtrRing[T](capacity)
		return queue[T]{ptrs: r, store: r}
	}
	r := ringbuffer.NewMPMC[T](capacity)
	return queue[T]{ring: r, store: r}
}

// newList returns an unbounded queue whose first segment has the given size.
func newList[T any](segment int) queue[T] {
	l := ringbuffer.NewUnbounded[T](segment)
	return queue[T]{list: l, store: unboundedStore[T]{l}}
}

func (s *Scheduler[T]) makeQueues(procs int) {
	if source := s.cfg.Source; source != nil {
		s.queues = []queue[T]{{source: source, store: source}}
		s.primary, s.rings = s.queues, s.queues
	} else {
		s.makeRings(procs)
	}
	s.hints = make([]submitHint[T], len(s.rings))
	for i := range s.rings {
		s.rings[i].next = &s.rings[(i+1)%len(s.rings)]
		s.hints[i].ring.Store(&s.rings[i])
		s.hints[i].spinBudget.Store(minSpin)
	}
}

func (s *Scheduler[T]) makeRings(procs int) {
	cfg := &s.cfg
	n := cfg.rings
	if n == 0 {
		n = min(procs, cfg.Workers)
	}
	if cfg.Capacity > 0 {
		n = min(n, cfg.Capacity)
	}
	s.queues = make([]queue[T], 2*n+1)
	s.primary, s.rings, s.requeue = s.queues[:n+1], s.queues[:n], &s.queues[n]
	*s.requeue = newList[T](overflowSegment)
	for i := range s.rings {
		capacity := cfg.Capacity / n
		if i < cfg.Capacity%n {
			capacity++ // the first ones take one more, so that all add up exactly
		}
		overflow := &s.queues[n+1+i]
		*overflow = newList[T](overflowSegment)
		s.rings[i] = newRing[T](capacity)
		s.rings[i].overflow = overflow
	}
}

func (q *queue[T]) offer(v T) ringbuffer.Status {
	switch {
	case q.ptrs != nil:
		return q.ptrs.Offer(v)
	case q.ring != nil:
		return q.ring.Offer(v)
	case q.list != nil:
		return q.list.Offer(v)
	}
	return q.source.Offer(v)
}

// offerBatch offers vs in order and returns how many were accepted. It answers Done
// if all were, otherwise why the next one was not.
func (q *queue[T]) offerBatch(vs []T) (n int, status ringbuffer.Status) {
	for n < len(vs) {
		switch {
		case q.ptrs != nil:
			n += q.ptrs.TryPushBatch(vs[n:])
		case q.ring != nil:
			n += q.ring.TryPushBatch(vs[n:])
		case q.list != nil:
			n += q.list.TryPushBatch(vs[n:])
		}
		if n == len(vs) {
			break
		}
		if status = q.offer(vs[n]); status != ringbuffer.Done {
			return n, status
		}
		n++
	}
	return n, ringbuffer.Done
}

func (q *queue[T]) poll() (v T, age uint64, status ringbuffer.Status) {
	switch {
	case q.ptrs != nil:
		v, status = q.ptrs.Poll()
		return v, 0, status
	case q.ring != nil:
		v, status = q.ring.Poll()
		return v, 0, status
	case q.list != nil:
		v, status = q.list.Poll()
		return v, 0, status
	}
	return q.source.Poll()
}

// waiting reports whether there is an item, published or only claimed.
func (q *queue[T]) waiting() bool {
	switch {
	case q.ptrs != nil:
		return !q.ptrs.IsEmpty()
	case q.ring != nil:
		return !q.ring.IsEmpty()
	case q.list != nil:
		return !q.list.IsEmpty()
	}
	return q.source.Ready()
}

// room reports whether Offer may find room.
func (q *queue[T]) room() bool { return q.Cap() == 0 || q.free() > 0 }

// free returns the room for items; meaningless without a bound.
func (q *queue[T]) free() int { return q.Cap() - q.Len() }
