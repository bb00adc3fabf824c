package ratelimit_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const longest = time.Duration(math.MaxInt64)

func TestLimiterReserveHasTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 3)
		for i, want := range []time.Duration{0, 0, 0, 100, 200, 300} {
			r := l.Reserve()
			if d := r.Delay(); !r.OK() || d != want*time.Millisecond {
				t.Errorf("reservation %d: %v, %v, want %v ms", i, r.OK(), d, int(want))
			}
		}
		r := l.ReserveN(3)
		d := r.Delay()
		assert.Equal(t, 600*time.Millisecond, d, "three more after %v", d)
		for _, want := range []time.Duration{400, 200, 0, 0} {
			time.Sleep(200 * time.Millisecond)
			assert.Equal(t, want*time.Millisecond, r.Delay())
		}
	})
}

func TestLimiterReserveOfNothing(t *testing.T) {
	l := newLimiter(t, 1e-6, 2)
	for _, n := range []int{0, -1, math.MinInt} {
		if r := l.ReserveN(n); !r.OK() || r.Delay() != 0 {
			t.Errorf("ReserveN(%d): %v, %v", n, r.OK(), r.Delay())
		} else {
			r.Cancel()
		}
	}
	assert.Equal(t, 2, drain(l), "tokens")
}

func TestLimiterReserveWhatIsNeverThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 1e-12, 2)
		for _, n := range []int{3, math.MaxInt} {
			r := l.ReserveN(n)
			r.Cancel()
			assert.False(t, r.OK(), "ReserveN(%d) of at most 2", n)
			assert.Equal(t, longest, r.Delay(), "ReserveN(%d) of at most 2", n)
		}
		assert.Equal(t, 2, drain(l), "tokens")
		r := l.Reserve()
		assert.False(t, r.OK(), "a token in 30,000 years")
		assert.Equal(t, longest, r.Delay(), "a token in 30,000 years")
	})
}

// Goal: Cancel gives back the tokens taken last, also a whole series in reverse.
func TestLimiterCancelGivesBackTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 3)
		first, second, third := l.ReserveN(2), l.ReserveN(3), l.Reserve()
		third.Cancel()
		second.Cancel()
		got := l.Tokens()
		assert.Equal(t, 1.0, got)
		assert.False(t, second.OK())
		assert.Equal(t, longest, second.Delay())
		for range 3 {
			first.Cancel()
			third.Cancel()
		}
		assert.Equal(t, 3, drain(l), "tokens")
	})
}

// Goal: tokens followed by another claim are lost. The bucket may have been full in
// between, and then a whole burst was available without them.
func TestLimiterCancelOfAnEarlierOneGivesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 3)
		early := l.Reserve()
		time.Sleep(time.Hour)
		require.True(t, l.AllowN(3), "no full bucket after an hour")
		early.Cancel()
		assert.False(t, l.Allow(), "four tokens at once, of at most three")
	})
}

func TestLimiterCancelAfterAChangeGivesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 3)
		r := l.ReserveN(2)
		require.NoError(t, l.SetLimit(10))
		r.Cancel()
		assert.Equal(t, 1, drain(l), "tokens")
	})
}
