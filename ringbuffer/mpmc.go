package ringbuffer

import (
	"fmt"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/internal/threads"
)

// MaxCap is the largest capacity of a bounded ring.
const MaxCap = 1 << 30

// An MPMC is a bounded FIFO queue for any number of producers and consumers.
//
// The algorithm is Dmitry Vyukov's bounded MPMC queue (1024cores.net, 2010). Its
// positions carry a lap, as in crossbeam's ArrayQueue, so that any capacity is exact
// without a division.
//
// I1: head ≤ tail ≤ head + cap.
//
// I2: the slot of position p holds the stamp p while it waits for push p, p|1 while it
// holds the value of push p, and the position one lap later after pop p.
//
// Order: a push takes effect at its compare-and-swap of tail, a pop at its
// compare-and-swap of head. Full is answered as of the second load of tail, empty as of
// the load of tail, closed as of the load that saw the bit.
//
// Progress: no method takes a lock. But a goroutine stopped between claiming a slot and
// publishing or releasing it holds up the call that needs that slot next, so the ring is
// not strictly lock-free. Offer and Poll never wait for such a goroutine and answer Busy;
// TryPush, TryPop and the batches wait.
//
// In the terms of the Go memory model, a push synchronizes before the pop that returns
// its value. Use NewMPMC. An MPMC must not be copied.
type MPMC[T any] struct {
	_ cacheline.Pad

	// tail is the position of the next push. Its bit 0 says that the ring is closed. Once
	// set it stays, and the position no longer changes.
	tail atomics.Uint64
	_    cacheline.Pad

	// head is the position of the next pop.
	head atomics.Uint64
	_    cacheline.Pad

	slots  []slot[T] // slots[i] belongs to the positions with index i, one after the other
	lap    lap
	origin uint64 // initial head and tail; 0 except in tests
}

// A slot is free, then claimed by a push, published, claimed by a pop, and released: free
// for the next lap. The stamp says which. Between claim and publish, or claim and release,
// the claimer owns the slot.
type slot[T any] struct {
	stamp atomics.Uint64
	value T
}

// NewMPMC returns an empty ring for exactly capacity values. It panics if capacity is not
// in [1, MaxCap].
func NewMPMC[T any](capacity int) *MPMC[T] {
	checkCapacity(capacity)
	r := new(MPMC[T])
	r.init(capacity, 0)
	return r
}

func checkCapacity(capacity int) {
	if capacity < 1 || capacity > MaxCap {
		panic(fmt.Sprintf("ringbuffer: capacity = %d: must be in [1, %d]", capacity, MaxCap))
	}
}

// init makes a zero ring an empty one, whose positions start at the first of a lap at or
// below origin.
func (r *MPMC[T]) init(capacity int, origin uint64) {
	r.slots, r.lap = make([]slot[T], capacity), newLap(capacity)
	r.origin = origin &^ r.lap.mask
	r.tail.Store(r.origin)
	r.head.Store(r.origin)
	for i := range r.slots {
		r.slots[i].stamp.Store(r.origin + uint64(i)<<1)
	}
}

// closed is the bit of tail, and published the bit of a stamp, that positions leave free.
const (
	closed    = 1
	published = 1
)

func (r *MPMC[T]) slot(pos uint64) *slot[T] { return &r.slots[r.lap.index(pos)] }

// TryPush adds v and reports true, or false if the ring was full or closed at some instant
// of the call.
func (r *MPMC[T]) TryPush(v T) bool {
	for {
		switch r.Offer(v) {
		case Done:
			return true
		case Full, Closed:
			return false
		}
		threads.Pause()
	}
}

// TryPop removes and returns the oldest value, or reports false if the ring was empty at
// some instant of the call.
func (r *MPMC[T]) TryPop() (T, bool) {
	for {
		v, status := r.Poll()
		if status != Busy {
			return v, status == Done
		}
		threads.Pause()
	}
}

// Offer is one attempt to add v. It answers Done, Full, Closed, or Busy if a pop holds up
// the next slot. It retries only if another push came first.
func (r *MPMC[T]) Offer(v T) Status {
	for {
		t := r.tail.Load()
		if t&closed != 0 {
			return Closed
		}
		s := r.slot(t)
		stamp := s.stamp.Load()
		if stamp == t {
			if !r.tail.CompareAndSwap(t, r.lap.next(t)) {
				continue
			}
			widenWindow()
			s.value = v
			atomics.StoreRelease(&s.stamp, t|published) // pairs with the load of stamp in Poll
			return Done
		}
		if status := r.notFree(s, stamp, t); status != Done {
			return status
		}
	}
}

// notFree returns why the slot of tail position t, seen with the given stamp, does not
// wait for push t: Full, Busy, or Done if another try is worthwhile.
func (r *MPMC[T]) notFree(s *slot[T], stamp, t uint64) Status {
	if r.tail.Load() != t {
		return Done
	}
	if r.lap.around(r.head.Load()) == t {
		return Full // head only grows, so at the load of tail above it had this value too
	}
	if s.stamp.Load() != stamp {
		return Done
	}
	return Busy
}

// Poll is one attempt to remove the oldest value. It answers Done, Empty, or Busy if a
// push holds up the next slot. It retries only if another pop came first.
func (r *MPMC[T]) Poll() (v T, status Status) {
	for {
		h := r.head.Load()
		s := r.slot(h)
		stamp := s.stamp.Load()
		if stamp == h|published {
			if !r.head.CompareAndSwap(h, r.lap.next(h)) {
				continue
			}
			widenWindow()
			v = s.value
			var zero T
			s.value = zero
			atomics.StoreRelease(&s.stamp, r.lap.around(h)) // pairs with the load of stamp in Offer
			return v, Done
		}
		if status := r.notPublished(s, stamp, h); status != Done {
			return v, status
		}
	}
}

// notPublished returns why the slot of head position h, seen with the given stamp, has no
// value: Empty, Busy, or Done if another try is worthwhile.
func (r *MPMC[T]) notPublished(s *slot[T], stamp, h uint64) Status {
	if r.head.Load() != h {
		return Done
	}
	if r.tail.Load()&^closed == h {
		return Empty // head never passes tail, so head has this value now
	}
	if s.stamp.Load() != stamp {
		return Done
	}
	return Busy
}

// TryPushBatch adds as many of vs as there is room for, in order and without another push
// between them, and returns how many. It returns 0 only if the ring was full or closed at
// some instant of the call, or if vs is empty. It does not use slots behind one that a pop
// holds up.
func (r *MPMC[T]) TryPushBatch(vs []T) int {
	for {
		n, status := r.offerBatch(vs)
		if status != Busy {
			return n
		}
		threads.Pause()
	}
}

// offerBatch is one attempt of TryPushBatch. It returns 0 and the reason, or how many it
// added and Done.
func (r *MPMC[T]) offerBatch(vs []T) (int, Status) {
	if len(vs) == 0 {
		return 0, Done
	}
	for {
		t := r.tail.Load()
		if t&closed != 0 {
			return 0, Closed
		}
		s := r.slot(t)
		stamp := s.stamp.Load()
		if stamp != t {
			if status := r.notFree(s, stamp, t); status != Done {
				return 0, status
			}
			continue
		}
		// A free slot stays free while tail does not change, so all may be read before the one
		// claim. The slot after a whole lap waits for a later push.
		n, end := 1, r.lap.next(t)
		for n < len(vs) && r.slot(end).stamp.Load() == end {
			n, end = n+1, r.lap.next(end)
		}
		if !r.tail.CompareAndSwap(t, end) {
			continue
		}
		widenWindow()
		for _, v := range vs[:n] {
			s := r.slot(t)
			s.value = v
			atomics.StoreRelease(&s.stamp, t|published)
			t = r.lap.next(t)
		}
		return n, Done
	}
}

// TryPopBatch removes up to len(dst) of the oldest values, in order and without another pop
// between them, and returns how many. It returns 0 only if the ring was empty at some
// instant of the call, or if dst is empty.
func (r *MPMC[T]) TryPopBatch(dst []T) int {
	for {
		n, status := r.pollBatch(dst)
		if status != Busy {
			return n
		}
		threads.Pause()
	}
}

// pollBatch is one attempt of TryPopBatch. It returns 0 and the reason, or how many it
// removed and Done.
func (r *MPMC[T]) pollBatch(dst []T) (int, Status) {
	if len(dst) == 0 {
		return 0, Done
	}
	for {
		h := r.head.Load()
		s := r.slot(h)
		stamp := s.stamp.Load()
		if stamp != h|published {
			if status := r.notPublished(s, stamp, h); status != Done {
				return 0, status
			}
			continue
		}
		// A published slot stays so while head does not change.
		n, end := 1, r.lap.next(h)
		for n < len(dst) && r.slot(end).stamp.Load() == end|published {
			n, end = n+1, r.lap.next(end)
		}
		if !r.head.CompareAndSwap(h, end) {
			continue
		}
		widenWindow()
		var zero T
		for i := range dst[:n] {
			s := r.slot(h)
			dst[i] = s.value
			s.value = zero
			atomics.StoreRelease(&s.stamp, r.lap.around(h))
			h = r.lap.next(h)
		}
		return n, Done
	}
}

// Ready reports whether the next value is published. False means that at some instant it
// was not: the ring was empty, or a push had claimed the slot and not filled it yet.
func (r *MPMC[T]) Ready() bool {
	for {
		h := r.head.Load()
		if r.slot(h).stamp.Load() == h|published {
			return true
		}
		if r.head.Load() == h {
			return false
		}
	}
}

// Len returns the number of values in the ring at some instant of the call, including those
// of pushes in progress.
func (r *MPMC[T]) Len() int {
	for {
		t := r.tail.Load()
		h := r.head.Load()
		if r.tail.Load() == t {
			n := r.lap.distance(h, t&^closed)
			if invariant.Enabled && n > r.lap.cap {
				invariant.Check(false, "I1: %d values in a ring of %d", n, r.lap.cap)
			}
			return int(n)
		}
	}
}

// IsEmpty reports whether the ring was empty at some instant of the call. Pushes in progress
// count as done.
func (r *MPMC[T]) IsEmpty() bool {
	h := r.head.Load()
	return r.tail.Load()&^closed == h // head never passes tail, so it has this value now
}

// Cap returns the capacity.
func (r *MPMC[T]) Cap() int { return int(r.lap.cap) }

// Pushed returns how many values were pushed since the ring was made, as of the load of
// tail. It counts to 2^60 at least.
func (r *MPMC[T]) Pushed() uint64 { return r.lap.distance(r.origin, r.tail.Load()&^closed) }

// Popped returns how many values were popped since the ring was made, as of the load of
// head.
func (r *MPMC[T]) Popped() uint64 { return r.lap.distance(r.origin, r.head.Load()) }

// Close makes the ring refuse pushes from now on: a push takes effect before it or not at
// all. Values in the ring can be popped. Close may be called again.
func (r *MPMC[T]) Close() { r.tail.Or(closed) }

// Closed reports whether Close was called.
func (r *MPMC[T]) Closed() bool { return r.tail.Load()&closed != 0 }

// widenWindow yields at random between a claim and the step that must follow it, in test
// builds only: races hide there.
func widenWindow() {
	if invariant.Enabled && invariant.Sometimes(2) {
		threads.Pause()
	}
}
