package pool

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/user/millrace/internal/invariant"
)

// A Limiter says how often something may happen: on average so many times a
// second, and up to burst times at once after a pause. It is a bucket of burst
// tokens, full at first, into which tokens drip at the rate; what happens takes
// one out. Use NewLimiter: a nil or zero Limiter is none.
//
// Use Wait to be held up until it is one's turn, Allow to do without if it is
// not, Reserve to decide oneself how to wait.
//
// In any time t at most rate × t + burst tokens are handed out, counted from when
// each is good: at once for Allow, after the wait for Wait and Reserve. However
// long nothing happens, no more than burst are saved up. A change of the limits
// hands nothing out twice: then the rate in force at each moment counts, and the
// burst at the begin of t.
//
// Order: tokens are taken at a compare-and-swap of one word, in which order they
// are also good; a refusal takes effect at the load of that word, a change of the
// limits when it is published.
//
// Progress: all methods but Wait are lock-free. Each repeats only if another call
// took or gave back tokens, or changed the limits, meanwhile; one that meets a
// change half made completes it. None holds a lock or waits for another
// goroutine. Calls that wait have a timer each, and go in the order in which they
// reserved.
//
// The rate is kept to within a few parts in a billion from 0.1 to 1e9 a second,
// for any uptime; rates above 1e18 count as 1e18. The clock is the monotonic one:
// setting the system's time has no effect. A Limiter made in a bubble of
// testing/synctest must be used there.
//
// The algorithm is GCRA, the generic cell rate algorithm of ITU-T
// Recommendation I.371: the word is the theoretical arrival time.
//
// All methods may be called by any goroutine at any time.
type Limiter struct {
	// Replaced as a whole when the limits change; see successor and renew.
	state atomic.Pointer[gcra]

	begin time.Time // the Limiter's clock counts from here
}

// NewLimiter returns a Limiter of rate tokens a second, with burst tokens there.
// The rate must be a finite number above 0, the burst from 1 to 1<<60, else the
// error wraps ErrInvalidConfig and names the value.
func NewLimiter(rate float64, burst int) (*Limiter, error) {
	if err := errors.Join(checkRate(rate), checkBurst(burst)); err != nil {
		return nil, err
	}
	l := &Limiter{begin: time.Now()}
	lim := limits{rate, burst}
	l.state.Store(newGCRA(lim, lim.finest(0), 0))
	return l, nil
}

func checkRate(rate float64) error {
	if rate > 0 && rate <= math.MaxFloat64 {
		return nil
	}
	return fmt.Errorf("%w: rate limit %v is not a finite number above 0", ErrInvalidConfig, rate)
}

func checkBurst(burst int) error {
	if burst >= 1 && burst <= maxBurst {
		return nil
	}
	return fmt.Errorf("%w: rate burst %d is not from 1 to %d", ErrInvalidConfig, burst, int64(maxBurst))
}

// defaultBurst is the burst of a pool that sets only a rate: 10 ms' worth, at
// least 1.
func defaultBurst(rate float64) int { return int(max(1, min(rate/100, maxBurst))) }

// now returns the time by the Limiter's clock.
func (l *Limiter) now() time.Duration { return time.Since(l.begin) }

// Allow reports whether there is a token, and takes it.
func (l *Limiter) Allow() bool { return l.AllowN(1) }

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
		return math.Ldexp(float64(g.level(word, g.farUnits(ns))), -int(g.shift))
	}
}

// A verdict is the answer to a claim.
type verdict uint8

const (
	granted verdict = iota
	tooSoon         // the tokens are not there in time
	tooMany         // they never are: more than the burst
)

// A claim is what claim answers: for granted what was taken, for tooSoon what was
// not. The zero claim has taken nothing.
type claim struct {
	state  *gcra
	before int64  // the word
	after  int64  // the word
	due    int64  // when the tokens are there, in units
	at     uint64 // when they were claimed, in ns after the state's epoch
}

// claim takes n tokens if they are there after patience at the latest.
func (l *Limiter) claim(n int, patience time.Duration) (claim, verdict) {
	if n < 1 {
		return claim{}, granted
	}
	for {
		g := l.state.Load()
		if n > g.burst {
			return claim{state: g}, tooMany
		}
		word := g.word.Load()
		// Read anew for each try, and after the word: a clock read before waiting
		// one's turn makes time seem to go back.
		at := g.since(l.now())
		if word < 0 || at > g.last {
			l.renew(g)
			continue
		}
		now := g.units(at)
		latest := now
		if patience > 0 {
			latest = g.farUnits(at + uint64(patience))
		}
		due := max(word, now) + g.cost(n) - g.full
		after := max(word, now+1) + g.cost(n) // now is rounded down; see G2
		if due > latest || after > maxWord {
			return claim{state: g, due: due, at: at}, tooSoon
		}
		if g.word.CompareAndSwap(word, after) {
			if invariant.Enabled {
				invariant.Check(word < after, "word goes from %d to %d", word, after)
			}
			return claim{g, word, after, due, at}, granted
		}
	}
}

// wait returns how long after the claim its tokens are there.
func (c claim) wait() time.Duration {
	if c.state == nil {
		return 0
	}
	due := c.state.nanoseconds(max(c.due, 0))
	return time.Duration(due - min(due, c.at))
}

// giveBack undoes a granted claim if nothing was taken after it and the limits
// are the same; else its tokens are lost. To take them out of a later claim
// could let more than the burst through at once: the bucket may have been full in
// between. It must be called once at most.
func (c claim) giveBack() {
	if c.state != nil {
		c.state.word.CompareAndSwap(c.after, c.before)
	}
}

// take takes a token and returns 0, or takes none and returns how long until one
// is there. What it took may be given back by giveBack, once.
func (l *Limiter) take() (claim, time.Duration) {
	c, v := l.claim(1, 0)
	if v == granted {
		return c, 0
	}
	return claim{}, max(c.wait(), 1)
}
