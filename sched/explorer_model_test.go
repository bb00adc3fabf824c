//go:build model

package sched

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// An explorer runs one goroutine at a time and chooses by chance, from a seed,
// which one takes the next step.
//
// Each goroutine has a priority, and the highest that can step does. Now and
// then one gets another priority, or takes a few steps and is last from then on.
// So some are left behind for long while others run far ahead, with few changes
// of mind in between, which is what it takes to lose a wake (Burckhardt and
// others, "A Randomized Scheduler with Probabilistic Guarantees of Finding
// Bugs", ASPLOS 2010).
type explorer struct {
	rng     *rand.Rand
	every   int // a change of mind every so many steps, on average
	strands []*strand
	running *strand
	favored *strand                 // steps next, for a few steps
	favors  int                     // steps it has left
	tokens  map[unsafe.Pointer]bool // of the parkers
	steps   int
	failed  string // the first failure that a strand told
	over    chan string
}

// A strand is one goroutine of an exploration.
type strand struct {
	name     string
	priority uint64
	baton    chan struct{} // the strand steps when it has it
	pausing  bool          // until another has stepped
	stopped  bool          // a timer that was called off
	never    bool          // a timer that will not fire
	parker   unsafe.Pointer
	done     <-chan struct{}
}

// exploreSteps are taken only by strands that turn in circles.
const exploreSteps = 1 << 18

// explore runs main, and all it starts, on the schedule of seed. It returns ""
// if all came to an end, else who did not.
func explore(seed uint64, main func(e *explorer)) string {
	rng := rand.New(rand.NewPCG(seed, 1))
	e := &explorer{
		rng:    rng,
		every:  2 << rng.IntN(8),
		tokens: map[unsafe.Pointer]bool{},
		over:   make(chan string, 1),
	}
	takeCharge(e)
	defer func() { hook.Current = nil }()
	e.spawn("main", func() { main(e) })
	e.next()
	return <-e.over
}

// takeCharge puts e in charge, once the goroutines of tests before have ended:
// they may be at their last steps. Two stay, the test and who waits for it.
func takeCharge(e hook.Explorer) {
	for i := 0; runtime.NumGoroutine() > 2 && !crowded; i++ {
		runtime.Gosched()
		crowded = i == 100_000
	}
	hook.Current = e
}

// crowded says that a test before got stuck, so that its goroutines never end.
var crowded bool

// fail ends the exploration at the next step.
func (e *explorer) fail(format string, args ...any) {
	if e.failed == "" {
		e.failed = fmt.Sprintf(format, args...)
	}
}

func (e *explorer) spawn(name string, f func()) *strand {
	st := &strand{name: name, priority: e.rng.Uint64(), baton: make(chan struct{}, 1)}
	e.strands = append(e.strands, st)
	go func() {
		if <-st.baton; !st.stopped {
			defer func() { e.remove(st); e.next() }()
			f()
		}
	}()
	return st
}

func (e *explorer) remove(st *strand) {
	e.strands = slices.DeleteFunc(e.strands, func(other *strand) bool { return other == st })
}

// canStep reports whether st is not parked, or may return from it.
func (e *explorer) canStep(st *strand) bool {
	if st.never {
		return false
	}
	if st.parker == nil || e.tokens[st.parker] {
		return true
	}
	select {
	case <-st.done:
		return true
	default:
		return false
	}
}

// next hands the baton on.
func (e *explorer) next() {
	best := e.choose()
	switch e.steps++; {
	case e.failed != "" || len(e.strands) == 0:
		e.over <- e.failed
	case best == nil:
		e.over <- "stuck: " + e.names()
	case e.steps > exploreSteps:
		e.over <- "in circles: " + e.names()
	default:
		for _, st := range e.strands {
			st.pausing = false
		}
		e.running = best
		best.baton <- struct{}{}
	}
}

// choose returns the strand to step next, nil if none can.
func (e *explorer) choose() (best *strand) {
	if e.rng.IntN(e.every) == 0 && len(e.strands) > 0 {
		st := e.strands[e.rng.IntN(len(e.strands))]
		if e.rng.IntN(2) == 0 {
			st.priority = e.rng.Uint64()
		} else {
			st.priority = e.rng.Uint64() >> 32
			e.favored, e.favors = st, 1+e.rng.IntN(4)
		}
	}
	if e.favors > 0 && slices.Contains(e.strands, e.favored) && e.canStep(e.favored) {
		e.favors--
		return e.favored
	}
	for _, st := range e.strands {
		if e.canStep(st) && (best == nil || st.before(best)) {
			best = st
		}
	}
	return best
}

func (st *strand) before(other *strand) bool {
	if st.pausing != other.pausing {
		return other.pausing
	}
	return st.priority > other.priority
}

func (e *explorer) names() string {
	var names []string
	for _, st := range e.strands {
		names = append(names, st.name)
	}
	return strings.Join(names, ", ")
}

// yield hands the baton on and returns when it is back.
func (e *explorer) yield() {
	me := e.running
	e.next()
	<-me.baton
}

func (e *explorer) Step(hook.Op, unsafe.Pointer) { e.yield() }

func (e *explorer) Pause() {
	e.running.pausing = true
	e.running.priority >>= 8 // the one it waits for may be the last of all
	e.yield()
}

func (e *explorer) Go(f func()) { e.spawn("worker", f) }

func (e *explorer) Park(parker unsafe.Pointer, done <-chan struct{}) bool {
	me := e.running
	me.parker, me.done = parker, done
	e.yield()
	me.parker, me.done = nil, nil
	unparked := e.tokens[parker]
	delete(e.tokens, parker)
	return unparked
}

func (e *explorer) Unpark(parker unsafe.Pointer) {
	e.yield()
	e.tokens[parker] = true
}

func (e *explorer) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	fired := false
	st := e.spawn("timer", func() { fired = true; f() })
	st.never = d == never
	return func() bool {
		e.yield()
		if fired {
			return false
		}
		fired, st.stopped = true, true
		e.remove(st)
		st.baton <- struct{}{}
		return true
	}
}

func (e *explorer) Choose(n int) int { return e.rng.IntN(n) }
