package ratelimit

import (
	"testing"
	"testing/synctest"
	"time"
)

// Goal: take tells when the next token is there, and takes none before.
func TestLimiterTakeTellsWhenToComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := New(3, 1)
		for range 10 {
			if c, wait := l.TryTake(); wait != 0 || c == (Token{}) {
				t.Fatalf("a token in %v, want now", wait)
			}
			for _, pass := range []time.Duration{0, 100 * time.Millisecond, 233333333} {
				time.Sleep(pass)
				c, wait := l.TryTake()
				if c != (Token{}) || wait <= 0 {
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
		l, _ := New(10, 2)
		first, _ := l.TryTake()
		second, _ := l.TryTake()
		second.GiveBack()
		first.GiveBack()
		time.Sleep(time.Hour)
		early, _ := l.TryTake()
		time.Sleep(time.Hour)
		if !l.AllowN(2) {
			t.Fatal("no full bucket after an hour")
		}
		early.GiveBack()
		Token{}.GiveBack()
		if _, wait := l.TryTake(); wait != 100*time.Millisecond {
			t.Errorf("a token in %v, want 100 ms: three at once, of at most two", wait)
		}
	})
}

// Goal: who finds a change half made completes it, so that it holds nobody up.
func TestLimiterCallsCompleteAChange(t *testing.T) {
	for name, call := range map[string]func(l *Limiter){
		"Allow":    func(l *Limiter) { l.Allow() },
		"Reserve":  func(l *Limiter) { l.Reserve() },
		"Tokens":   func(l *Limiter) { l.Tokens() },
		"SetBurst": func(l *Limiter) { _ = l.SetBurst(7) },
		"TryTake":  func(l *Limiter) { l.TryTake() },
	} {
		for _, step := range []string{"proposed", "frozen"} {
			l, _ := New(1, 1)
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
		l, _ := New(1, 5)
		c, _ := l.TryTake()
		g := l.state.Load()
		if err := l.SetLimit(2); err != nil {
			t.Fatal(err)
		}
		word := g.word.Load()
		c.GiveBack()
		if got := g.word.Load(); got != word || word >= 0 {
			t.Errorf("the word went from %d to %d", word, got)
		}
		if got := l.Tokens(); got != 4 {
			t.Errorf("%v tokens, want 4", got)
		}
	})
}
