package ringbuffer

import (
	"fmt"
	"math/bits"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/internal/threads"
)

// MaxCap is the largest capacity of an MPMC or SCQ ring.
const MaxCap = 1 << 30

// An MPMC is a bounded FIFO queue for any number of producers and consumers.
//
// The algorithm is Dmitry Vyukov's bounded MPMC queue (1024cores.net, 2010), with
// positions that carry a lap, so that any capacity is exact without a division,
// as in crossbeam's ArrayQueue.
//
// I1: head ≤ tail ≤ head + cap.
// I2: the slot of position p holds the stamp p while it waits for push p, p|1
// while it holds the value of push p, and the position one lap on after pop p.
//
// Order: a push takes effect at its compare-and-swap of tail, a pop at its
// compare-and-swap of head; full is answered as of the second load of tail,
// empty as of the load of tail, closed as of the load that saw the bit.
//
// Progress: no method takes a lock, but a goroutine stopped between claiming a
// slot and publishing or releasing it holds up whoever wants that slot next, so
// the ring is not lock-free in the strict sense. Offer and Poll never wait for
// such a goroutine and answer Busy; TryPush, TryPop and the batches do wait.
//
// In the terms of the Go memory model, a push synchronizes before the pop that
// returns its value. Use NewMPMC. An MPMC must not be copied.
type MPMC[T any] struct {
	_ cacheline.Pad

	// tail is where values enter: the position of the next push. Its bit 0 says
	// that the ring is closed; once set it stays and the position stands still.
	tail atomics.Uint64
	_    cacheline.Pad

	// head is where values leave: the position of the next pop.
	head atomics.Uint64
	_    cacheline.Pad

	slots  []slot[T] // slots[i] is claimed in turn by the positions with index i
	lap    lap
	origin uint64 // the position head and tail started at; 0 but in tests
}

// A slot is free, then claimed by a push, published, claimed by a pop, and
// released: free for the next lap. The stamp says so to everybody; between claim
// and publish or release the slot belongs to the claimer alone.
type slot[T any] struct {
	stamp atomics.Uint64
	value T
}

// NewMPMC returns an empty ring for capacity values, neither more nor less.
// It panics if capacity is less than 1 or more than MaxCap.
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

// init makes a zero ring an empty one, whose positions start at the first of a
// lap at or below origin.
func (r *MPMC[T]) init(capacity int, origin uint64) {
	r.slots, r.lap = make([]slot[T], capacity), newLap(capacity)
	r.origin = origin &^ r.lap.mask
	r.tail.Store(r.origin)
	r.head.Store(r.origin)
	for i := range r.slots {
		r.slots[i].stamp.Store(r.origin + uint64(i)<<1)
	}
}

// closed is the bit of tail, published the bit of a stamp, that positions leave
// to them.
const (
	closed    = 1
	published = 1
)

// A lap does the arithmetic of positions. A position is a number of laps, an
// index below the capacity, and bit 0, always 0:
//
//	63 … bits: laps | bits-1 … 1: index | 0
//
// Indexes that no slot has are skipped at the end of a lap. Laps wrap with the
// word, so positions are compared for equality only.
type lap struct {
	mask uint64 // covers index and bit 0
	end  uint64 // where position&mask stands after the last index
	skip uint64 // from there to the next lap
	bits uint8  // width of index and bit 0
	cap  uint64
}

func newLap(capacity int) lap {
	width := bits.Len(uint(capacity-1)) + 1
	l := lap{mask: 1<<width - 1, bits: uint8(width), cap: uint64(capacity)}
	l.end = 2 * l.cap & l.mask
	l.skip = l.mask + 1 - 2*l.cap
	return l
}

func (l *lap) index(pos uint64) uint64 { return pos & l.mask >> 1 }

// next returns the position after pos.
func (l *lap) next(pos uint64) uint64 {
	pos += 2
	if pos&l.mask == l.end {
		pos += l.skip
	}
	return pos
}

// advance returns the position n after pos; n is at most the capacity.
func (l *lap) advance(pos uint64, n int) uint64 {
	if i := l.index(pos) + uint64(n); i >= l.cap {
		return l.around(pos&^l.mask) + (i-l.cap)<<1
	}
	return pos + uint64(n)<<1
}

// around returns the position one lap after pos.
func (l *lap) around(pos uint64) uint64 { return pos + l.mask + 1 }

// distance returns how many positions lie between from and to, which was
// reached from it.
func (l *lap) distance(from, to uint64) uint64 {
	laps := (to&^l.mask - from&^l.mask) >> l.bits
	return laps*l.cap + l.index(to) - l.index(from)
}

func (r *MPMC[T]) slot(pos uint64) *slot[T] { return &r.slots[r.lap.index(pos)] }

// TryPush adds v and reports true, or false if the ring was full or closed at
// some instant of the call.
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

// TryPop removes and returns the oldest value, or reports false if the ring was
// empty at some instant of the call.
func (r *MPMC[T]) TryPop() (T, bool) {
	for {
		v, status := r.Poll()
		if status != Busy {
			return v, status == Done
		}
		threads.Pause()
	}
}

// Offer is one attempt to add v: Done, Full, Closed, or Busy where the slot in
// turn is held up by a pop. It tries again only when another push came first.
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

// notFree says why the slot of tail position t, seen with the given stamp, does
// not wait for push t: Full, Busy, or Done if it is worth another look.
func (r *MPMC[T]) notFree(s *slot[T], stamp, t uint64) Status {
	if r.tail.Load() != t {
		return Done
	}
	if r.lap.around(r.head.Load()) == t {
		return Full // head only grows, so at the load of tail above it stood there too
	}
	if s.stamp.Load() != stamp {
		return Done
	}
	return Busy
}

// Poll is one attempt to remove the oldest value: Done, Empty, or Busy where the
// slot in turn is held up by a push. It tries again only when another pop came
// first.
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

// notPublished says why the slot of head position h, seen with the given stamp,
// has no value: Empty, Busy, or Done if it is worth another look.
func (r *MPMC[T]) notPublished(s *slot[T], stamp, h uint64) Status {
	if r.head.Load() != h {
		return Done
	}
	if r.tail.Load()&^closed == h {
		return Empty // head never passes tail, so head stands there now
	}
	if s.stamp.Load() != stamp {
		return Done
	}
	return Busy
}

// TryPushBatch adds as many of vs as there is room for, in order and without
// another push between them, and returns how many. It returns 0 only if the ring
// was full or closed at some instant of the call, or vs is empty. Where a pop is
// under way, what comes after its slot is not looked for.
func (r *MPMC[T]) TryPushBatch(vs []T) int {
	for {
		n, status := r.offerBatch(vs)
		if status != Busy {
			return n
		}
		threads.Pause()
	}
}

// offerBatch is one attempt of TryPushBatch. It returns 0 and the reason, or how
// many it added and Done.
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
		// A free slot stays free while tail stands, so all may be looked at before
		// the one claim. The slot after a whole lap waits for a later push.
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

// TryPopBatch removes up to len(dst) of the oldest values, in order and without
// another pop between them, and returns how many. It returns 0 only if the ring
// was empty at some instant of the call, or dst is empty.
func (r *MPMC[T]) TryPopBatch(dst []T) int {
	for {
		n, status := r.pollBatch(dst)
		if status != Busy {
			return n
		}
		threads.Pause()
	}
}

// pollBatch is one attempt of TryPopBatch. It returns 0 and the reason, or how
// many it removed and Done.
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
		// A published slot stays so while head stands.
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

// Ready reports whether the value next in turn is published. A false says that
// there was an instant at which it was not: the ring was empty, or a push had
// claimed the slot and not filled it yet.
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

// Len returns how many values were in the ring at some instant of the call,
// those of pushes in progress among them.
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

// IsEmpty reports whether the ring was empty at some instant of the call, pushes in
// progress counted as done.
func (r *MPMC[T]) IsEmpty() bool {
	h := r.head.Load()
	return r.tail.Load()&^closed == h // head never passes tail, so it stands there now
}

// Cap returns the capacity.
func (r *MPMC[T]) Cap() int { return int(r.lap.cap) }

// Pushed returns how many values were pushed since the ring was made, as of the
// load of tail. It counts to 2^60 at least.
func (r *MPMC[T]) Pushed() uint64 { return r.lap.distance(r.origin, r.tail.Load()&^closed) }

// Popped returns how many values were popped since the ring was made, as of the
// load of head.
func (r *MPMC[T]) Popped() uint64 { return r.lap.distance(r.origin, r.head.Load()) }

// Close makes the ring refuse pushes from now on: a push takes effect before it
// or not at all. What is in the ring can be popped. Close may be called again.
func (r *MPMC[T]) Close() { r.tail.Or(closed) }

// Closed reports whether Close was called.
func (r *MPMC[T]) Closed() bool { return r.tail.Load()&closed != 0 }

// widenWindow lets others run between a claim and what must follow it, at times
// and in test builds only: that is where races hide.
func widenWindow() {
	if invariant.Enabled && invariant.Sometimes(2) {
		threads.Pause()
	}
}
