//go:build model

package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// A shelf is a Source of two places, each under a try-lock: Poll answers Busy as
// long as others hold the places where an item may lie.
type shelf struct {
	capacity int
	len      atomics.Uint32
	pushed   atomics.Uint64
	places   [2]struct {
		lock   threads.TryLock
		filled atomics.Bool // items is not empty; written by the holder of lock
		items  []aged
		closed bool
	}
}

// perhapsShelf gives cfg a Source, or leaves it its rings.
func perhapsShelf(e *explorer, cfg Config[int]) Config[int] {
	if e.Choose(2) == 0 {
		cfg.Source = &shelf{capacity: cfg.Capacity}
	}
	return cfg
}

func (h *shelf) Offer(v int) ringbuffer.Status {
	for {
		n := h.len.Load()
		if int(n) >= h.capacity {
			if h.lockPlace(0); h.places[0].closed {
				h.places[0].lock.Unlock()
				return ringbuffer.Closed
			}
			h.places[0].lock.Unlock()
			return ringbuffer.Full
		}
		if h.len.CompareAndSwap(n, n+1) {
			return h.accept(v)
		}
	}
}

func (h *shelf) OfferBeyond(v int) ringbuffer.Status {
	h.len.Add(1)
	return h.accept(v)
}

// accept puts v, for which there is room, into a place.
func (h *shelf) accept(v int) ringbuffer.Status {
	at := v % len(h.places)
	h.lockPlace(at)
	defer h.places[at].lock.Unlock()
	if h.places[at].closed {
		h.len.Add(^uint32(0))
		return ringbuffer.Closed
	}
	h.put(at, aged{v, h.pushed.Add(1)})
	return ringbuffer.Done
}

func (h *shelf) Return(v int, age uint64) {
	h.len.Add(1)
	at := v % len(h.places)
	h.lockPlace(at)
	defer h.places[at].lock.Unlock()
	h.put(at, aged{v, age})
}

func (h *shelf) put(at int, it aged) {
	h.places[at].items = append(h.places[at].items, it)
	h.places[at].filled.Store(true)
}

func (h *shelf) lockPlace(at int) {
	for !h.places[at].lock.TryLock() {
		threads.Pause()
	}
}

func (h *shelf) Poll() (v int, age uint64, status ringbuffer.Status) {
	status = ringbuffer.Empty
	for i := range h.places {
		p := &h.places[i]
		if !p.filled.Load() {
			continue
		}
		if !p.lock.TryLock() {
			status = ringbuffer.Busy
			continue
		}
		if len(p.items) == 0 {
			p.lock.Unlock()
			continue
		}
		it := p.items[0]
		p.items = p.items[1:]
		p.filled.Store(len(p.items) > 0)
		p.lock.Unlock()
		h.len.Add(^uint32(0))
		return it.v, it.age, ringbuffer.Done
	}
	return 0, 0, status
}

func (h *shelf) Ready() bool    { return h.places[0].filled.Load() || h.places[1].filled.Load() }
func (h *shelf) Len() int       { return int(h.len.Load()) }
func (h *shelf) Cap() int       { return h.capacity }
func (h *shelf) Pushed() uint64 { return h.pushed.Load() }

func (h *shelf) Close() {
	for i := range h.places {
		h.lockPlace(i)
		h.places[i].closed = true
		h.places[i].lock.Unlock()
	}
}
