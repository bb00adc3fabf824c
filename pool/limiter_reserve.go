package pool

import (
	"sync/atomic"
	"time"
)

// A Reservation is a promise of tokens by a Limiter. All methods may be called by
// any goroutine at any time.
type Reservation struct {
	limiter *Limiter
	claim   claim
	good    time.Duration // by the limiter's clock
	ok      atomic.Bool   // only from true to false
}

// Reserve takes a token, ahead of time if none is there. The holder must let
// Delay pass before doing what the token is for, or Cancel.
//
//	r := limiter.Reserve()
//	time.Sleep(r.Delay())
func (l *Limiter) Reserve() *Reservation { return l.ReserveN(1) }

// ReserveN is Reserve for n tokens. It takes none, and OK is false, if n is above
// the burst, or if they are there later than the limiter can count: after decades,
// or behind 1<<38 tokens. For n < 1 nothing is taken and OK is true.
func (l *Limiter) ReserveN(n int) *Reservation {
	r := &Reservation{limiter: l, good: never}
	c, v := l.claim(n, never)
	if v != granted {
		return r
	}
	r.claim = c
	r.good = 0
	if c.state != nil {
		r.good = c.state.epoch + time.Duration(c.at) + c.wait()
	}
	r.ok.Store(true)
	return r
}

// OK reports whether the tokens are promised. It is false after Cancel.
func (r *Reservation) OK() bool { return r.ok.Load() }

// Delay returns how long the holder must still wait: 0 if the tokens are there,
// the longest Duration if OK is false.
func (r *Reservation) Delay() time.Duration {
	if !r.OK() {
		return never
	}
	return max(r.good-r.limiter.now(), 0)
}

// Cancel says that the holder does not use the tokens. They go back if nobody
// took or reserved tokens after them and the limits were not changed; else they
// are lost, since the rate might be exceeded otherwise. At high rates the limiter
// has to begin to count anew every so often, at 1e9 a second in 18 minutes, which is
// like a change. Later calls do nothing.
func (r *Reservation) Cancel() {
	if r.ok.CompareAndSwap(true, false) {
		r.claim.giveBack()
	}
}
