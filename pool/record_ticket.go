package pool

import (
	"sync"

	"github.com/user/millrace/internal/atomics"
)

// A ticket represents a record in the queue. Taking the record out of its ticket claims
// it. The empty ticket stays in the queue as a tombstone, so a cancelled task is
// released at once although its place in the queue is not.
//
// A ticket is reused after a worker took it from the queue. A late claim finds another
// record in it, or none, and fails.
type ticket struct{ record atomics.Pointer[record] }

// tickets lends tickets.
type tickets struct{ free sync.Pool }

// issue returns a ticket for r. Release stores suffice: the push of the ticket is a locked
// instruction, and precedes every check whether r was called off meanwhile.
func (ts *tickets) issue(r *record) *ticket {
	t, ok := ts.free.Get().(*ticket)
	if !ok {
		t = new(ticket)
	}
	atomics.StorePointerRelease(&r.ticket, t)
	atomics.StorePointerRelease(&t.record, r)
	return t
}

// redeem claims the record of a ticket that left the queue. It returns nil if another
// goroutine has claimed it.
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

// claim claims the record and reports true, or false if another goroutine has.
func (r *record) claim() bool {
	t := r.ticket.Load()
	if t == nil || !t.record.CompareAndSwap(r, nil) {
		return false
	}
	r.pool.tombstones.Add(1)
	return true
}
