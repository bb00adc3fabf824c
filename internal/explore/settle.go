//go:build model

package explore

import "slices"

// settle records the effect of the latest step, now that it was taken.
//
// The hash of a step is made of the hashes of the steps it directly follows in the partial order of
// dependent steps. That of the execution is the sum of all, so executions that differ only in the
// order of independent steps have the same hash.
func (e *execution) settle() {
	if e.settled == len(e.events) {
		return
	}
	i := e.settled
	e.settled++
	ev := &e.events[i]
	o, t := &ev.op, e.threads[ev.thread]
	switch o.kind {
	case load, store, update, tryLock, unlock:
		o.new = t.matter.value(o.word)
		o.changed = o.new != o.old
	}
	t.op.changed = o.changed
	e.wake(t, o)
	e.strategy.observe(e, i)

	h := mix(t.hash, uint64(o.kind))
	if o.forced {
		h = mix(h, e.hash)
	}
	h = e.touch(i, o.obj, o.mode(), h)
	h = e.touch(i, o.other, reads, h)
	t.hash = h
	e.hash += h
	e.record(o.obj, o.mode(), h)
	e.record(o.other, reads, h)
}

// touch records event i among the accesses of obj and mixes those it follows into h.
func (e *execution) touch(i int, obj int32, m mode, h uint64) uint64 {
	if obj == 0 {
		return h
	}
	s := &e.state[obj]
	s.accesses = append(s.accesses, int32(i))
	switch m {
	case reads, responds:
		return mix(h, s.written)
	case invokes:
		return mix(h, s.read)
	}
	return mix(mix(h, s.written), s.read)
}

func (e *execution) record(obj int32, m mode, h uint64) {
	if obj == 0 {
		return
	}
	switch s := &e.state[obj]; m {
	case writes:
		s.written, s.read = h, 0
	case invokes:
		s.written += h // of calls: written sums up those that began, read those that ended
	default:
		s.read += h
	}
}

// wake lets pausing threads continue after t did o, and records what t has read since it paused
// last.
func (e *execution) wake(t *thread, o *op) {
	if o.changed {
		e.quiet = 0
	} else if o.kind == pause {
		if e.quiet++; e.quiet > circles && !e.othersCanStep() {
			e.fail("going in circles: nobody changes anything any more\n%s", e.whereabouts())
		}
	}
	for _, other := range e.threads {
		if other != t && other.op.kind == pause && !other.ready && !other.done {
			other.ready = other.changed || !e.strategy.patient() || o.changed && slices.Contains(other.window, o.obj)
		}
	}
	if o.kind == pause {
		t.window, t.changed = t.window[:0], false
		return
	}
	t.changed = t.changed || o.changed
	if o.obj != 0 {
		t.window = append(t.window, o.obj)
	}
}

// othersCanStep reports whether a thread that does not pause could have stepped: it is passed
// over, not forever, and may be what the pausing ones wait for.
func (e *execution) othersCanStep() bool {
	return slices.ContainsFunc(e.threads, func(t *thread) bool { return t.able && t.op.kind != pause })
}
