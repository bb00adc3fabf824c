package sched

import "github.com/user/millrace/ringbuffer"

// A Source is a queue that stands where the rings of a Scheduler stand. Its
// methods mean what those of ringbuffer.MPMC mean, and any goroutine may call
// them at any time. Offer says Full only if Len has reached Cap, and Ready is
// true only if Poll would then say Done; else submitters or workers spin.
type Source[T any] interface {
	Offer(v T) ringbuffer.Status
	Poll() (T, ringbuffer.Status)
	Ready() bool
	Len() int
	Cap() int // 0 if it has no bound
	Pushed() uint64
	Close()
}

// A way is one way in: a bounded ring, an unbounded list of rings, or a source
// of the user's. One of the fields is set. Its queue's own word, the position
// with the closed bit, counts what was accepted through it.
type way[T any] struct {
	ring   *ringbuffer.MPMC[T]
	list   *ringbuffer.Unbounded[T]
	source Source[T]
}

func (y *way[T]) offer(v T) ringbuffer.Status {
	switch {
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

func (y *way[T]) poll() (T, ringbuffer.Status) {
	switch {
	case y.ring != nil:
		return y.ring.Poll()
	case y.list != nil:
		return y.list.Poll()
	}
	return y.source.Poll()
}

func (y *way[T]) ready() bool {
	switch {
	case y.ring != nil:
		return y.ring.Ready()
	case y.list != nil:
		return y.list.Ready()
	}
	return y.source.Ready()
}

func (y *way[T]) room() bool {
	switch {
	case y.ring != nil:
		return y.ring.Len() < y.ring.Cap()
	case y.list != nil:
		return true
	}
	return y.source.Cap() == 0 || y.source.Len() < y.source.Cap()
}

func (y *way[T]) len() int {
	switch {
	case y.ring != nil:
		return y.ring.Len()
	case y.list != nil:
		return y.list.Len()
	}
	return y.source.Len()
}

func (y *way[T]) pushed() uint64 {
	switch {
	case y.ring != nil:
		return y.ring.Pushed()
	case y.list != nil:
		return y.list.Pushed()
	}
	return y.source.Pushed()
}

func (y *way[T]) close() {
	switch {
	case y.ring != nil:
		y.ring.Close()
	case y.list != nil:
		y.list.Close()
	default:
		y.source.Close()
	}
}
