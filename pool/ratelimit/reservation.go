package ratelimit

import (
	"sync/atomic"
	"time"
)

// A Reservation is a promise of tokens by a Limiter. All methods may be called by
// any goroutine at any time.
type Reservation struct {
	limiter *Limiter
	claim   claim
	good    time.Duration // when the tokens come, by the limiter's clock
	ok      atomic.Bool   // only from true to false
}

// Reserve takes a token, ahead of time if there is none. The holder must let Delay
// pass before the operation that the token is for, or Cancel.
//
//	r := limiter.Reserve()
//	time.Sleep(r.Delay())
func (l *Limiter) Reserve() *Reservation { return l.ReserveN(1) }

// ReserveN is Reserve for n tokens. It takes none, and OK is false, if n exceeds the
// burst or if the tokens come later than the limiter can count: after decades, or
// after 1<<38 other tokens. For n < 1 it takes nothing and OK is true.
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

// Delay returns how long the holder must still wait: 0 once the tokens are usable,
// the longest Duration if OK is false.
func (r *Reservation) Delay() time.Duration {
	if !r.OK() {
		return never
	}
	return max(r.good-r.limiter.now(), 0)
}

// Cancel says that the holder does not use the tokens. They go back if no later
// call took or reserved tokens and the limits did not change. Otherwise they are
// lost, since the rate might be exceeded. At high rates the limiter renews its
// count from time to time, at 1e9 a second every 18 minutes, which is like a change
// of the limits. A second Cancel does nothing.
func (r *Reservation) Cancel() {
	if r.ok.CompareAndSwap(true, false) {
		r.claim.giveBack()
	}
}
