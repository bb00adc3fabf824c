package ratelimit

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Goal: TryTake returns when the next token comes, and takes none before.
func TestLimiterTryTakeReturnsTheWait(t *testing.T) {
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

func TestLimiterTokenGivenBackIsAvailableAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := New(10, 2)
		first, _ := l.TryTake()
		second, _ := l.TryTake()
		second.GiveBack()
		first.GiveBack()
		time.Sleep(time.Hour)
		early, _ := l.TryTake()
		time.Sleep(time.Hour)
		require.True(t, l.AllowN(2), "no full bucket after an hour")
		early.GiveBack()
		Token{}.GiveBack()
		_, wait := l.TryTake()
		assert.Equal(t, 100*time.Millisecond, wait, "a token in %v: three at once, of at most two", wait)
	})
}

// Goal: a call that finds a change half made completes it, so a change blocks no other
// call.
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
			assert.Equal(t, 2.0, l.Limit(), "%s: a change that was %s is not made", name, step)
			if name == "SetBurst" && l.Burst() != 7 {
				t.Errorf("%s gives way to a change that was %s", name, step)
			}
		}
	}
}

// Goal: a claim made before a change neither takes nor gives back tokens after it.
func TestLimiterNothingChangesAFrozenWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := New(1, 5)
		c, _ := l.TryTake()
		g := l.state.Load()
		require.NoError(t, l.SetLimit(2))
		word := g.word.Load()
		c.GiveBack()
		got := g.word.Load()
		assert.Equal(t, word, got, "the word went from %d to %d", word, got)
		assert.Negative(t, word, "the word went from %d to %d", word, got)
		assert.Equal(t, 4.0, l.Tokens())
	})
}
