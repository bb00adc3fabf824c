package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/user/millrace/pool/ratelimit"
)

func newLimiter(t testing.TB, rate float64, burst int) *ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(rate, burst)
	require.NoError(t, err)
	return l
}

// drain takes single tokens until there is none, and returns how many.
func drain(l *ratelimit.Limiter) int {
	n := 0
	for l.Allow() {
		n++
	}
	return n
}

var (
	badRates  = []float64{0, math.Copysign(0, -1), -1, math.NaN(), math.Inf(1), math.Inf(-1), -math.SmallestNonzeroFloat64}
	badBursts = []int{0, -1, math.MinInt}
)

func TestLimiterRefusesWhatCannotWork(t *testing.T) {
	refused := func(err error, value any) {
		t.Helper()
		if !errors.Is(err, ratelimit.ErrInvalidLimits) || !strings.Contains(err.Error(), fmt.Sprint(value)) {
			t.Errorf("error %v, want one of an invalid configuration that names %v", err, value)
		}
	}
	l := newLimiter(t, 10, 3)
	for _, rate := range badRates {
		made, err := ratelimit.New(rate, 1)
		refused(err, rate)
		assert.Nil(t, made, "New(%v, 1) returns an error and a limiter", rate)
		refused(l.SetLimit(rate), rate)
	}
	for _, burst := range badBursts {
		_, err := ratelimit.New(1, burst)
		refused(err, burst)
		refused(l.SetBurst(burst), burst)
	}
	if math.MaxInt > 1<<39 {
		_, err := ratelimit.New(1, math.MaxInt)
		refused(err, math.MaxInt)
	}
	if l.Limit() != 10 || l.Burst() != 3 {
		t.Errorf("what was refused changed the limits to %v and %d", l.Limit(), l.Burst())
	}
}

// Goal: an overloaded limiter lets through at most its rate, and less only by its
// precision, for any rate.
func TestLimiterKeepsItsRate(t *testing.T) {
	for _, rate := range []float64{1e-6, 0.1, 1.0 / 3, 1, 3, 7.5, 10, 333, 1e6, 7e6, 3e8, 7e8, 1e9, 2e9, 4.5e9, 1e10, 1e12, 1e15} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const steps = 1000
				// A step brings 1000 tokens, or lasts a nanosecond, or 52 days: the
				// clock of synctest ends in 2262.
				step := time.Duration(min(max(1000/rate*1e9, 1), 0x1p52))
				burst := int(4*rate*step.Seconds()) + 1
				l := newLimiter(t, rate, burst)
				var taken int
				for range steps {
					if n := int(l.Tokens()); n > 0 && l.AllowN(n) {
						taken += n
					}
					taken += drain(l)
					time.Sleep(step)
				}
				taken += drain(l) + int(l.Tokens())
				allowed := rate*step.Seconds()*steps + float64(burst)
				if got := float64(taken); got > allowed*(1+1e-12) || got < allowed*(1-4e-6)-float64(burst)/2 {
					t.Errorf("%v tokens in %v, want %v", got, steps*step, allowed)
				}
			})
		})
	}
}

// Goal: after a pause of any length, exactly the burst is available, and then the rate
// is kept again. See uber-go/ratelimit issue 119.
func TestLimiterSavesTheBurstAndNoMore(t *testing.T) {
	for _, rate := range []float64{0.1, 10, 1e6} {
		for _, pause := range []time.Duration{time.Hour, 24 * time.Hour, year, 17 * year, 19 * year, 120 * year} {
			synctest.Test(t, func(t *testing.T) {
				const burst = 5
				l := newLimiter(t, rate, burst)
				interval := time.Duration(math.Ceil(1e9 / rate))
				for range 2 {
					require.Equal(t, burst, drain(l), "rate %v: tokens", rate)
					for range 20 {
						time.Sleep(interval - 1)
						require.False(t, l.Allow(), "rate %v: a token too soon, after %v", rate, interval-1)
						time.Sleep(time.Nanosecond)
						require.Equal(t, 1, drain(l), "rate %v: tokens after %v", rate, interval)
					}
					// More than the interval less 1 would add up to a token.
					time.Sleep(pause)
				}
			})
		}
	}
}

// Goal: neither the rate nor a debt is lost when the units run out, which happens soon
// at high rates.
func TestLimiterCountsOn(t *testing.T) {
	for _, rate := range []float64{1e9, 1e12, 1e15} {
		synctest.Test(t, func(t *testing.T) {
			ahead := int(min(rate/1e3, 1<<30)) // a millisecond, or less
			want := time.Duration(float64(ahead) / rate * 1e9)
			l := newLimiter(t, rate, ahead)
			for range 10 {
				time.Sleep(time.Hour)
				l.AllowN(int(l.Tokens()))
				r := l.ReserveN(ahead)
				if d := r.Delay(); !r.OK() || d < want-2 || d > want+2 {
					t.Fatalf("rate %v: %v, %v, want %v", rate, r.OK(), d, want)
				}
				time.Sleep(r.Delay())
				if n := l.Tokens(); n < 0 || n > rate/1e9 {
					t.Fatalf("rate %v: %v tokens when the reserved ones are there", rate, n)
				}
			}
		})
	}
}

func TestLimiterAllowNTakesAllOrNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 1, 5)
		for _, n := range []int{0, -1, math.MinInt} {
			assert.True(t, l.AllowN(n), "AllowN(%d) is false, or took something", n)
			assert.Equal(t, 5.0, l.Tokens(), "AllowN(%d) is false, or took something", n)
		}
		for _, n := range []int{6, 1000, math.MaxInt} {
			assert.False(t, l.AllowN(n), "AllowN(%d) is true, or took something", n)
			assert.Equal(t, 5.0, l.Tokens(), "AllowN(%d) is true, or took something", n)
		}
		if !l.AllowN(3) || l.AllowN(3) || !l.AllowN(2) || l.AllowN(1) {
			t.Error("of 5 tokens 3, not 3 more, and 2 can be taken")
		}
	})
}

func TestLimiterSetLimitKeepsTheTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 100)
		l.AllowN(60)
		require.NoError(t, l.SetLimit(1000))
		got := l.Tokens()
		assert.Equal(t, 1000.0, l.Limit())
		assert.Equal(t, 40.0, got)
		time.Sleep(10 * time.Millisecond)
		assert.Equal(t, 50.0, l.Tokens(), "tokens after 10 ms")
		require.NoError(t, l.SetLimit(0.5))
		time.Sleep(10 * time.Second)
		assert.Equal(t, 55.0, l.Tokens(), "tokens after 10 s more")
	})
}

func TestLimiterSetBurstAddsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 5)
		for _, test := range []struct {
			burst  int
			tokens float64
		}{{100, 5}, {3, 3}, {100, 3}, {1, 1}, {1, 1}, {2, 1}} {
			require.NoError(t, l.SetBurst(test.burst))
			got := l.Tokens()
			assert.Equal(t, test.burst, l.Burst())
			assert.Equal(t, test.tokens, got)
		}
		time.Sleep(time.Hour)
		assert.Equal(t, 2, drain(l), "tokens after a pause")
	})
}

// Goal: when the rate rises, no later call overtakes a reservation. When it falls, no
// reservation waits longer than the new rate requires.
func TestLimiterSetLimitKeepsReservationsInTime(t *testing.T) {
	for _, rate := range []float64{1, 1000, 0.01, 1e9} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(t, 10, 1)
			var last *ratelimit.Reservation
			for range 21 {
				last = l.Reserve()
			}
			require.NoError(t, l.SetLimit(rate))
			d := last.Delay()
			assert.Equal(t, 2*time.Second, d, "the last to reserve waits %v", d)
			want := 2*time.Second + time.Duration(1e9/rate)
			d = l.Reserve().Delay()
			assert.GreaterOrEqual(t, d, want, "at a rate of %v the next one waits", rate)
			assert.LessOrEqual(t, d, want+2, "at a rate of %v the next one waits", rate)
		})
	}
}

// Goal: Allow allocates nothing, and Wait nothing if there is a token.
func TestLimiterDoesNotAllocate(t *testing.T) {
	l := newLimiter(t, 1e9, 1e6)
	ctx := context.Background()
	assert.Zero(t, testing.AllocsPerRun(100, func() { l.Allow(); _ = l.Wait(ctx) }), "allocations")
}
