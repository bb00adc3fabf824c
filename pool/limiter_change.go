package pool

// SetLimit changes the rate to so many tokens a second. The tokens there are
// stay. It returns the error of NewLimiter, and then changes nothing.
//
// Who has reserved before keeps the wait told then, and cannot give back any more;
// who comes after is behind them.
func (l *Limiter) SetLimit(rate float64) error {
	if err := checkRate(rate); err != nil {
		return err
	}
	l.change(func(lim *limits) { lim.rate = rate })
	return nil
}

// SetBurst changes how many tokens there may be at once. A higher burst adds no
// tokens, a lower one takes those away that are above it. It returns the error of
// NewLimiter, and then changes nothing. Reservations are as with SetLimit.
func (l *Limiter) SetBurst(burst int) error {
	if err := checkBurst(burst); err != nil {
		return err
	}
	l.change(func(lim *limits) { lim.burst = burst })
	return nil
}

// change replaces the limits. The compare-and-swap of next decides which of
// several changes is the next one; the others help it, and try again.
func (l *Limiter) change(edit func(*limits)) {
	for {
		g := l.state.Load()
		lim := g.limits
		edit(&lim)
		won := g.next.CompareAndSwap(nil, &lim)
		l.renew(g)
		if won {
			return
		}
	}
}

// renew replaces g by a state with the limits proposed or, if none are, with the
// same and a later epoch. Anyone may call it: all of them freeze the same word,
// and whoever publishes first wins.
//
// The clock is read after the word is frozen. Were it read before, tokens taken
// in between would be paid for at the new rate.
func (l *Limiter) renew(g *gcra) {
	g.next.CompareAndSwap(nil, &g.limits)
	word := g.word.Or(frozen) &^ frozen
	l.state.CompareAndSwap(g, g.successor(*g.next.Load(), word, l.now()))
}
