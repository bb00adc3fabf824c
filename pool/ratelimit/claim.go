package ratelimit

import (
	"runtime"
	"time"

	"github.com/user/millrace/internal/invariant"
)

// A claim reads the clock, loads the word, and replaces it by a compare-and-swap.
// Other calls may get in at any point, so the reading may be older than the word.
// Let r be the reading of a claim, c its cost, w the word it replaces, and F the
// burst in units. The claim leaves a = max(w, r) + c. Without a wait it is granted
// only if a − F ≤ r.
//
// At most rate × t + burst: take the claims granted by calls within [s, e], in the
// order of their compare-and-swaps.
//
//   - The first leaves at least s + c, since its reading is not before s.
//   - Each later one adds at least its cost. Between them the word only grows,
//     except for what is given back, which does not count.
//   - The last leaves at most e + F, since its reading is not after e.
//
// So the costs add up to at most e − s + F. The order of the readings plays no
// part: an older one only makes the answer stricter, and the word never goes back.
// A claim granted with a wait counts from the end of the wait, a − F, instead of r.
//
// A refusal is right at an instant of the call: an older reading alone would not
// show that, since tokens may have come in meanwhile and other calls may have taken
// some of them. So a claim is refused only if it saw the same word before and after
// it read the clock. At that reading the word left too little; the reading is later
// than the first load, so the word left too little then as well. This also holds if
// the word changed and came back in between. If the two loads differ, the claim
// tries again.
//
// A claim that may wait skips the first load, because it is refused only for its
// deadline or for a delay of decades. Before it is refused, it loads the word a
// second time, with a new reading of the clock.

// A verdict is the answer to a claim.
type verdict uint8

const (
	granted verdict = iota
	tooSoon         // the tokens come after the deadline
	tooMany         // the tokens never come: more than the burst
)

// A claim is a change of the word: the one made if it was granted, the one refused
// if it was tooSoon. The zero claim took nothing.
type claim struct {
	state         *gcra
	before, after int64  // the word
	at            uint64 // time of the claim, in ns after the state's epoch
}

// claim takes n tokens if they come within maxWait.
func (l *Limiter) claim(n int, maxWait time.Duration) (claim, verdict) {
	if n < 1 {
		return claim{}, granted
	}
	g := l.state.Load()
	seen := unseen
	if maxWait <= 0 {
		seen = g.word.Load() // a claim that may wait is hardly ever refused
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
			if after-g.full > now && !g.fitsDeadline(after, at, maxWait) {
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

// unseen differs from every word.
const unseen = int64(-1)

// fitsDeadline reports whether the tokens of a claim that leaves the word after come
// within maxWait, counted from at, in ns after the epoch.
func (g *gcra) fitsDeadline(after int64, at uint64, maxWait time.Duration) bool {
	return maxWait > 0 && after <= maxWord &&
		after-g.full <= g.farUnits(min(at+uint64(maxWait), uint64(never-g.epoch)))
}

// widenReading makes readings of the clock old, in builds that check invariants.
func widenReading() {
	if invariant.Enabled && invariant.Sometimes(5) {
		runtime.Gosched()
	}
}

// wait returns how long after the claim its tokens come.
func (c claim) wait() time.Duration {
	if c.state == nil {
		return 0
	}
	due := c.state.nanoseconds(max(c.after-c.state.full, 0))
	return time.Duration(due - min(due, c.at))
}

// giveBack undoes a granted claim if no later one was granted and the limits are
// the same; else its tokens are lost. Taking them out of a later claim could let
// more than the burst through at once, since the bucket may have been full in
// between. giveBack must be called at most once.
func (c claim) giveBack() {
	if c.state != nil {
		c.state.word.CompareAndSwap(c.after, c.before)
	}
}
