package ringbuffer

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A Popper is what one goroutine, or several in turn, pops with by Words.PollBy. The
// zero value is ready.
type Popper struct {
	popping atomics.Uint64 // 1 in the middle of a biased pop
	end     uint64         // where its last pop left the head
	row     uint32         // pops that each began where the last one ended
}

// A ring is biased after so many pops in a row. Who takes the bias away from another
// waits for an interrupt of its processor, which costs as much as a bias of thousands
// of pops gains. So the row must be longer after that.
const (
	minBiasAfter = 64
	maxBiasAfter = 1 << 16
)

// PollBy is Poll by the goroutine that p is for. If it pops again and again, with no
// pop of others between, nor an empty ring, the ring becomes biased to it: its pops need
// no compare-and-swap, which takes a fifth of the time of a push and a pop, until the
// ring is empty or another goroutine pops. No other may use p meanwhile.
//
// The lock of head is biased, as in Kawachiya, Koseki and Onodera's lock reservation
// (OOPSLA 2002): it stays held. Around each pop p says so, by release stores, and looks
// whether the bias is still its own. Who ends it takes it away, and then, by a Barrier, is
// sure that p sees that, or that it sees p popping; and waits for the end of that pop.
func (r *Words[T]) PollBy(p *Popper) (v T, status Status) {
	if r.bias.Load() == p {
		atomics.StoreRelease(&p.popping, 1)
		if r.bias.Load() == p {
			h := r.head.Load() &^ locked
			s := r.slot(h)
			if w := s.Load(); w != nil {
				widenWindow()
				atomics.StoreRelease(&r.head, r.lap.next(h)|locked) // before the slot is free: I1
				atomics.StorePointerRelease(s, nil)
				atomics.StoreRelease(&p.popping, 0)
				return value[T](w), Done
			}
		}
		atomics.StoreRelease(&p.popping, 0)
		r.giveBias(p)
	}
	h := r.head.Load()
	if h&locked == 0 {
		s := r.slot(h)
		end := r.lap.next(h)
		w := s.Load()
		switch {
		case w == nil:
			p.row = 0
		case r.head.CompareAndSwap(h, end|locked):
			widenWindow()
			atomics.StorePointerRelease(s, nil) // pairs with the load of the slot in Offer
			if p.inARow(h, end) <= r.biasAfter || !r.beginBias(p) {
				atomics.StoreRelease(&r.head, end)
			}
			return value[T](w), Done
		}
	}
	return v, r.notPublished(h)
}

// inARow notes a pop from h to end, and returns how many were in a row with it.
func (p *Popper) inARow(h, end uint64) uint32 {
	if h != p.end {
		p.row = 0
	}
	p.end = end
	p.row++
	return p.row
}

// beginBias hands the lock of head, which the caller holds, to p, and reports whether
// that can be undone.
func (r *Words[T]) beginBias(p *Popper) bool {
	p.row = 0
	if !atomics.HasBarrier() {
		return false
	}
	r.bias.Store(p)
	return true
}

// giveBias is called by p, not in the middle of a pop. It ends the bias unless
// another goroutine did.
func (r *Words[T]) giveBias(p *Popper) {
	if r.bias.CompareAndSwap(p, nil) {
		r.biasAfter -= (r.biasAfter - min(r.biasAfter, minBiasAfter)) / 8
		r.unlockHead()
	}
}

// takeBias ends the bias, if there is one, to whomever it is.
func (r *Words[T]) takeBias() {
	p := r.bias.Load()
	if p == nil || p == &taken || !r.bias.CompareAndSwap(p, &taken) {
		return
	}
	if !atomics.Barrier() {
		r.bias.Store(p) // who did not note that it was gone goes on
		return
	}
	for p.popping.Load() != 0 {
		threads.Pause()
	}
	r.biasAfter = min(4*r.biasAfter, maxBiasAfter)
	r.bias.Store(nil)
	r.unlockHead()
}

// taken stands for who had a bias that is being taken away.
var taken Popper

// Biased reports whether pops are biased, so that others may see them late: after
// loads that the goroutine does next. An atomics.Barrier ends that for those before it.
func (r *Words[T]) Biased() bool { return r.bias.Load() != nil }

func (r *Words[T]) unlockHead() { r.head.Store(r.head.Load() &^ locked) }
