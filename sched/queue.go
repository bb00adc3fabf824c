package sched

import "github.com/user/millrace/ringbuffer"

// A Source is a queue that stands where the rings, the overflow queue and the returns of a
// Scheduler stand: it alone says which item is next. Any goroutine may call its
// methods at any time.
type Source[T any] interface {
	// Offer adds v and answers Done, or Full, Closed or Busy if it did not. It
	// says Full only if Len has reached Cap, else submitters would spin.
	Offer(v T) ringbuffer.Status

	// OfferBeyond is Offer without the bound. It answers Done or Closed.
	OfferBeyond(v T) ringbuffer.Status

	// Return adds an item that was accepted before, after Close too, with the age
	// it was taken with, so that it is no younger than it was.
	Return(v T, age uint64)

	// Poll takes the next item and answers Done, with the item's age: what the
	// source orders equals by. It answers Empty if there is no item, and Busy if
	// others hold the places where one may lie. Busy must not last: a worker looks
	// again until it has another answer.
	Poll() (v T, age uint64, status ringbuffer.Status)

	// Ready reports whether an item is there, in a place that others hold or not. It
	// may be true where Poll then says Busy.
	Ready() bool

	// Len returns how many items are waiting, however they came in; Cap how many
	// Offer lets in, 0 if it has no bound.
	Len() int
	Cap() int

	// Pushed returns how many items Offer and OfferBeyond let in. It counts them
	// before Poll can take them.
	Pushed() uint64

	// Close makes Offer and OfferBeyond answer Closed from now on.
	Close()
}

// A way is one way in: a bounded ring, an unbounded list of rings, or a source
// of the user's. One of the queues is set. Its own word, the position with the
// closed bit, counts what was accepted through it.
type queue[T any] struct {
	ptrs   *ringbuffer.PtrRing[T]
	ring   *ringbuffer.MPMC[T]
	list   *ringbuffer.Unbounded[T]
	source Source[T]

	// Of one of Scheduler.rings; overflow queue is nil with a source.
	next     *queue[T] // the next of them, all around
	overflow *queue[T] // for nested items that find the rings full; it has no bound
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

// offerBatch offers vs in order and returns how many were accepted. It answers
// Done if that is all of them, else why the next one was not.
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

// waiting reports whether there is an item, if only claimed.
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

func (q *queue[T]) room() bool {
	return q.list != nil || q.source != nil && q.source.Cap() == 0 || q.free() > 0
}

func (q *queue[T]) len() int {
	switch {
	case q.ptrs != nil:
		return q.ptrs.Len()
	case q.ring != nil:
		return q.ring.Len()
	case q.list != nil:
		return q.list.Len()
	}
	return q.source.Len()
}

func (q *queue[T]) pushed() uint64 {
	switch {
	case q.ptrs != nil:
		return q.ptrs.Pushed()
	case q.ring != nil:
		return q.ring.Pushed()
	case q.list != nil:
		return q.list.Pushed()
	}
	return q.source.Pushed()
}

func (q *queue[T]) close() {
	switch {
	case q.ptrs != nil:
		q.ptrs.Close()
	case q.ring != nil:
		q.ring.Close()
	case q.list != nil:
		q.list.Close()
	default:
		q.source.Close()
	}
}

// free returns how many items there is room for; it means nothing where there is no bound.
func (q *queue[T]) free() int {
	switch {
	case q.ptrs != nil:
		return q.ptrs.Cap() - q.ptrs.Len()
	case q.ring != nil:
		return q.ring.Cap() - q.ring.Len()
	case q.list != nil:
		return 0
	}
	return q.source.Cap() - q.source.Len()
}
