//go:build model

package explore

import "math/bits"

// A clock says, for each thread, how many of its steps happened before a point of an
// execution.
type clock [maxThreads]uint16

func (c *clock) join(o *clock) {
	for i, n := range o {
		c[i] = max(c[i], n)
	}
}

// before reports whether event i comes before one with the given clock.
func (s *search) before(ev *event, c *clock) bool { return uint64(c[ev.thread]) >= ev.step }

// order puts event i into the partial order. If another thread's dependent step comes right
// before it, order makes sure that the other order is tried too.
func (s *search) order(e *execution, i int) {
	ev := &e.events[i]
	t := e.threads[ev.thread]
	c := &t.clock
	if ev.op.forced { // as no other could step: it comes after all
		for _, other := range e.threads {
			c.join(&other.clock)
		}
	}
	var close []int
	for k := i - 1; k >= 0; k-- {
		other := &e.events[k]
		if other.thread != ev.thread && !s.before(other, c) && dependent(&other.op, &ev.op) {
			c.join(&s.clocks[k])
			close = append(close, k)
		}
	}
	c[t.id] = uint16(ev.step)
	s.clocks = append(s.clocks[:i], *c)
	for _, k := range close {
		if !enables(&e.events[k], ev) {
			s.reverse(e, k, i)
		}
	}
}

// enables reports whether ev could not have come before other.
func enables(other, ev *event) bool {
	return other.op.kind == unpark && other.op.changed && ev.op.kind == park && !ev.op.timed ||
		other.op.kind == closing && other.op.changed && ev.op.kind == park && !ev.op.ok
}

// reverse makes sure that in place of event i some thread is tried that leads to event j before it.
//
// The steps between them that can come without event i, and then event j: any thread will do
// whose step can be the first of these. That makes the threads tried a source set.
func (s *search) reverse(e *execution, i, j int) {
	nd := &s.stack[e.events[i].at]
	firsts := s.initials(e, i, j) & nd.enabled
	if firsts == 0 || firsts&(nd.todo|nd.done|nd.asleep) != 0 {
		return
	}
	if own := uint64(1) << e.events[j].thread; firsts&own != 0 {
		firsts = own
	}
	nd.todo |= firsts & -firsts
}

// initials returns the threads that can be the first of what came between events i and
// j without depending on event i, and event j.
func (s *search) initials(e *execution, i, j int) (firsts uint64) {
	var first clock // step of each thread among those
	var met uint64
	for k := i + 1; k <= j; k++ {
		ev, c := &e.events[k], &s.clocks[k]
		if k < j && s.before(&e.events[i], c) {
			continue
		}
		bit := uint64(1) << ev.thread
		if met&bit != 0 {
			continue
		}
		after := false
		for set := met; set != 0; set &= set - 1 {
			t := bits.TrailingZeros64(set)
			after = after || c[t] >= first[t]
		}
		if !after {
			firsts |= bit
		}
		met |= bit
		first[ev.thread] = uint16(ev.step)
	}
	return firsts
}
