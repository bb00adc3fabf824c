package pool

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/user/millrace/internal/cacheline"
)

// A gcra is the state of a Limiter under one rate and one burst, in units of time
// of its own: fractions of a nanosecond where that makes the interval between two
// tokens some 1<<19 units, and several nanoseconds where the burst takes longer
// than 18 years to come back.
//
// Only the interval is rounded, up, so the rate is missed by a part in 1<<18 at
// most and never exceeded. Were a token a power of two, exactly, the clock would
// be rounded: either a window lets through a unit too much, or two calls at one
// instant find less than the burst. With units of several nanoseconds the clock is
// rounded too, down, by less than a unit; an interval longer by one makes up for
// that.
//
//	G1: 0 ≤ word ≤ maxDebt + full, or word < 0: frozen.
//	G2: word only grows, but for a give-back, which undoes the last growth.
//	G3: a frozen word never changes.
type gcra struct {
	_ cacheline.Pad

	limits
	interval int64         // units between two tokens
	full     int64         // the burst in units
	up, down uint          // ns << up >> down are units; one of them is 0
	epoch    time.Duration // by the Limiter's clock; units count from here
	start    time.Time     // the epoch
	last     uint64        // ns after epoch up to which units fit

	_ cacheline.Pad // who has just read the limits need not fetch them for each word

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
	fastest = 1e15  // tokens a second; higher rates count as this one
	slowest = 1e-11 // lower ones as this, 3000 years a token

	intervalBits = 19 // an interval is not shorter than 1<<intervalBits units
	maxBurst     = min(1<<(unitsBits-intervalBits-1), math.MaxInt)

	unitsBits = 59
	maxUnits  = 1 << unitsBits       // that units returns, and about the longest burst
	maxWord   = 3 << unitsBits       // that a claim makes
	maxDebt   = 1 << (unitsBits + 2) // that a change of the limits keeps
	farthest  = 1 << (unitsBits + 3) // that farUnits returns

	frozen = math.MinInt64 // the bit that freezes a word
	never  = math.MaxInt64 // as a time.Duration, or in ns: 292 years
	second = 1_000_000_000 // in ns
)

// scale returns by how many bits ns are shifted left, right if negative, to give
// units in which an interval is long enough and, as far as that allows, the burst
// and a debt in ns are not too long.
func (lim limits) scale(debt uint64) int {
	_, intervalNS := math.Frexp(second / lim.effective()) // in bits
	burst := bits.Len64(uint64(lim.burst) - 1)
	coarse := min(0, unitsBits-burst-intervalNS, unitsBits+2-bits.Len64(debt))
	return max(coarse, intervalBits+1-intervalNS)
}

// effective returns the rate as it counts.
func (lim limits) effective() float64 { return min(max(lim.rate, slowest), fastest) }

// newGCRA returns a state with a full bucket whose time begins at epoch, which is
// start, and that has units for a debt in ns.
func newGCRA(lim limits, epoch time.Duration, start time.Time, debt uint64) *gcra {
	scale := lim.scale(debt)
	g := &gcra{
		limits: lim, interval: lim.interval(scale), epoch: epoch, start: start,
		up: uint(max(scale, 0)), down: uint(max(-scale, 0)),
	}
	g.full = g.cost(lim.burst)
	g.last = g.nanoseconds(maxUnits)
	return g
}

// interval returns the time between two tokens in units, rounded up.
func (lim limits) interval(scale int) int64 {
	// rate = mantissa × 1<<(exponent-53), exactly.
	fraction, exponent := math.Frexp(lim.effective())
	mantissa := uint64(fraction * (1 << 53))

	// second << shift / mantissa. The quotient fits in maxUnits.
	shift := uint(scale + 53 - exponent)
	hi, lo := bits.Mul64(second<<32, 1<<(shift-32))
	units, rest := bits.Div64(hi, lo, mantissa)
	if rest != 0 {
		units++
	}
	if scale < 0 {
		units++
	}
	return int64(units)
}

// cost returns n tokens in units. n must not exceed the burst.
func (g *gcra) cost(n int) int64 { return int64(n) * g.interval }

// units returns the time ns after the epoch in units, rounded down. ns must not
// exceed last.
func (g *gcra) units(ns uint64) int64 { return int64(ns << (g.up & 63) >> (g.down & 63)) }

// farUnits is units for any ns, farthest at most.
func (g *gcra) farUnits(ns uint64) int64 {
	if ns>>g.down > farthest>>g.up {
		return farthest
	}
	return g.units(ns)
}

// nanoseconds returns the least ns for which units is at least u, or never.
func (g *gcra) nanoseconds(u int64) uint64 {
	ns := (uint64(u) + 1<<g.up - 1) >> g.up
	if ns > never>>g.down {
		return never
	}
	return ns << g.down
}

// elapsed reads the clock: the time from the epoch to now, in ns. It costs less
// than since, which has the clock's own begin to account for.
func (g *gcra) elapsed() uint64 { return uint64(time.Since(g.start)) }

// since returns the time from the epoch to now, by the Limiter's clock, in ns.
func (g *gcra) since(now time.Duration) uint64 { return uint64(max(now-g.epoch, 0)) }

// level returns the units in the bucket while the word is word; negative if more
// are reserved.
func (g *gcra) level(word, units int64) int64 { return g.full - max(word-units, 0) }

// tokens returns level in tokens.
func (g *gcra) tokens(level int64) float64 { return float64(level) / float64(g.interval) }

// successor returns the state with other limits at the time now that goes on
// where word stopped: with as many tokens as there are now, but for those above
// the new burst.
//
// A debt is kept in time instead, since its tokens are promised for certain times:
// were those that follow there earlier, both would be used side by side. Beyond
// maxDebt they are, if the rate rises so much that those of the old one hardly
// count.
func (g *gcra) successor(lim limits, word int64, now time.Duration) *gcra {
	level := g.level(word, g.farUnits(g.since(now)))
	if g.down > 0 && level < g.full {
		level-- // what the rounded clock may have given too much
	}
	debt := g.nanoseconds(max(-level, 0))
	next := newGCRA(lim, now, g.start.Add(now-g.epoch), debt)
	if level < 0 {
		next.word.Store(next.full + min(next.farUnits(debt)+1, maxDebt))
	} else if level/g.interval < int64(lim.burst) {
		hi, lo := bits.Mul64(uint64(level), uint64(next.interval))
		units, _ := bits.Div64(hi, lo, uint64(g.interval))
		next.word.Store(next.full - int64(units))
	}
	return next
}
