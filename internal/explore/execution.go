//go:build model

package explore

import (
	"fmt"
	"unsafe"
)

// A strategy decides what an execution leaves open.
type strategy interface {
	// pick returns which of the enabled threads steps next, and false to give the
	// execution up. enabled is a set of ids, never empty.
	pick(e *execution, enabled uint64) (id int, ok bool)

	// choose returns a number in [0, n).
	choose(e *execution, n int) int

	// observe is called for each step, once its effect is known.
	observe(e *execution, i int)

	// patient reports whether a thread that pauses having changed nothing waits until something
	// changes that it has read, and not just until another thread stepped.
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

// settings are how a scenario is run.
type settings struct {
	limit   int  // of steps
	traced  bool // records where each step is
	late    bool // see Config.Late
	buffers bool // see Config.Buffers
}

func (cfg Config) settings(traced bool) settings {
	return settings{limit: cfg.Steps, traced: traced, late: cfg.Late, buffers: cfg.Buffers}
}

// An event is a step that was taken.
type event struct {
	thread    int
	op        op
	at        int    // how many decisions came before it
	step      uint64 // its number among the steps of its thread, from 1
	preempted bool   // another thread, which could have gone on
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

// object returns the number of what lies at p. Holding p keeps it from being collected, so that
// no two objects of an execution have one address.
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

// take returns when the running thread may do o, and o's effect if that is known already.
func (e *execution) take(o op, m matter) *op {
	t := e.running
	if e.aborting || t == nil {
		panic(unwound{})
	}
	if fences[o.kind] {
		e.fence()
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

// dispatch decides which thread steps next and begins the step.
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

// begin lets t step.
func (e *execution) begin(t *thread, enabled uint64) {
	ev := event{thread: t.id, at: len(e.decisions)}
	if e.last != nil && e.last != t && e.goesOn(enabled) {
		ev.preempted = true
		e.preemptions++
	}
	e.perform(&t.op, &t.matter)
	t.steps++
	ev.step = t.steps
	ev.op = t.op
	e.events = append(e.events, ev)
	if e.traced {
		e.matters = append(e.matters, t.matter)
	}
	e.decisions = append(e.decisions, decision(t.id))
	e.running, e.last = t, t
}

// perform does o, unless it accesses a word: its thread does that, and only the word's value
// before is recorded.
func (e *execution) perform(o *op, m *matter) {
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
}
