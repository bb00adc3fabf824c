package pool

import (
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// Goal: take tells when the next token is there, and takes none before.
func TestLimiterTakeTellsWhenToComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := NewLimiter(3, 1)
		for range 10 {
			if c, wait := l.take(); wait != 0 || c.state == nil {
				t.Fatalf("a token in %v, want now", wait)
			}
			for _, pass := range []time.Duration{0, 100 * time.Millisecond, 233333333} {
				time.Sleep(pass)
				c, wait := l.take()
				if c != (claim{}) || wait <= 0 {
					t.Fatalf("took a token too soon")
				}
				if pass == 233333333 {
					time.Sleep(wait)
				}
			}
		}
	})
}

func TestLimiterTakeGivenBackIsThereAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := NewLimiter(10, 2)
		first, _ := l.take()
		second, _ := l.take()
		second.giveBack()
		first.giveBack()
		time.Sleep(time.Hour)
		early, _ := l.take()
		time.Sleep(time.Hour)
		if !l.AllowN(2) {
			t.Fatal("no full bucket after an hour")
		}
		early.giveBack()
		claim{}.giveBack()
		if _, wait := l.take(); wait != 100*time.Millisecond {
			t.Errorf("a token in %v, want 100 ms: three at once, of at most two", wait)
		}
	})
}

func TestLimiterDefaultBurstIsTenMilliseconds(t *testing.T) {
	for _, test := range []struct {
		rate  float64
		burst int
	}{
		{1e-9, 1},
		{1, 1},
		{100, 1},
		{199, 1},
		{200, 2},
		{1e3, 10},
		{1e6, 10_000},
		{1e11, 1_000_000_000},
		{math.MaxFloat64, maxBurst},
	} {
		if got := defaultBurst(test.rate); got != test.burst {
			t.Errorf("defaultBurst(%v) = %d, want %d", test.rate, got, test.burst)
		}
		if _, err := NewLimiter(test.rate, defaultBurst(test.rate)); err != nil {
			t.Error(err)
		}
	}
}

// Goal: who finds a change half made completes it, so that it holds nobody up.
func TestLimiterCallsCompleteAChange(t *testing.T) {
	for name, call := range map[string]func(l *Limiter){
		"Allow":    func(l *Limiter) { l.Allow() },
		"Reserve":  func(l *Limiter) { l.Reserve() },
		"Tokens":   func(l *Limiter) { l.Tokens() },
		"SetBurst": func(l *Limiter) { _ = l.SetBurst(7) },
		"take":     func(l *Limiter) { l.take() },
	} {
		for _, step := range []string{"proposed", "frozen"} {
			l, _ := NewLimiter(1, 1)
			g := l.state.Load()
			g.next.Store(&limits{2, 1})
			if step == "frozen" {
				g.word.Or(frozen)
			} else if name != "SetBurst" {
				continue // nobody has to look
			}
			call(l)
			if l.Limit() != 2 {
				t.Errorf("%s: a change that was %s is not made", name, step)
			}
			if name == "SetBurst" && l.Burst() != 7 {
				t.Errorf("%s gives way to a change that was %s", name, step)
			}
		}
	}
}

// Goal: a claim made before a change neither takes nor gives back after it.
func TestLimiterNothingChangesAFrozenWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := NewLimiter(1, 5)
		c, _ := l.take()
		g := l.state.Load()
		if err := l.SetLimit(2); err != nil {
			t.Fatal(err)
		}
		word := g.word.Load()
		c.giveBack()
		if got := g.word.Load(); got != word || word >= 0 {
			t.Errorf("the word went from %d to %d", word, got)
		}
		if got := l.Tokens(); got != 4 {
			t.Errorf("%v tokens, want 4", got)
		}
	})
}
