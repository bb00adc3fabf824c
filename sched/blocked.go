package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// A blockedList holds the submitters that wait for room, first come, first served.
//
// At most one of them is on its way at a time: woken, and not yet back from another try.
// It then passes the wake on, if there is more room. A submitter that never waited may
// come first; the woken one then waits again, in front.
//
// attend, the work of a combiner, owns the queue. It sets flagRoom and then checks for
// room; a worker takes an item and then reads the flag. Whichever write comes first, the
// other side sees it, so no submitter sleeps next to a free slot.
type blockedList[T any] struct {
	s       *Scheduler[T]
	joined  atomics.Pointer[submitter] // a stack of those attend has not seen
	leaving atomics.Int32              // abandoned, and perhaps still in the queue
	waking  atomics.Bool               // one is on its way; set by attend, cleared by that one
	round   combiner
	attend  func() // bl.attendAll, made once

	queue submitterQueue               // owned by attend
	free  *ringbuffer.MPMC[*submitter] // nodes for reuse
}

// A submitter is one goroutine that waits for room.
type submitter struct {
	parker *threads.Parker
	next   *submitter // in joined, then in the queue
	again  bool       // it was woken in vain; written by itself before it joins
	state  atomics.Uint32
}

func (bl *blockedList[T]) init(s *Scheduler[T]) {
	bl.s = s
	bl.attend = bl.attendAll
	bl.free = ringbuffer.NewMPMC[*submitter](64)
}

// waitForRoom offers v until it is accepted or refused for good. It gives up when done is
// closed.
func (bl *blockedList[T]) waitForRoom(v T, done <-chan struct{}) Status {
	me := bl.borrow()
	bl.join(me)
	bl.check()
	for {
		if !me.parker.Park(done) {
			if me.state.CompareAndSwap(waiting, abandoned) {
				bl.leaving.Add(1)
				bl.check()
				return Abandoned // me is dropped, not recycled: attend may still hold it
			}
			me.parker.Park(nil) // woken at the same time
			bl.handOn()
			bl.recycle(me)
			return Abandoned
		}
		status := bl.s.TrySubmit(v)
		if status == Full && bl.s.closing.Load() {
			status = bl.s.refuse() // rather than be woken in vain until Close has closed the rings
		}
		if status != Full {
			bl.handOn()
			bl.recycle(me)
			return status
		}
		me.again = true
		bl.join(me) // before another one may be woken
		bl.handOn()
	}
}

func (bl *blockedList[T]) borrow() *submitter {
	if b, ok := bl.free.TryPop(); ok {
		return b
	}
	return &submitter{parker: threads.NewParker()}
}

// recycle takes back what borrow returned. No other goroutine may hold it.
func (bl *blockedList[T]) recycle(b *submitter) {
	b.again = false
	bl.free.TryPush(b)
}

func (bl *blockedList[T]) join(b *submitter) {
	b.state.Store(waiting)
	for {
		top := bl.joined.Load()
		b.next = top
		if bl.joined.CompareAndSwap(top, b) {
			return
		}
	}
}

// handOn is called by the submitter that was woken, after its try.
func (bl *blockedList[T]) handOn() {
	bl.waking.Store(false)
	bl.check()
}

// check wakes a submitter if there is room for it. It does not wait for others that do
// the same.
func (bl *blockedList[T]) check() { bl.round.request(bl.attend) }

// roomMade is check for a goroutine that has just taken an item.
func (bl *blockedList[T]) roomMade() {
	if !bl.waking.Load() { // the one on its way will check after it cleared waking
		bl.check()
	}
}

// attendAll is the work of round.
func (bl *blockedList[T]) attendAll() {
	s := bl.s
	waking := bl.waking.Load()
	bl.queue.add(bl.joined.Swap(nil)) // after that load: one woken in vain is among them
	if n := bl.leaving.Load(); n > 0 && int(n) >= bl.queue.len/2 {
		bl.leaving.Add(-int32(bl.queue.removeAbandoned()))
	}
	bl.setFlagRoom(bl.queue.first != nil && !waking)
	stopped := s.closing.Load()
	for bl.queue.first != nil && (stopped || !waking && s.room()) {
		b := bl.queue.pop()
		if !b.state.CompareAndSwap(waiting, woken) {
			bl.leaving.Add(-1)
			continue
		}
		waking = true
		bl.waking.Store(true)
		b.parker.Unpark()
	}
	if bl.queue.first == nil || waking {
		bl.setFlagRoom(false) // the one on its way asks for another round
	}
}

// setFlagRoom sets or clears flagRoom.
func (bl *blockedList[T]) setFlagRoom(up bool) {
	flags := &bl.s.flags
	switch is := flags.Load()&flagRoom != 0; {
	case up && !is:
		flags.Or(flagRoom)
	case !up && is:
		flags.And(^uint32(flagRoom))
	}
}

// room reports whether some ring had room at some instant of the call.
func (s *Scheduler[T]) room() bool {
	for i := range s.rings {
		if s.rings[i].room() {
			return true
		}
	}
	return false
}

// A submitterQueue is a linked list, used by one goroutine at a time.
type submitterQueue struct {
	first, last *submitter
	len         int
}

// add appends a stack of submitters in the order in which they joined, those that were
// woken in vain in front.
func (q *submitterQueue) add(stack *submitter) {
	var oldest *submitter
	for stack != nil {
		b := stack
		stack, b.next = b.next, oldest
		oldest = b
	}
	for oldest != nil {
		b := oldest
		oldest = b.next
		q.insert(b)
	}
}

func (q *submitterQueue) insert(b *submitter) {
	q.len++
	switch {
	case q.first == nil:
		b.next = nil
		q.first, q.last = b, b
	case b.again:
		b.next = q.first
		q.first = b
	default:
		b.next = nil
		q.last.next = b
		q.last = b
	}
}

func (q *submitterQueue) pop() *submitter {
	b := q.first
	q.first, b.next = b.next, nil
	q.len--
	return b
}

// removeAbandoned drops the submitters that wait no more and returns how many.
func (q *submitterQueue) removeAbandoned() int {
	before := q.len
	list := q.first
	*q = submitterQueue{}
	for list != nil {
		b := list
		list = b.next
		if b.state.Load() != abandoned {
			b.again = false // it keeps its place without help
			q.insert(b)
		}
	}
	return before - q.len
}
