// Package ratelimit limits how often something happens, with a token bucket that
// needs no lock and no goroutine. It works with or without a pool: a pool limits
// its own runs by pool.WithRateLimit.
//
//	limiter, err := ratelimit.New(100, 10) // 100 a second, up to 10 at once
//	if err != nil {
//		return err
//	}
//	if err := limiter.Wait(ctx); err != nil {
//		return err
//	}
package ratelimit

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// A Limiter is a token bucket: it holds up to burst tokens, is full at first, and
// gains tokens at the rate. An operation takes one token or more. Use New: a nil
// or zero Limiter is not usable.
//
//   - Wait blocks until there is a token.
//   - Allow takes a token if there is one.
//   - TryTake takes a token, or says when the next one comes.
//   - Reserve takes the next token ahead of time, and leaves the waiting to the caller.
//
// In any interval t, at most rate × t + burst tokens become usable. A reserved
// token counts from the end of its delay. An idle limiter saves up at most burst
// tokens. If the limits change, the rate in force at each moment counts, and the
// burst at the begin of the interval.
//
// Order: tokens are taken by a compare-and-swap of one word, and become usable in
// that order. A refusal takes effect at a load of that word, a change of the
// limits when it is published.
//
// Progress: all methods but Wait and WaitN are lock-free. A call retries only if
// another call took or gave back tokens, or changed the limits. It completes a
// change that it finds half made. Each waiting call has a timer of its own;
// waiting calls are served first come, first served.
//
// Precision: the actual rate is below the one asked for by less than 0.0004 %, and
// never above it, for rates in [1e-9, 1e15] a second. Higher rates count as 1e15.
// The clock is monotonic and lasts for 292 years. A Limiter made in a bubble of
// testing/synctest must be used there.
//
// The algorithm is GCRA, the generic cell rate algorithm of ITU-T Recommendation
// I.371; the word is its theoretical arrival time.
//
// All methods may be called by any goroutine at any time.
type Limiter struct {
	// state is replaced as a whole when the limits change; see successor and renew.
	state atomic.Pointer[gcra]

	begin time.Time // zero of the Limiter's clock
}

// MaxBurst is the largest burst of a Limiter.
const MaxBurst = min(1<<39, math.MaxInt) // int may have 32 bits

// ErrInvalidLimits is wrapped by the errors of New, SetLimit and SetBurst.
var ErrInvalidLimits = errors.New("ratelimit: invalid limits")

// New returns a full Limiter of rate tokens a second and up to burst tokens at
// once. The rate must be a finite number above 0, the burst in [1, MaxBurst];
// otherwise the error wraps ErrInvalidLimits and names the value.
func New(rate float64, burst int) (*Limiter, error) {
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
	return fmt.Errorf("%w: rate = %v: must be a finite number above 0", ErrInvalidLimits, rate)
}

func checkBurst(burst int) error {
	if burst >= 1 && burst <= MaxBurst {
		return nil
	}
	return fmt.Errorf("%w: burst = %d: must be in [1, %d]", ErrInvalidLimits, burst, int64(MaxBurst))
}

// now returns the time by the Limiter's clock.
func (l *Limiter) now() time.Duration { return time.Since(l.begin) }

// Allow takes a token if there is one, and reports whether it did.
func (l *Limiter) Allow() bool {
	g := l.state.Load() // as claim does, for a token that is there
	at := g.elapsed()
	if word := g.word.Load(); word >= 0 && at <= g.last {
		now := g.units(at)
		if after := max(word, now) + g.interval; after-g.full <= now && g.word.CompareAndSwap(word, after) {
			return true
		}
	}
	return l.AllowN(1)
}

// AllowN takes n tokens if there are as many, else none, and reports whether it
// did. For n < 1 it takes nothing and returns true.
func (l *Limiter) AllowN(n int) bool {
	_, v := l.claim(n, 0)
	return v == granted
}

// Limit returns the rate in tokens a second.
func (l *Limiter) Limit() float64 { return l.state.Load().rate }

// Burst returns how many tokens there may be at once.
func (l *Limiter) Burst() int { return l.state.Load().burst }

// Tokens returns how many tokens there are. It is below 0 while more are
// reserved than there are.
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
