package sched

import (
	"slices"
	"testing"
)

// A model is what a scheduler must look like whenever nothing moves, told by lists.
// Every item runs until it is let go, so who runs, who waits and who is blocked is
// settled at each step, and only which of several rings holds an item is open.
type model struct {
	t        *testing.T
	s        *Scheduler[int] // asked for its rings' lengths while loose, for nothing else
	size     int             // workers wanted
	capacity int
	rings    int
	source   bool
	permits  int // not taken; less than 0: no limit
	started  bool
	closed   bool
	halted   bool
	free     bool // items end at once

	queue     []int   // in rings, or the source, in the order in which they came
	overflows [][]int // one for each ring
	requeue   []int
	running   []int
	inline    []int // accepted by AcceptInline, and in no queue
	blocked   []*submission
	ages      map[int]int

	accepted int
	settled  [outcomes]int
	sum      int // of settled

	// wasQuiet says that in this step there may have been an instant with nothing
	// pending: a submitter that waits for room is not yet.
	wasQuiet bool

	// loose says that a worker one too many may have handed back an item it had
	// taken. The item is among the requeued then, out of its order, and another may have
	// its place: a shrink can have one item more for each worker past the bound.
	loose bool
}

// A submission is a call that may wait for room.
type submission struct {
	items    []int // not yet accepted
	accepted int
	done     chan struct{}

	// Written by the goroutine that makes the call.
	n        int
	status   Status
	returned bool
}

func (m *model) waiting() int { return len(m.inOrder()) }
func (m *model) pending() int { return m.accepted - m.sum }

// inOrder returns all items that wait: of each queue the first one first.
func (m *model) inOrder() []int {
	return slices.Concat(m.queue, slices.Concat(m.overflows...), m.requeue)
}

// room returns how many more items the rings, or the source, take from outside.
func (m *model) room() int {
	if m.capacity == 0 {
		return 1 << 30
	}
	n := len(m.queue)
	if m.loose {
		n = 0
		for i := range m.s.rings {
			n += m.s.rings[i].Len()
		}
	}
	return max(m.capacity-n, 0)
}

// idle returns how many more items could start at once.
func (m *model) idle() int {
	if !m.started || m.halted {
		return 0
	}
	n := max(m.size-len(m.running), 0)
	if m.permits >= 0 {
		n = min(n, m.permits)
	}
	return n
}

// push lets v into the rings or the source.
func (m *model) push(v int) {
	m.accepted++
	m.ages[v] = m.accepted
	m.queue = append(m.queue, v)
}

// nested lets v into the rings or past their bound, into the overflow queue of this ring.
func (m *model) nested(v, home int) {
	if m.source || len(m.overflows[home]) == 0 && m.room() > 0 {
		m.push(v)
		return
	}
	m.accepted++
	m.overflows[home] = append(m.overflows[home], v)
}

// comeBack is what becomes of an item given to Return.
func (m *model) comeBack(v int) {
	switch {
	case m.halted:
		m.settle(Dropped)
	case m.source:
		m.queue = append(m.queue, v)
	default:
		m.requeue = append(m.requeue, v)
	}
}

func (m *model) settle(o Outcome) {
	m.settled[o]++
	m.sum++
	m.wasQuiet = m.wasQuiet || m.pending() == 0
}

// close refuses all who wait for room.
func (m *model) close() (refused []*submission) {
	m.closed = true
	refused, m.blocked = m.blocked, nil
	return refused
}

// halt drops all that waits.
func (m *model) halt() {
	m.halted = true
	m.size = 0
	for range m.waiting() {
		m.settle(Dropped)
	}
	m.queue, m.overflows, m.requeue = nil, make([][]int, m.rings), nil
}

// admit lets blocked submitters in where there is room, and returns those whose
// calls are done. So many items were seen to start that the model does not know of.
func (m *model) admit(starts int) (through []*submission) {
	for len(m.blocked) > 0 && m.letsIn(starts) {
		first := m.blocked[0]
		// If items end at once, all others may have ended before this one is in.
		m.wasQuiet = m.wasQuiet || m.free && len(m.inline) == 0
		m.push(first.items[0])
		first.items = first.items[1:]
		first.accepted++
		if len(first.items) == 0 {
			m.blocked = m.blocked[1:]
			through = append(through, first)
		}
	}
	return through
}

// letsIn reports whether the first of those blocked got in. While the model is loose
// it did if there are more items than the model knows of.
func (m *model) letsIn(starts int) bool {
	if !m.loose {
		return m.room() > 0
	}
	return m.s.Queued()+starts > m.waiting()
}

// start moves an item that was seen to start from where it waited, and reports
// false if another should have come first.
func (m *model) start(v int, youngest bool) bool {
	queues := []*[]int{&m.queue, &m.requeue}
	for i := range m.overflows {
		queues = append(queues, &m.overflows[i])
	}
	for _, from := range queues {
		at := slices.Index(*from, v)
		switch {
		case at < 0:
			continue
		case m.source:
			if youngest && !m.isYoungest(v) {
				return false
			}
		case at > 0 && !m.loose && (from != &m.queue || m.rings == 1):
			return false
		}
		*from = slices.Delete(*from, at, at+1)
		if m.idle() == 0 {
			m.t.Fatalf("item %d started with %d running of %d, permits %d", v, len(m.running), m.size, m.permits)
		}
		if m.permits > 0 {
			m.permits--
		}
		if m.free {
			m.settle(Completed)
		} else {
			m.running = append(m.running, v)
		}
		return true
	}
	return false
}

func (m *model) isYoungest(v int) bool {
	for _, u := range m.queue {
		if m.ages[u] > m.ages[v] {
			return false
		}
	}
	return true
}
