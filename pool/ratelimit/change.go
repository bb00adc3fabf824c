package ratelimit

// SetLimit changes the rate to so many tokens a second. The tokens in the bucket
// stay. The error is that of New, and then nothing changes.
//
// An earlier reservation keeps its delay and can no longer be given back. Later
// calls come after it.
func (l *Limiter) SetLimit(rate float64) error {
	if err := checkRate(rate); err != nil {
		return err
	}
	l.change(func(lim *limits) { lim.rate = rate })
	return nil
}

// SetBurst changes how many tokens there may be at once. A higher burst adds no
// tokens; a lower one removes those above it. The error is that of New, and then
// nothing changes. Reservations are treated as by SetLimit.
func (l *Limiter) SetBurst(burst int) error {
	if err := checkBurst(burst); err != nil {
		return err
	}
	l.change(func(lim *limits) { lim.burst = burst })
	return nil
}

// change replaces the limits. The compare-and-swap of next decides which of
// several concurrent changes is the next one; the others help it and try again.
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

// renew replaces g by a state with the proposed limits, or with the same limits
// and a later epoch if none are proposed. Any number of goroutines may call it for
// the same g: all of them freeze the same word, and the first to publish wins.
//
// The clock is read after the word is frozen. With an earlier reading, tokens
// taken in between would be paid for at the new rate.
func (l *Limiter) renew(g *gcra) {
	g.next.CompareAndSwap(nil, &g.limits)
	word := g.word.Or(frozen) &^ frozen
	l.state.CompareAndSwap(g, g.successor(*g.next.Load(), word, l.now()))
}
