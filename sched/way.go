package sched

import "github.com/user/millrace/ringbuffer"

// A Source is a queue that stands where the rings, the lane and the returns of a
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
type way[T any] struct {
	words  *ringbuffer.Words[T]
	ring   *ringbuffer.MPMC[T]
	list   *ringbuffer.Unbounded[T]
	source Source[T]

	// Of one of Scheduler.rings; lane is nil with a source.
	next *way[T] // the next of them, all around
	lane *way[T] // for nested items that find the rings full; it has no bound
}

func (y *way[T]) offer(v T) ringbuffer.Status {
	switch {
	case y.words != nil:
		return y.words.Offer(v)
	case y.ring != nil:
		return y.ring.Offer(v)
	case y.list != nil:
		return y.list.Offer(v)
	}
	return y.source.Offer(v)
}

// offerBatch offers vs in order and returns how many were accepted. It answers
// Done if that is all of them, else why the next one was not.
func (y *way[T]) offerBatch(vs []T) (n int, status ringbuffer.Status) {
	for n < len(vs) {
		switch {
		case y.words != nil:
			n += y.words.TryPushBatch(vs[n:])
		case y.ring != nil:
			n += y.ring.TryPushBatch(vs[n:])
		case y.list != nil:
			n += y.list.TryPushBatch(vs[n:])
		}
		if n == len(vs) {
			break
		}
		if status = y.offer(vs[n]); status != ringbuffer.Done {
			return n, status
		}
		n++
	}
	return n, ringbuffer.Done
}

func (y *way[T]) poll() (v T, age uint64, status ringbuffer.Status) {
	switch {
	case y.words != nil:
		v, status = y.words.Poll()
		return v, 0, status
	case y.ring != nil:
		v, status = y.ring.Poll()
		return v, 0, status
	case y.list != nil:
		v, status = y.list.Poll()
		return v, 0, status
	}
	return y.source.Poll()
}

// waiting reports whether there is an item, if only claimed.
func (y *way[T]) waiting() bool {
	switch {
	case y.words != nil:
		return !y.words.IsEmpty()
	case y.ring != nil:
		return !y.ring.IsEmpty()
	case y.list != nil:
		return !y.list.IsEmpty()
	}
	return y.source.Ready()
}

func (y *way[T]) room() bool {
	return y.list != nil || y.source != nil && y.source.Cap() == 0 || y.free() > 0
}

func (y *way[T]) len() int {
	switch {
	case y.words != nil:
		return y.words.Len()
	case y.ring != nil:
		return y.ring.Len()
	case y.list != nil:
		return y.list.Len()
	}
	return y.source.Len()
}

func (y *way[T]) pushed() uint64 {
	switch {
	case y.words != nil:
		return y.words.Pushed()
	case y.ring != nil:
		return y.ring.Pushed()
	case y.list != nil:
		return y.list.Pushed()
	}
	return y.source.Pushed()
}

func (y *way[T]) close() {
	switch {
	case y.words != nil:
		y.words.Close()
	case y.ring != nil:
		y.ring.Close()
	case y.list != nil:
		y.list.Close()
	default:
		y.source.Close()
	}
}

// free returns how many items there is room for; it means nothing where there is no bound.
func (y *way[T]) free() int {
	switch {
	case y.words != nil:
		return y.words.Cap() - y.words.Len()
	case y.ring != nil:
		return y.ring.Cap() - y.ring.Len()
	case y.list != nil:
		return 0
	}
	return y.source.Cap() - y.source.Len()
}
