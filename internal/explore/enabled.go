//go:build model

package explore

import "math/bits"

// enabled returns the threads that can step. If there are none, or only timers, it checks that
// this is allowed.
func (e *execution) enabled() uint64 {
	var able, timers, pausing uint64
	for i, t := range e.threads {
		bit := uint64(1) << i
		switch {
		case t.done:
		case t.of != nil:
			if e.loadStore(t) {
				able |= bit
			}
		case t.op.kind == fire:
			if !t.matter.timer.over && !t.matter.timer.never {
				timers |= bit
			}
		case t.op.kind == pause && !t.ready:
			pausing |= bit
		case e.can(t):
			able |= bit
		}
	}
	if left := e.leftBehind(able); left != 0 {
		return left
	}
	switch {
	case able != 0:
		return able | timers
	case pausing != 0:
		return e.nudge(pausing, timers)
	case !e.atRest(timers):
		return 0
	case timers == 0:
		e.end()
	}
	return timers
}

// fairness is for how many steps of others a thread that could step is passed over.
const fairness = 500

// leftBehind returns the thread that could step for longest and did not, if that is too long:
// others may be looping in wait for it.
func (e *execution) leftBehind(able uint64) uint64 {
	var first *thread
	for i, t := range e.threads {
		is := able>>i&1 != 0
		if is && !t.able || t == e.last {
			t.from = len(e.events)
		}
		t.able = is
		if is && len(e.events)-t.from > fairness && (first == nil || t.from < first.from) {
			first = t
		}
	}
	if first == nil {
		return 0
	}
	return 1 << first.id
}

// Pausing threads may step so often though nothing changes, where timers could change
// something; and where they could not.
const (
	patience = 64
	circles  = 256
)

// goesOn reports whether the thread that stepped last could step again by itself. Letting
// another one step is a preemption then.
func (e *execution) goesOn(enabled uint64) bool {
	last := e.last
	return last != nil && enabled>>last.id&1 != 0 && last.op.kind != pause
}

// nudge lets a pausing thread continue if no other can step: the one that has paused longest.
// It may count its iterations.
func (e *execution) nudge(pausing, timers uint64) uint64 {
	if timers != 0 && e.quiet > patience {
		return timers
	}
	var first *thread
	for set := pausing; set != 0; set &= set - 1 {
		if t := e.threads[bits.TrailingZeros64(set)]; first == nil || t.pausedAt < first.pausedAt {
			first = t
		}
	}
	first.ready, first.op.forced = true, true
	return 1<<first.id | timers
}

// can reports whether t, which does not pause, can step.
func (e *execution) can(t *thread) bool {
	switch t.op.kind {
	case fence:
		return len(e.threads[t.op.target].stores) == 0
	case park:
	default:
		return true
	}
	return e.state[t.op.obj].token || t.op.timed && isClosed(t.matter.done)
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// atRest checks a state in which only timers can step.
func (e *execution) atRest(timers uint64) bool {
	rest := e.scenario.rest
	for _, t := range e.threads {
		mayRest := t.done || t.op.kind == fire || t.of != nil || t.spawned && rest != nil
		if !mayRest && timers == 0 {
			e.fail("deadlock\n%s", e.whereabouts())
			return false
		}
	}
	if rest != nil {
		e.check("at rest", rest)
	}
	return e.failure == ""
}

// end checks the state in which no thread can step any more.
func (e *execution) end() {
	if after := e.scenario.after; after != nil {
		e.check("at the end", after)
	}
}

// check calls a predicate of the scenario, whose steps pass.
func (e *execution) check(when string, predicate func() error) {
	live := e.live
	e.live, e.passed = false, 0
	defer func() {
		e.live = live
		if p := recover(); p != nil {
			e.fail("%s: panic: %v", when, p)
		}
	}()
	if err := predicate(); err != nil {
		e.fail("%s: %v", when, err)
	}
}
