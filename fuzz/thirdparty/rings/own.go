package rings

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

func init() {
	all = append(all,
		Ring{
			Name: "millrace MPMC",
			New:  func(capacity int) Queue { return ringbuffer.NewMPMC[Item](capacity) },
		},
		Ring{
			Name:  "repairing",
			New:   newRepairing,
			Blind: true,
		},
	)
}

// A repairing ring is wrong on purpose, in a way that was published once: a push claims
// a slot by adding to tail and publishes by a plain store, and a pop that finds its slot
// not yet published gives the slot to the next lap. Where a push was in between, its
// value is never found.
type repairing struct {
	head, tail atomics.Uint64
	slots      []repairingSlot
}

type repairingSlot struct {
	seq   atomics.Uint64 // the position that may push here next, or one more: that may pop
	value Item
}

func newRepairing(capacity int) Queue {
	if capacity < 1 {
		panic("rings: no capacity")
	}
	q := &repairing{slots: make([]repairingSlot, capacity)}
	for i := range q.slots {
		q.slots[i].seq.Store(2 * uint64(i))
	}
	return q
}

func (q *repairing) TryPush(v Item) bool {
	size := uint64(len(q.slots))
	for {
		at := q.tail.Load()
		if at-q.head.Load() >= size {
			return false
		}
		if q.tail.CompareAndSwap(at, at+1) {
			slot := &q.slots[at%size]
			slot.value = v
			threads.Pause() // so that it does not take long until it shows
			slot.seq.Store(2*at + 1)
			return true
		}
	}
}

func (q *repairing) TryPop() (v Item, ok bool) {
	size := uint64(len(q.slots))
	for {
		at := q.head.Load()
		if at >= q.tail.Load() {
			return v, false
		}
		if !q.head.CompareAndSwap(at, at+1) {
			continue
		}
		slot := &q.slots[at%size]
		published := slot.seq.Load() == 2*at+1
		if published {
			v = slot.value
			slot.value = Item{}
		}
		slot.seq.Store(2 * (at + size))
		if published {
			return v, true
		}
	}
}
