package ringbuffer

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/internal/threads"
)

// A PtrRing is a bounded FIFO queue for any number of producers and consumers, of values
// that are one pointer each: a pointer, a function, a map, a channel, or a struct of one of
// them. The zero value cannot be queued: it marks a free slot.
//
// A slot is one word, half the size of a slot of MPMC, and the cost of a queue between two
// processors is the cache lines they pass back and forth. In return pushes take turns, and
// so do pops. The lowest bit of tail, and of head, is a try-lock: the compare-and-swap that
// claims a position sets it, and the store that ends the push or pop clears it. This is the
// two-lock queue of Michael and Scott (PODC 1996) as a ring, with locks held for a few
// instructions.
//
// I1: head ≤ tail ≤ head + cap, apart from the lock bits.
//
// I2: a slot holds a value if and only if its position is in [head, tail). While a side is
// locked, the slots it claimed last may still have their former state.
//
// Order: a push takes effect at its compare-and-swap of tail, a pop at its compare-and-swap
// of head. Full and empty are answered as of the load of tail, closed as of the load that
// saw it.
//
// Progress: a goroutine stopped in the middle of a push holds up all pushes, and pops once
// they reach its slot. One stopped in the middle of a pop holds up all pops, and pushes once
// the ring is full. Offer and Poll answer Busy then; the other methods, and Close, wait.
//
// In the terms of the Go memory model, a push synchronizes before the pop that returns its
// value. Use NewPtrRing. A PtrRing must not be copied.
type PtrRing[T any] struct {
	_ cacheline.Pad

	// tail is the position of the next push, and locked.
	tail atomics.Uint64

	// closed is set by the call of Close that keeps tail locked forever.
	closed atomics.Bool
	_      cacheline.Pad

	// head is the position of the next pop, and locked.
	head atomics.Uint64
	_    cacheline.Pad

	slots  []atomics.Pointer[byte] // pointers of any type
	lap    lap
	origin uint64 // initial head and tail; 0 except in tests
}

// locked is the bit of head and tail that positions leave free.
const locked = 1

const zeroPush = "ringbuffer: push of a zero value"

// IsPtr reports whether values of type T are one pointer each, so that a PtrRing takes them.
func IsPtr[T any]() bool { return isPtr(reflect.TypeFor[T]()) }

func isPtr(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Func, reflect.Map, reflect.Chan:
		return true
	case reflect.Struct:
		return t.NumField() == 1 && isPtr(t.Field(0).Type)
	}
	return false
}

// NewPtrRing returns an empty ring for exactly capacity values. It panics if capacity is not
// in [1, MaxCap], or if values of T are not one pointer each.
func NewPtrRing[T any](capacity int) *PtrRing[T] { return newPtrRing[T](capacity, 0) }

func newPtrRing[T any](capacity int, origin uint64) *PtrRing[T] {
	checkCapacity(capacity)
	if !IsPtr[T]() {
		panic(fmt.Sprintf("ringbuffer: element type %v: must be one pointer", reflect.TypeFor[T]()))
	}
	r := &PtrRing[T]{slots: make([]atomics.Pointer[byte], capacity), lap: newLap(capacity)}
	r.origin = origin &^ r.lap.mask
	r.tail.Store(r.origin)
	r.head.Store(r.origin)
	return r
}

// pointer returns the pointer that v is.
func pointer[T any](v T) *byte { return *(**byte)(unsafe.Pointer(&v)) }

// value returns the value whose pointer p is.
func value[T any](p *byte) T { return *(*T)(unsafe.Pointer(&p)) }

func (r *PtrRing[T]) slot(pos uint64) *atomics.Pointer[byte] { return &r.slots[r.lap.index(pos)] }

// TryPush adds v and reports true, or false if the ring was full or closed at some instant
// of the call. It panics if v is zero.
func (r *PtrRing[T]) TryPush(v T) bool {
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
func (r *PtrRing[T]) TryPop() (T, bool) {
	for {
		v, status := r.Poll()
		if status != Busy {
			return v, status == Done
		}
		threads.Pause()
	}
}

// Offer is one attempt to add v. It answers Done, Full, Closed, or Busy if another push or a
// pop is in progress or came first. It panics if v is zero.
func (r *PtrRing[T]) Offer(v T) Status {
	p, t := pointer(v), r.tail.Load()
	if t&locked == 0 && p != nil {
		s := r.slot(t)
		end := r.lap.next(t)
		if s.Load() == nil && r.tail.CompareAndSwap(t, end|locked) {
			widenWindow()
			atomics.StorePointerRelease(s, p) // pairs with the load of the slot in Poll
			atomics.StoreRelease(&r.tail, end)
			return Done
		}
	}
	if p == nil {
		panic(zeroPush)
	}
	return r.notFree(t)
}

// notFree returns why nothing was pushed at tail t: Closed, Full or Busy.
func (r *PtrRing[T]) notFree(t uint64) Status {
	switch {
	case t&locked != 0 && r.closed.Load():
		return Closed
	case t&locked == 0 && r.lap.around(r.head.Load()&^locked) == t:
		return Full // head only grows, so at the load of t it had this value too
	}
	return Busy
}

// Poll is one attempt to remove the oldest value. It answers Done, Empty, or Busy if another
// pop or a push is in progress or came first.
func (r *PtrRing[T]) Poll() (v T, status Status) {
	h := r.head.Load()
	if h&locked == 0 {
		s := r.slot(h)
		end := r.lap.next(h)
		if p := s.Load(); p != nil && r.head.CompareAndSwap(h, end|locked) {
			widenWindow()
			atomics.StorePointerRelease(s, nil) // pairs with the load of the slot in Offer
			atomics.StoreRelease(&r.head, end)
			return value[T](p), Done
		}
	}
	return v, r.notPublished(h)
}

// notPublished returns why nothing was popped at head h: Empty or Busy.
func (r *PtrRing[T]) notPublished(h uint64) Status {
	if r.tail.Load()&^locked == h&^locked {
		return Empty // head never passes tail, so head has this value now
	}
	return Busy
}

// TryPushBatch adds as many of vs as there is room for, in order and without another push
// between them, and returns how many. It returns 0 only if the ring was full or closed at
// some instant of the call, or if vs is empty. It does not use slots behind one that a pop
// holds up. It panics if one of vs is zero.
func (r *PtrRing[T]) TryPushBatch(vs []T) int {
	for len(vs) > 0 {
		n, status := r.offerBatch(vs)
		if status != Busy {
			return n
		}
		threads.Pause()
	}
	return 0
}

// offerBatch is one attempt of TryPushBatch. It returns 0 and the reason, or how many it
// added and Done.
func (r *PtrRing[T]) offerBatch(vs []T) (int, Status) {
	t, n := r.tail.Load(), 0
	if t&locked == 0 {
		n = r.freeFrom(t, min(len(vs), len(r.slots)))
	}
	if n == 0 {
		return 0, r.notFree(t)
	}
	vs = vs[:n]
	for _, v := range vs {
		if pointer(v) == nil {
			panic(zeroPush)
		}
	}
	end := r.lap.advance(t, n)
	if !r.tail.CompareAndSwap(t, end|locked) {
		return 0, Busy
	}
	widenWindow()
	rest := vs
	for _, part := range r.parts(t, n) {
		for i := range part {
			atomics.StorePointerRelease(&part[i], pointer(rest[i]))
		}
		rest = rest[len(part):]
	}
	atomics.StoreRelease(&r.tail, end)
	return n, Done
}

// freeFrom returns how many slots are free from position t on, at most n. They stay free
// while tail is t.
func (r *PtrRing[T]) freeFrom(t uint64, n int) int {
	if n > 0 && r.slot(r.lap.advance(t, n-1)).Load() == nil {
		return n // pops free slots one after the other
	}
	free := 0
	for free < n && r.slot(r.lap.advance(t, free)).Load() == nil {
		free++
	}
	return free
}

// parts returns the n slots from position pos on: up to the end of the ring, and from its
// start.
func (r *PtrRing[T]) parts(pos uint64, n int) [2][]atomics.Pointer[byte] {
	first := r.slots[r.lap.index(pos):]
	if n <= len(first) {
		return [2][]atomics.Pointer[byte]{first[:n]}
	}
	return [2][]atomics.Pointer[byte]{first, r.slots[:n-len(first)]}
}

// TryPopBatch removes up to len(dst) of the oldest values, in order and without another pop
// between them, and returns how many. It returns 0 only if the ring was empty at some
// instant of the call, or if dst is empty.
func (r *PtrRing[T]) TryPopBatch(dst []T) int {
	for len(dst) > 0 {
		n, status := r.pollBatch(dst)
		if status != Busy {
			return n
		}
		threads.Pause()
	}
	return 0
}

// pollBatch is one attempt of TryPopBatch. It returns 0 and the reason, or how many it
// removed and Done.
func (r *PtrRing[T]) pollBatch(dst []T) (int, Status) {
	h := r.head.Load()
	if h&locked != 0 {
		return 0, r.notPublished(h)
	}
	// A published slot stays so while head does not change.
	n, end := 0, h
	for n < min(len(dst), len(r.slots)) && r.slot(end).Load() != nil {
		n, end = n+1, r.lap.next(end)
	}
	if n == 0 {
		return 0, r.notPublished(h)
	}
	if !r.head.CompareAndSwap(h, end|locked) {
		return 0, Busy
	}
	widenWindow()
	for i := range dst[:n] {
		s := r.slot(h)
		dst[i] = value[T](s.Load())
		atomics.StorePointerRelease(s, nil)
		h = r.lap.next(h)
	}
	atomics.StoreRelease(&r.head, end)
	return n, Done
}

// Len returns the number of values in the ring at some instant of the call, including those
// of pushes in progress.
func (r *PtrRing[T]) Len() int {
	for {
		t := r.tail.Load()
		h := r.head.Load()
		if r.tail.Load() == t {
			n := r.lap.distance(h&^locked, t&^locked)
			if invariant.Enabled && n > r.lap.cap {
				invariant.Check(false, "I1: %d values in a ring of %d", n, r.lap.cap)
			}
			return int(n)
		}
	}
}

// IsEmpty reports whether the ring was empty at some instant of the call. Pushes in progress
// count as done.
func (r *PtrRing[T]) IsEmpty() bool {
	h := r.head.Load() &^ locked
	return r.tail.Load()&^locked == h // head never passes tail, so it has this value now
}

// Cap returns the capacity.
func (r *PtrRing[T]) Cap() int { return int(r.lap.cap) }

// Pushed returns how many values were pushed since the ring was made, as of the load of
// tail. It counts to 2^60 at least.
func (r *PtrRing[T]) Pushed() uint64 { return r.lap.distance(r.origin, r.tail.Load()&^locked) }

// Popped returns how many values were popped since the ring was made, as of the load of
// head.
func (r *PtrRing[T]) Popped() uint64 { return r.lap.distance(r.origin, r.head.Load()&^locked) }

// Close makes the ring refuse pushes from now on: a push takes effect before it or not at
// all. Values in the ring can be popped. Close waits for a push in progress, and may be called
// again.
func (r *PtrRing[T]) Close() {
	for !r.closed.Load() {
		t := r.tail.Load()
		if t&locked == 0 && r.tail.CompareAndSwap(t, t|locked) {
			r.closed.Store(true)
			return
		}
		threads.Pause()
	}
}

// Closed reports whether Close was called.
func (r *PtrRing[T]) Closed() bool { return r.closed.Load() }
