//go:build model

package explore

import (
	"fmt"
	"math/bits"
	"slices"
	"unsafe"
)

// A strategy decides what an execution leaves open.
type strategy interface {
	// pick returns which of the enabled threads steps next, and false to give the
	// execution up. enabled is a set of ids, never empty.
	pick(e *execution, enabled uint64) (id int, ok bool)

	// choose returns one of 0 … n-1.
	choose(e *execution, n int) int

	// observe is called for each step, once it is known what came of it.
	observe(e *execution, i int)

	// patient reports whether a thread that pauses having changed nothing waits until
	// something changes that it has read, and not just until another thread stepped.
	patient() bool
}

// An execution is one run of a scenario: one goroutine at a time steps, and the
// strategy says which.
type execution struct {
	stage    *stage
	strategy strategy
	settings

	scenario *X
	threads  []*thread
	running  *thread // nil before the first step, in a predicate, and when it is over
	last     *thread // that stepped
	live     bool    // steps are handed to the strategy
	passed   int     // steps while it was not
	aborting bool

	events    []event
	matters   []matter // of the events, if traced
	settled   int      // events whose outcome is known
	objects   map[unsafe.Pointer]int32
	state     []object // of objects, by number
	decisions []decision
	quiet     int // pauses since something changed

	preemptions int
	abandoned   bool
	failure     string
	hash        uint64 // of the partial order of steps, see settle
}

// settings say how a scenario is run.
type settings struct {
	limit  int  // of steps
	traced bool // notes where each step is
	late   bool // see Config.Late
}

// An event is a step that was taken.
type event struct {
	thread              int
	op                  op
	at                  int    // the number of decisions before it
	step                uint64 // the how manieth of its thread, from 1
	switched, preempted bool
}

// A decision is the id of a thread, or, if negative, the complement of a value chosen.
type decision int

// An object is what the explorer knows of a word, parker, done or timer.
type object struct {
	token    bool    // of a parker: one is there
	accesses []int32 // events, in order
	written  uint64  // hashes, see settle
	read     uint64
}

// mix combines hashes; the finalizer is that of splitmix64.
func mix(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 + b
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// object returns the number of what lies at p. Holding p keeps it from being
// collected, so that no two objects of an execution have one address.
func (e *execution) object(p unsafe.Pointer) int32 {
	if p == nil {
		return 0
	}
	if n, ok := e.objects[p]; ok {
		return n
	}
	n := int32(len(e.state))
	e.objects[p] = n
	if int(n) == cap(e.state) {
		e.state = append(e.state, object{})
		return n
	}
	e.state = e.state[:n+1]
	e.state[n] = object{accesses: e.state[n].accesses[:0]}
	return n
}

// fail ends the execution at the next step.
func (e *execution) fail(format string, args ...any) {
	if e.failure == "" {
		e.failure = fmt.Sprintf(format, args...)
	}
}

// take returns when the running thread may do o, and what o became of if that is known
// already.
func (e *execution) take(o op, m matter) *op {
	t := e.running
	if e.aborting || t == nil {
		panic(unwound{})
	}
	if e.traced {
		m.pcs = callers()
	}
	e.settle()
	t.op, t.matter = o, m
	t.ready, t.pausedAt = false, len(e.events)
	e.dispatch()
	if e.running != t {
		t.co.yield(struct{}{})
		if e.aborting {
			panic(unwound{})
		}
	}
	return &t.op
}

// dispatch decides who steps next and begins the step.
func (e *execution) dispatch() {
	e.running = nil
	if e.failure != "" {
		return
	}
	enabled := e.enabled()
	if enabled == 0 {
		return
	}
	if len(e.events) == e.limit {
		e.fail("no end after %d steps", e.limit)
		return
	}
	id, ok := e.strategy.pick(e, enabled)
	if !ok {
		e.abandoned = true
		return
	}
	e.begin(e.threads[id], enabled)
}

// enabled returns the threads that can step. Where there are none, or only timers, it
// sees to it that this is as it should be.
func (e *execution) enabled() uint64 {
	var able, timers, pausing uint64
	for i, t := range e.threads {
		bit := uint64(1) << i
		switch {
		case t.done:
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
	case !e.atRest():
		return 0
	case timers == 0:
		e.end()
	}
	return timers
}

// fairness is how many steps of others a thread that could step is left behind for.
const fairness = 1000

// leftBehind returns the thread that was able to step for longest and did not, if that
// is too long: others may be going round in wait for it.
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

// goesOn reports whether the thread that stepped last could step again, of its own
// accord: to let another one step is a preemption then.
func (e *execution) goesOn(enabled uint64) bool {
	last := e.last
	return last != nil && enabled>>last.id&1 != 0 && last.op.kind != pause
}

// nudge lets a pausing thread go on where nobody else can step, the one that has paused
// for longest: it may count its turns.
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
	if t.op.kind != park {
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

// atRest checks a state in which nobody can step but timers.
func (e *execution) atRest() bool {
	x := e.scenario
	for _, t := range e.threads {
		if t.done || t.op.kind == fire || t.spawned && x.rest != nil {
			continue
		}
		if e.timersSet() && !t.done {
			continue // a timer may help
		}
		e.fail("deadlock\n%s", e.whereabouts())
		return false
	}
	if x.rest != nil {
		e.check("at rest", x.rest)
	}
	return e.failure == ""
}

func (e *execution) timersSet() bool {
	for _, t := range e.threads {
		if !t.done && t.op.kind == fire && !t.matter.timer.over && !t.matter.timer.never {
			return true
		}
	}
	return false
}

// end checks the state in which nobody can step any more.
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

// begin lets t step. What concerns words is done by t itself, the rest here.
func (e *execution) begin(t *thread, enabled uint64) {
	o, m := &t.op, &t.matter
	ev := event{thread: t.id, at: len(e.decisions)}
	ev.switched = e.last != nil && e.last != t
	if ev.switched && e.goesOn(enabled) {
		ev.preempted = true
		e.preemptions++
	}
	switch o.kind {
	case load, store, update, tryLock, unlock:
		o.old = m.value(o.word)
	case fire:
		m.timer.over, o.changed = true, true
	case park:
		o.ok = e.state[o.obj].token
		o.changed = o.ok
		e.state[o.obj].token = false
	case unpark:
		o.changed = !e.state[o.obj].token
		e.state[o.obj].token = true
	case stopping:
		o.ok = !m.timer.over
		o.changed = o.ok
		m.timer.over = true
		if o.ok {
			m.timer.thread.done = true
		}
	case closing:
		o.changed = !isClosed(m.done)
	}
	t.steps++
	ev.step = t.steps
	ev.op = *o
	e.events = append(e.events, ev)
	if e.traced {
		e.matters = append(e.matters, *m)
	}
	e.decisions = append(e.decisions, decision(t.id))
	e.running, e.last = t, t
}

// settle notes what came of the latest step, now that it was taken.
//
// The hash of a step is made of those of the steps it comes right after in the
// partial order of dependent steps, and that of the execution is the sum of all, so
// executions that differ in the order of independent steps only have the same.
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

// touch notes event i among the accesses of obj and mixes those it follows into h.
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

// wake lets pausing threads go on after t did o, and keeps account of what t has seen
// since it paused last.
func (e *execution) wake(t *thread, o *op) {
	if o.changed {
		e.quiet = 0
	} else if o.kind == pause {
		if e.quiet++; e.quiet > circles {
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
