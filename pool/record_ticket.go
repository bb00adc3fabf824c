package pool

import (
	"sync"

	"github.com/user/millrace/internal/atomics"
)

// A ticket stands in the queue for a record. Taking the record out of it claims
// the record; the ticket then holds nothing, so that a cancelled task is let go
// of at once though its place in the queue is not.
//
// A ticket is lent again after a worker took it from the queue. A claim that
// comes too late finds another record in it, or none, and fails.
type ticket struct{ record atomics.Pointer[record] }

// tickets lends tickets.
type tickets struct{ free sync.Pool }

// issue returns a ticket for r. Release stores are enough: the push of the ticket, a
// locked instruction, comes before any look whether r was called off meanwhile.
func (ts *tickets) issue(r *record) *ticket {
	t, ok := ts.free.Get().(*ticket)
	if !ok {
		t = new(ticket)
	}
	atomics.StorePointerRelease(&r.ticket, t)
	atomics.StorePointerRelease(&t.record, r)
	return t
}

// redeem claims the record of a ticket that left the queue, and returns nil if
// somebody else did.
func (p *WorkerPool) redeem(t *ticket) *record {
	r := t.record.Swap(nil)
	p.tickets.free.Put(t)
	if r == nil {
		p.tombstones.Add(-1)
	}
	return r
}

// withdraw takes r out of its ticket, which is not in the queue.
func (ts *tickets) withdraw(r *record) {
	t := r.ticket.Swap(nil)
	t.record.Store(nil)
	ts.free.Put(t)
}

// claim takes the record out of the queue and reports true, or false if somebody
// else did.
func (r *record) claim() bool {
	t := r.ticket.Load()
	if t == nil || !t.record.CompareAndSwap(r, nil) {
		return false
	}
	r.pool.tombstones.Add(1)
	return true
}
