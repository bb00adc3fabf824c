package ratelimit_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Tests at the limits of a Limiter's numbers: after decades, or with bursts of decades.

const year = 365 * 24 * time.Hour

// Goal: a reservation too far ahead is refused and takes nothing, and later ones
// succeed.
func TestLimiterReservesAsFarAsItCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const burst = 1 << 30
		l := newLimiter(t, 1e9, burst)
		last := time.Duration(-1)
		for n := 0; ; n++ {
			r := l.ReserveN(burst)
			if !r.OK() {
				break
			}
			if n > 4096 || r.Delay() <= last {
				t.Fatalf("reservation %d has the delay %v after %v", n, r.Delay(), last)
			}
			last = r.Delay()
		}
		tokens := l.Tokens()
		assert.LessOrEqual(t, tokens, float64(-1<<38), "refused with a debt of %v", -tokens)
		for range 10 {
			if l.ReserveN(burst).OK() || l.AllowN(1) || l.Tokens() != tokens {
				t.Fatal("what is refused takes something")
			}
		}
		time.Sleep(last)
		if tokens := l.Tokens(); tokens < 0 || tokens > 1 || !l.ReserveN(burst).OK() {
			t.Errorf("%v tokens when all debts are paid", tokens)
		}
	})
}

// Goal: a reservation beyond the end of the clock is refused.
func TestLimiterReservesUpToTheEndOfTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const burst = math.MaxInt32 // 68 years
		l := newLimiter(t, 1, burst)
		time.Sleep(200 * year)
		for _, want := range []time.Duration{0, burst * time.Second} {
			r := l.ReserveN(burst)
			d := r.Delay()
			assert.GreaterOrEqual(t, d, want)
			assert.LessOrEqual(t, d, want+want/1e5)
		}
		if r := l.ReserveN(burst); r.OK() {
			t.Errorf("a reservation for %v after 200 years", r.Delay())
		}
	})
}

// Goal: a debt of more than a century outlives a change of the burst.
func TestLimiterSetBurstKeepsALongDebt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 1, math.MaxInt32) // 68 years
		l.ReserveN(math.MaxInt32)
		l.ReserveN(math.MaxInt32)
		before := l.ReserveN(math.MaxInt32).Delay()
		require.NoError(t, l.SetBurst(1))
		debt := -l.Tokens()
		assert.GreaterOrEqual(t, before, 136*year, "a debt of %v tokens, one a second", debt)
		assert.LessOrEqual(t, math.Abs(debt-before.Seconds()), 10.0, "a debt of %v tokens, one a second", debt)
	})
}

// Goal: if the clock is rounded, no token comes too soon either, also after a change to
// units in which it is not rounded.
func TestLimiterRoundsTheClockDown(t *testing.T) {
	const interval = 10 * time.Second
	for _, change := range []bool{false, true} {
		for at := range 70 * time.Nanosecond {
			synctest.Test(t, func(t *testing.T) {
				l := newLimiter(t, 0.1, math.MaxInt32) // units of 64 ns
				time.Sleep(at)
				l.AllowN(math.MaxInt32)
				if change {
					time.Sleep(time.Nanosecond)
					require.NoError(t, l.SetBurst(1))
					time.Sleep(interval - 2)
				} else {
					time.Sleep(interval - 1)
				}
				assert.False(t, l.Allow(), "emptied after %v, it has a token less than %v after", at, interval)
				time.Sleep(200 * time.Nanosecond)
				assert.True(t, l.Allow(), "emptied after %v, it has no token %v after", at, interval+200)
			})
		}
	}
}
