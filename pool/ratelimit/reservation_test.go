package ratelimit_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const longest = time.Duration(math.MaxInt64)

func TestLimiterReserveTellsWhenTheTokenIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 3)
		for i, want := range []time.Duration{0, 0, 0, 100, 200, 300} {
			r := l.Reserve()
			if d := r.Delay(); !r.OK() || d != want*time.Millisecond {
				t.Errorf("reservation %d: %v, %v, want %v ms", i, r.OK(), d, int(want))
			}
		}
		r := l.ReserveN(3)
		if d := r.Delay(); d != 600*time.Millisecond {
			t.Errorf("three more after %v, want 600 ms", d)
		}
		for _, want := range []time.Duration{400, 200, 0, 0} {
			time.Sleep(200 * time.Millisecond)
			if d := r.Delay(); d != want*time.Millisecond {
				t.Errorf("%v are left, want %v ms", d, int(want))
			}
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
	if n := drain(l); n != 2 {
		t.Errorf("%d tokens, want 2", n)
	}
}

func TestLimiterReserveWhatIsNeverThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 1e-12, 2)
		for _, n := range []int{3, math.MaxInt} {
			r := l.ReserveN(n)
			r.Cancel()
			if r.OK() || r.Delay() != longest {
				t.Errorf("ReserveN(%d) of at most 2: %v, %v", n, r.OK(), r.Delay())
			}
		}
		if n := drain(l); n != 2 {
			t.Errorf("%d tokens, want 2", n)
		}
		if r := l.Reserve(); r.OK() || r.Delay() != longest {
			t.Errorf("a token in 30,000 years: %v, %v", r.OK(), r.Delay())
		}
	})
}

// Goal: Cancel gives back what was taken last, also a whole series in reverse.
func TestLimiterCancelGivesBackTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 3)
		first, second, third := l.ReserveN(2), l.ReserveN(3), l.Reserve()
		third.Cancel()
		second.Cancel()
		if got := l.Tokens(); got != 1 || second.OK() || second.Delay() != longest {
			t.Errorf("%v tokens, want 1", got)
		}
		for range 3 {
			first.Cancel()
			third.Cancel()
		}
		if n := drain(l); n != 3 {
			t.Errorf("%d tokens, want 3", n)
		}
	})
}

// Goal: what others have followed is lost, for the bucket may have been full in
// between: then a whole burst was there without it.
func TestLimiterCancelOfAnEarlierOneGivesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 3)
		early := l.Reserve()
		time.Sleep(time.Hour)
		if !l.AllowN(3) {
			t.Fatal("no full bucket after an hour")
		}
		early.Cancel()
		if l.Allow() {
			t.Error("four tokens at once, of at most three")
		}
	})
}

func TestLimiterCancelAfterAChangeGivesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, 10, 3)
		r := l.ReserveN(2)
		require.NoError(t, l.SetLimit(10))
		r.Cancel()
		if n := drain(l); n != 1 {
			t.Errorf("%d tokens, want 1", n)
		}
	})
}
