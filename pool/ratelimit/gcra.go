package ratelimit

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/user/millrace/internal/cacheline"
)

// A gcra is the state of a Limiter under one rate and one burst. It counts time in
// units of its own:
//
//   - Usually a unit is a fraction of a nanosecond, such that the interval between
//     two tokens is some 1<<19 units.
//   - If the burst takes longer than 18 years to come back, a unit is several
//     nanoseconds.
//
// Only the interval is rounded, up, so the rate is missed by at most one part in
// 1<<18 and never exceeded. With a token of exactly a power of two units, the clock
// would be rounded instead: either a window would let through a unit too much, or
// two calls at one instant would find less than the burst. Units of several
// nanoseconds round the clock too, down, by less than a unit; an interval that is
// one unit longer makes up for that.
//
//	G1: 0 ≤ word ≤ maxDebt + full, or word < 0: frozen.
//	G2: word only grows, except for a give-back, which undoes the last growth.
//	G3: a frozen word never changes.
type gcra struct {
	_ cacheline.Pad

	limits
	interval int64         // units between two tokens
	full     int64         // the burst in units
	up, down uint          // ns << up >> down are units; one of them is 0
	epoch    time.Duration // zero of the units, by the Limiter's clock
	start    time.Time     // the epoch
	last     uint64        // largest ns after epoch that fits in units

	_ cacheline.Pad // a change of the word leaves the limits in other caches

	// word is the theoretical arrival time in units: when the bucket is full
	// again. Every caller writes it, by compare-and-swap.
	word atomic.Int64

	// next holds the limits of the successor; only from nil to non-nil. The word is
	// frozen only after that.
	next atomic.Pointer[limits]

	_ cacheline.Pad
}

// limits are the two numbers that a caller sets.
type limits struct {
	rate  float64 // tokens a second
	burst int
}

const (
	fastest = 1e15  // tokens a second; higher rates count as this one
	slowest = 1e-11 // tokens a second, 3000 years a token; lower rates count as this one

	intervalBits = 19 // an interval is not shorter than 1<<intervalBits units

	unitsBits = 59
	maxUnits  = 1 << unitsBits       // result of units, and about the longest burst
	maxWord   = 3 << unitsBits       // word after a claim
	maxDebt   = 1 << (unitsBits + 2) // debt kept when the limits change
	farthest  = 1 << (unitsBits + 3) // result of farUnits

	frozen = math.MinInt64 // the bit that freezes a word
	never  = math.MaxInt64 // as a time.Duration, or in ns: 292 years
	second = 1_000_000_000 // in ns
)

// The units of MaxBurst intervals fit.
const _ = uint64(1<<(unitsBits-intervalBits-1) - MaxBurst)

// scale returns by how many bits to shift ns left, right if negative, to get units.
// In these an interval is long enough and, as far as that allows, the burst and a
// debt in ns are not too long.
func (lim limits) scale(debt uint64) int {
	_, intervalNS := math.Frexp(second / lim.effective()) // in bits
	burst := bits.Len64(uint64(lim.burst) - 1)
	coarse := min(0, unitsBits-burst-intervalNS, unitsBits+2-bits.Len64(debt))
	return max(coarse, intervalBits+1-intervalNS)
}

// effective returns the rate within [slowest, fastest].
func (lim limits) effective() float64 { return min(max(lim.rate, slowest), fastest) }

// newGCRA returns a state with a full bucket and units that fit a debt in ns. Its
// time begins at epoch, which is start.
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

// units converts ns after the epoch to units, rounded down. ns must not exceed last.
func (g *gcra) units(ns uint64) int64 { return int64(ns << (g.up & 63) >> (g.down & 63)) }

// farUnits is units for any ns; its result is at most farthest.
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

// elapsed reads the clock: the time from the epoch to now, in ns. It costs less than
// since, which subtracts twice.
func (g *gcra) elapsed() uint64 { return uint64(time.Since(g.start)) }

// since returns the time from the epoch to now, by the Limiter's clock, in ns.
func (g *gcra) since(now time.Duration) uint64 { return uint64(max(now-g.epoch, 0)) }

// level returns the units in the bucket at that word and time; below 0 if more are
// reserved.
func (g *gcra) level(word, units int64) int64 { return g.full - max(word-units, 0) }

// tokens converts a level to tokens.
func (g *gcra) tokens(level int64) float64 { return float64(level) / float64(g.interval) }

// successor returns the state with other limits that continues from word at the
// time now. It has as many tokens as there are now, without those above the new
// burst.
//
// A debt is kept in time instead, since its tokens are promised for certain times:
// tokens that came earlier would be used concurrently with the promised ones. Only
// the part of a debt within maxDebt is kept. It is larger only if the rate rises so
// much that the tokens of the old rate hardly count.
func (g *gcra) successor(lim limits, word int64, now time.Duration) *gcra {
	level := g.level(word, g.farUnits(g.since(now)))
	if g.down > 0 && level < g.full {
		level-- // the rounded clock may have given one too many
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
