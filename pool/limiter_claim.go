package pool

import (
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
			latest = g.farUnits(min(at+uint64(patience), uint64(never-g.epoch)))
		}
		after := max(word, now) + g.cost(n)
		c := claim{g, word, after, at}
		if after-g.full > latest || after > maxWord {
			return c, tooSoon
		}
		if g.word.CompareAndSwap(word, after) {
			if invariant.Enabled && (after <= word || word > maxDebt+g.full) {
				invariant.Check(false, "the word goes from %d to %d", word, after)
			}
			return c, granted
		}
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
