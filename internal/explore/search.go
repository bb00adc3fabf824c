//go:build model

package explore

import "math/bits"

// noBound is the bound of a search through all interleavings.
const noBound = -1

// A search runs a scenario on one schedule after the other, depth first. doc.go says what it
// leaves out, and why that loses nothing.
type search struct {
	bound  int // on preemptions, or noBound
	stack  []node
	depth  int     // of the node decided next
	clocks []clock // of the events
	cut    bool
	lost   string // how an execution differed from the one before on the same schedule
}

// A node is a decision of the execution at hand, with what was and what will be tried
// in its place.
type node struct {
	// Of a choice: how many values there are; the rest is not used.
	n     int
	value int

	enabled     uint64
	last        int  // the thread that stepped before, -1 if there is none
	goesOn      bool // last could step again, so that another one preempts it
	preemptions int  // before this node

	sleepers []sleeper // threads whose next step was tried before, elsewhere
	tried    []sleeper // and here
	asleep   uint64    // ids of both
	done     uint64    // threads that were tried here
	todo     uint64    // threads to be tried here

	chosen   int
	op       op   // of chosen
	conflict bool // another thread took a step that depends on op, in some execution
	cut      bool // the bound has cut something off below, or here
	cutChild bool // below the present choice
}

// A sleeper is a thread that need not be run until a step was taken that depends on its own: all
// executions that begin with it were run.
type sleeper struct {
	thread int
	op     op
}

func (s *search) patient() bool { return true }

func (s *search) pick(e *execution, enabled uint64) (id int, ok bool) {
	at := s.depth
	s.depth++
	if at < len(s.stack) {
		nd := &s.stack[at]
		if nd.n != 0 || nd.enabled != enabled {
			s.lost = "other goroutines could step"
			return 0, false
		}
		return nd.chosen, true
	}
	nd := node{enabled: enabled, last: -1, goesOn: e.goesOn(enabled), preemptions: e.preemptions}
	if e.last != nil {
		nd.last = e.last.id
	}
	s.inherit(&nd)
	free := enabled &^ nd.asleep
	switch {
	case free == 0:
		return 0, false // whatever comes was seen
	case nd.goesOn:
		nd.chosen = nd.last
	default:
		nd.chosen = bits.TrailingZeros64(free)
	}
	nd.todo = 1 << nd.chosen
	if s.bound != noBound && !nd.goesOn {
		nd.todo = enabled // none of them costs anything
	}
	s.stack = append(s.stack, nd)
	return nd.chosen, true
}

// inherit gives nd those sleepers of the node before that its step has not woken.
func (s *search) inherit(nd *node) {
	if len(s.stack) == 0 {
		return
	}
	p := &s.stack[len(s.stack)-1]
	for _, list := range [][]sleeper{p.sleepers, p.tried} {
		for _, z := range list {
			if p.n != 0 || z.thread != p.chosen && !dependent(&z.op, &p.op) {
				nd.sleepers = append(nd.sleepers, z)
				nd.asleep |= 1 << z.thread
			}
		}
	}
}

func (s *search) choose(e *execution, n int) int {
	at := s.depth
	s.depth++
	if at < len(s.stack) {
		if s.stack[at].n != n {
			s.lost = "another choice"
			return 0
		}
		return s.stack[at].value
	}
	nd := node{n: n}
	s.inherit(&nd)
	s.stack = append(s.stack, nd)
	return 0
}

func (s *search) observe(e *execution, i int) {
	ev := &e.events[i]
	if ev.at >= len(s.stack) {
		return // lost
	}
	nd := &s.stack[ev.at]
	if nd.op.obj != 0 && (nd.op.kind != ev.op.kind || nd.op.obj != ev.op.obj || nd.op.changed != ev.op.changed) {
		s.lost = "another step"
	}
	nd.op = ev.op
	if s.bound == noBound {
		s.order(e, i)
	} else {
		s.conflicts(e, ev, ev.op.obj, ev.op.mode())
		s.conflicts(e, ev, ev.op.other, reads)
	}
	if ev.op.kind == stopping && ev.op.ok {
		// The timer would have conflicted.
		nd.conflict = true
		nd.todo |= s.withoutBound(1 << ev.op.target)
	}
}

func (s *search) withoutBound(set uint64) uint64 {
	if s.bound == noBound {
		return set
	}
	return 0
}

// conflicts finds earlier steps of other threads that ev depends on by way of obj.
func (s *search) conflicts(e *execution, ev *event, obj int32, m mode) {
	if obj == 0 {
		return
	}
	for _, k := range e.state[obj].accesses {
		if other := &e.events[k]; other.thread != ev.thread && conflicts(other.op.modeOf(obj), m) {
			s.stack[other.at].conflict = true
		}
	}
}

// modeOf returns how o touched obj, which is one of its objects.
func (o *op) modeOf(obj int32) mode {
	if obj == o.obj {
		return o.mode()
	}
	return reads
}

// next prepares another execution, and reports false if none is left.
func (s *search) next() bool {
	s.depth = 0
	for len(s.stack) > 0 {
		nd := &s.stack[len(s.stack)-1]
		nd.cut = nd.cut || nd.cutChild
		if nd.n != 0 {
			if nd.value++; nd.value < nd.n {
				nd.cutChild = false
				return true
			}
		} else if s.another(nd) {
			return true
		}
		cut := nd.cut
		s.stack = s.stack[:len(s.stack)-1]
		if len(s.stack) > 0 {
			s.stack[len(s.stack)-1].cutChild = s.stack[len(s.stack)-1].cutChild || cut
		} else {
			s.cut = cut
		}
	}
	return false
}

// another moves nd on to the next thread to be tried.
func (s *search) another(nd *node) bool {
	nd.done |= 1 << nd.chosen
	first := nd.goesOn && nd.chosen == nd.last
	if first || !nd.cutChild {
		nd.tried = append(nd.tried, sleeper{nd.chosen, nd.op})
		nd.asleep |= 1 << nd.chosen
	}
	if first && s.bound != noBound && nd.conflict {
		if nd.preemptions < s.bound {
			nd.todo |= nd.enabled
		} else {
			nd.cut = true
		}
	}
	rest := nd.todo &^ nd.done &^ nd.asleep
	if rest == 0 {
		return false
	}
	nd.chosen, nd.op = bits.TrailingZeros64(rest), op{}
	nd.cutChild = false
	return true
}
