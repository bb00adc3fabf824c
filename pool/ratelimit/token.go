package ratelimit

import "time"

// A Token is a token taken by TryTake. The zero Token stands for none.
type Token struct{ claim claim }

// TryTake takes a token if there is one, and returns it with a wait of 0. Otherwise
// it takes nothing, and wait is the time until the next token comes if no other
// call takes it: a server may put it in a Retry-After header.
func (l *Limiter) TryTake() (t Token, wait time.Duration) {
	c, v := l.claim(1, 0)
	if v == granted {
		return Token{c}, 0
	}
	return Token{}, max(c.wait(), 1)
}

// GiveBack says that the token is not used. It goes back under the conditions of
// [Reservation.Cancel], and is lost otherwise. GiveBack must be called at most once
// for each token; on the zero Token it does nothing.
func (t Token) GiveBack() { t.claim.giveBack() }
