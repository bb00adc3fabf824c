package pool

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/internal/invariant"
)

// A gcra is the state of a Limiter under one rate and one burst, in units of its
// own: a token is 1<<shift of them, so that no rounding adds up, and units gives
// the time in them.
//
// Units are at most half a nanosecond long wherever the burst leaves room, so
// that only the clock is rounded. All counts fit in 62 bits.
//
//	G1: 0 ≤ word ≤ maxWord + maxFull, or word < 0: frozen.
//	G2: word is never before the exact arrival time: all is rounded against the
//	    caller.
//	G3: word only grows, but for a give-back, which undoes the last growth.
//	G4: a frozen word never changes.
type gcra struct {
	_ cacheline.Pad

	limits
	shift uint          // a token is 1<<shift units
	full  int64         // the burst in units
	mul   uint64        // units in a nanosecond, times 1<<scale
	scale uint          // 33 to 63
	epoch time.Duration // by the Limiter's clock; units count from here
	last  uint64        // ns after epoch up to which units fit

	// word is the theoretical arrival time in units: when the bucket is full
	// again. Written by everybody with a compare-and-swap.
	word atomic.Int64

	// next is what replaces the limits; only from nil to non-nil. The word may be
	// frozen after that only.
	next atomic.Pointer[limits]

	_ cacheline.Pad
}

// limits are what a caller sets.
type limits struct {
	rate  float64 // tokens a second
	burst int
}

const (
	maxUnits   = 1 << 61 // that units returns
	maxFull    = 1 << 60
	maxWord    = 1 << 62       // that a claim makes
	frozen     = math.MinInt64 // the bit that freezes a word
	maxBurst   = min(maxFull, math.MaxInt)
	fastest    = 1e18 // tokens a second; higher rates count as this one
	unitBits   = 32   // a second has at most 1<<unitBits units, if a token has several
	maxScale   = 63
	never      = math.MaxInt64 // as a time.Duration or in ns: 292 years
	nanosecond = 1_000_000_000 // in a second
)

// finest returns how many bits a token may have so that the burst and so large a
// debt can be counted.
func (lim limits) finest(debt uint64) int {
	_, exponent := math.Frexp(lim.rate)
	shift := max(unitBits-exponent, 0)
	shift = min(shift, 60-bits.Len64(uint64(lim.burst)-1))
	return max(min(shift, 62-bits.Len64(debt)), 0)
}

// newGCRA returns a state with a full bucket whose time begins at epoch.
func newGCRA(lim limits, shift int, epoch time.Duration) *gcra {
	// rate = mantissa × 1<<(exponent-53), exactly.
	fraction, exponent := math.Frexp(min(lim.rate, fastest))
	mantissa := uint64(fraction * (1 << 53))

	// mul = mantissa × 1<<40 / 1e9 has 63 or 64 bits.
	mul, _ := bits.Div64(mantissa>>24, mantissa<<40, nanosecond)
	scale := 93 - exponent - shift
	if scale > maxScale { // slow beyond the precision of mul
		mul >>= uint(scale - maxScale)
		scale = maxScale
	}
	// A unit in 292 years for rates below that; a token is 1<<60 units then.
	mul = max(mul, 1)

	g := &gcra{
		limits: lim, shift: uint(shift), full: int64(lim.burst) << shift,
		mul: mul, scale: uint(scale), epoch: epoch,
	}
	g.last = g.nanoseconds(maxUnits - 1)
	return g
}

// cost returns n tokens in units. n must not exceed the burst.
func (g *gcra) cost(n int) int64 { return int64(n) << (g.shift & 63) }

// units returns the time ns after the epoch in units, rounded down. ns must not
// exceed last.
func (g *gcra) units(ns uint64) int64 {
	hi, lo := bits.Mul64(ns, g.mul)
	return int64(hi<<(-g.scale&63) | lo>>(g.scale&63))
}

// farUnits is units for any ns, maxWord at most.
func (g *gcra) farUnits(ns uint64) int64 {
	hi, lo := bits.Mul64(ns, g.mul)
	if hi>>(g.scale-2) != 0 { // 1<<62 or more
		return maxWord
	}
	return int64(hi<<(64-g.scale) | lo>>g.scale)
}

// nanoseconds returns the least ns for which units is at least u, or never.
func (g *gcra) nanoseconds(u int64) uint64 {
	// The least ns with ns×mul ≥ u<<scale.
	hi, lo := uint64(u)>>(64-g.scale), uint64(u)<<g.scale
	if hi >= g.mul {
		return never
	}
	ns, rest := bits.Div64(hi, lo, g.mul)
	if rest != 0 {
		ns++
	}
	return min(ns, never)
}

// since returns the time from the epoch to now, by the Limiter's clock, in ns.
func (g *gcra) since(now time.Duration) uint64 { return uint64(max(now-g.epoch, 0)) }

// level returns the units in the bucket while the word is word; negative if more
// are reserved.
func (g *gcra) level(word, units int64) int64 { return g.full - max(word-units, 0) }

// successor returns the state with other limits at the time now that goes on
// where word stopped: with as many tokens as there are now, but for those above
// the new burst.
func (g *gcra) successor(lim limits, word int64, now time.Duration) *gcra {
	level := g.level(word, g.farUnits(g.since(now)))
	debt := -min(level>>g.shift, 0) // in tokens, rounded up
	next := newGCRA(lim, lim.finest(uint64(debt)), now)
	next.word.Store(next.full - next.convert(level, g.shift))
	if invariant.Enabled {
		w := next.word.Load()
		invariant.Check(0 <= w && w <= maxWord+maxFull, "a new state has the word %d", w)
	}
	return next
}

// convert returns a level in units of g, rounded down, where a token was 1<<shift.
// More than the burst is lost.
func (g *gcra) convert(level int64, shift uint) int64 {
	switch {
	case level>>shift >= int64(g.burst):
		return g.full
	case shift >= g.shift:
		return level >> (shift - g.shift)
	}
	return level << (g.shift - shift)
}
