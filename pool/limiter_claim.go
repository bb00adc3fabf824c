package pool

import (
	"runtime"
	"time"

	"github.com/user/millrace/internal/invariant"
)

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
	state         *gcra
	before, after int64  // the word
	at            uint64 // ns after the state's epoch
}

// claim takes n tokens if they are there after patience at the latest.
//
// Each try reads the clock before the word, since others get in between a load and
// its compare-and-swap the more often the longer that takes. A reading may so be
// older than the word. That is safe for who takes: the word still grows by the
// cost, and what is there by an older time is there by a later one. It is not for
// who is refused, since tokens may have come in meanwhile: a refusal stands only if
// the word was the same before the clock was read. limiter.md has the proofs.
func (l *Limiter) claim(n int, patience time.Duration) (claim, verdict) {
	if n < 1 {
		return claim{}, granted
	}
	g := l.state.Load()
	seen := unseen
	if patience <= 0 {
		seen = g.word.Load() // who can wait is hardly ever refused
	}
	for {
		if n > g.burst {
			return claim{state: g}, tooMany
		}
		at := g.elapsed()
		widenReading()
		word := g.word.Load()
		if word < 0 || at > g.last {
			l.renew(g)
			g, seen = l.state.Load(), unseen
			continue
		}
		now := g.units(at)
		after := now + g.cost(n)
		if word > now { // not full
			after = word + g.cost(n)
			if after-g.full > now && !g.inTime(after, at, patience) {
				if word == seen {
					return claim{g, word, after, at}, tooSoon
				}
				seen = word
				continue
			}
		}
		if g.word.CompareAndSwap(word, after) {
			if invariant.Enabled && (after <= word || word > maxDebt+g.full) {
				invariant.Check(false, "the word goes from %d to %d", word, after)
			}
			return claim{g, word, after, at}, granted
		}
	}
}

// unseen is no word.
const unseen = int64(-1)

// inTime reports whether a word is reached so that its tokens are there after
// patience, counted from ns after the epoch.
func (g *gcra) inTime(after int64, at uint64, patience time.Duration) bool {
	return patience > 0 && after <= maxWord &&
		after-g.full <= g.farUnits(min(at+uint64(patience), uint64(never-g.epoch)))
}

// widenReading makes readings of the clock old, in builds that check invariants.
func widenReading() {
	if invariant.Enabled && invariant.Sometimes(5) {
		runtime.Gosched()
	}
}

// wait returns how long after the claim its tokens are there.
func (c claim) wait() time.Duration {
	if c.state == nil {
		return 0
	}
	due := c.state.nanoseconds(max(c.after-c.state.full, 0))
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
