package pool

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// A Limiter says how often something may happen: so many times a second on
// average, and up to burst times at once after a pause. It is a bucket, full at
// first, of burst tokens, into which tokens drip at the rate; who does something
// takes one out. Use NewLimiter: a nil or zero Limiter is none.
//
// Wait until there is a token, let Allow say whether there is one, or Reserve the
// next one and wait for it in a way of your own.
//
// In any time t no more than rate × t + burst tokens are there to be used; a
// token taken ahead of time counts from when its wait is over. However long
// nothing happens, no more than burst are saved up. While the limits change, the
// rate in force at each moment counts, and the burst at the begin of t.
//
// Order: tokens are taken at a compare-and-swap of one word, and are there in that
// order; a refusal takes effect at the load of that word, a change of the limits
// when it is published.
//
// Progress: all methods but Wait and WaitN are lock-free. They try again only if
// another call took or gave back tokens, or changed the limits; one that meets a
// change half made completes it. Those that wait have a timer each, and are first
// come, first served.
//
// The rate is missed by less than 0.0004 %, always to the slow side, from 1e-9 to
// 1e15 a second; higher ones count as 1e15. The clock is the monotonic one, so
// setting the system's time has no effect, and it lasts for 292 years. A Limiter
// made in a bubble of testing/synctest must be used there.
//
// The algorithm is GCRA, the generic cell rate algorithm of ITU-T Recommendation
// I.371; the word is its theoretical arrival time.
//
// All methods may be called by any goroutine at any time.
type Limiter struct {
	// Replaced as a whole when the limits change; see successor and renew.
	state atomic.Pointer[gcra]

	begin time.Time // the Limiter's clock counts from here
}

// NewLimiter returns a Limiter of rate tokens a second, with burst tokens there.
// The rate must be a finite number above 0, the burst from 1 to 1<<39, else the
// error wraps ErrInvalidConfig and names the value.
func NewLimiter(rate float64, burst int) (*Limiter, error) {
	if err := errors.Join(checkRate(rate), checkBurst(burst)); err != nil {
		return nil, err
	}
	l := &Limiter{begin: time.Now()}
	l.state.Store(newGCRA(limits{rate, burst}, 0, l.begin, 0))
	return l, nil
}

func checkRate(rate float64) error {
	if rate > 0 && rate <= math.MaxFloat64 {
		return nil
	}
	return fmt.Errorf("%w: rate = %v: is not a finite number above 0", ErrInvalidConfig, rate)
}

func checkBurst(burst int) error {
	if burst >= 1 && burst <= maxBurst {
		return nil
	}
	return fmt.Errorf("%w: burst = %d: is not from 1 to %d", ErrInvalidConfig, burst, int64(maxBurst))
}

// defaultBurst is the burst of a pool that sets only a rate: 10 ms' worth, at
// least 1.
func defaultBurst(rate float64) int { return int(max(1, min(rate/100, maxBurst))) }

// now returns the time by the Limiter's clock.
func (l *Limiter) now() time.Duration { return time.Since(l.begin) }

// Allow reports whether there is a token, and takes it.
func (l *Limiter) Allow() bool {
	g := l.state.Load() // as claim, for a token that is there
	at := g.elapsed()
	if word := g.word.Load(); word >= 0 && at <= g.last {
		now := g.units(at)
		if after := max(word, now) + g.interval; after-g.full <= now && g.word.CompareAndSwap(word, after) {
			return true
		}
	}
	return l.AllowN(1)
}

// AllowN reports whether there are n tokens, and takes them; if not it takes
// none. For n < 1 it is true and takes nothing.
func (l *Limiter) AllowN(n int) bool {
	_, v := l.claim(n, 0)
	return v == granted
}

// Limit returns the rate in tokens a second.
func (l *Limiter) Limit() float64 { return l.state.Load().rate }

// Burst returns how many tokens there may be at once.
func (l *Limiter) Burst() int { return l.state.Load().burst }

// Tokens returns how many tokens there are. It is below 0 while more are
// reserved.
func (l *Limiter) Tokens() float64 {
	for {
		g := l.state.Load()
		word := g.word.Load()
		ns := g.since(l.now())
		if word < 0 {
			l.renew(g)
			continue
		}
		return g.tokens(g.level(word, g.farUnits(ns)))
	}
}
