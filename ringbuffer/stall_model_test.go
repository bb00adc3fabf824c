//go:build model

package ringbuffer_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/ringbuffer"
)

// A staller stops an operation before one of its steps and lets others run meanwhile, as if the
// runtime had preempted its goroutine there. It runs the others inside the step, without a
// goroutine, so each case is the same in every run.
type staller struct {
	left  int    // steps until the stop; 0: no stop to come
	every bool   // stop before each step
	other func() // what runs meanwhile; its own steps pass
}

// stalls makes a staller the current explorer for the test.
func stalls(t *testing.T) *staller {
	x := &staller{}
	hook.Current = x
	t.Cleanup(func() { hook.Current = nil })
	return x
}

// at runs op, stopped once before its k-th step while other runs, and reports
// whether op came so far. Stalls may be nested.
func (x *staller) at(k int, op, other func()) (reached bool) {
	outer := *x
	*x = staller{left: k, other: other}
	op()
	reached = x.left == 0
	*x = outer
	return reached
}

// throughout runs op, with other before each of its steps.
func (x *staller) throughout(op, other func()) {
	outer := *x
	*x = staller{left: 1, every: true, other: other}
	op()
	*x = outer
}

func (x *staller) Step(hook.Op, unsafe.Pointer) {
	if x.left == 0 {
		return
	}
	if x.left--; x.left == 0 {
		x.other()
		if x.every {
			x.left = 1
		}
	}
}

func (x *staller) Pause()                                      { runtime.Gosched() }
func (x *staller) Go(func())                                   { panic("not used by queues") }
func (x *staller) Park(unsafe.Pointer, <-chan struct{}) bool   { panic("not used by queues") }
func (x *staller) Unpark(unsafe.Pointer)                       { panic("not used by queues") }
func (x *staller) AfterFunc(time.Duration, func()) func() bool { panic("not used by queues") }
func (x *staller) Choose(int) int                              { panic("not used by queues") }

// A ledger keeps account of single values: each accepted one comes out once.
type ledger struct {
	mu     sync.Mutex
	next   int
	in     map[int]bool // pushed, or about to be, and not popped yet
	failed string
}

func newLedger() *ledger { return &ledger{in: map[int]bool{}} }

// number returns the next value to push. The pop may come before the push returns.
func (l *ledger) number() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	l.in[l.next] = true
	return l.next
}

func (l *ledger) refused(v int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.in[v] {
		l.failed = fmt.Sprintf("value %d was refused and popped", v)
	}
	delete(l.in, v)
}

func (l *ledger) popped(v int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.in[v] {
		l.failed = fmt.Sprintf("value %d was popped twice, or never pushed", v)
	}
	delete(l.in, v)
}

// settle fails the test unless pop, at rest, yields what is due, and nothing else.
func (l *ledger) settle(t *testing.T, pop func() (int, bool), what string) {
	t.Helper()
	for v, ok := pop(); ok; v, ok = pop() {
		l.popped(v)
	}
	if l.failed != "" {
		t.Fatalf("%s: %s", what, l.failed)
	}
	if len(l.in) > 0 {
		t.Fatalf("%s: %d values are lost", what, len(l.in))
	}
}

// A deed is an operation of a victim on a queue q with its ledger.
type deed[Q any] struct {
	name string
	do   func(q Q, l *ledger)
	pops int // how many values it takes
}

var scqDeeds = []deed[*ringbuffer.SCQ[int]]{
	{"push", func(q *ringbuffer.SCQ[int], l *ledger) {
		if v := l.number(); !q.TryPush(v) {
			l.refused(v)
		}
	}, 0},
	{"pop", func(q *ringbuffer.SCQ[int], l *ledger) {
		if v, ok := q.TryPop(); ok {
			l.popped(v)
		}
	}, 1},
	{"pop two", func(q *ringbuffer.SCQ[int], l *ledger) {
		var dst [2]int
		for _, v := range dst[:q.TryPopBatch(dst[:])] {
			l.popped(v)
		}
	}, 2},
	{"len", func(q *ringbuffer.SCQ[int], l *ledger) { q.Len() }, 0},
}

// newSCQWith returns a queue of capacity 4 that has moved on by lap positions and
// holds n values.
func newSCQWith(lap, n int, l *ledger) *ringbuffer.SCQ[int] {
	q := ringbuffer.NewSCQ[int](4)
	for range lap {
		q.TryPush(0)
		q.TryPop()
	}
	for range n {
		q.TryPush(l.number())
	}
	return q
}

// roundsOf pushes and pops n times, while no other goroutine steps. At most three slots
// are in other hands, so no push may be refused. A pop may come back empty once for
// each value that goes to a stopped pop, which has its place in the queue already;
// it returns how many did.
func roundsOf(t *testing.T, q *ringbuffer.SCQ[int], l *ledger, n int, what string) (missed int) {
	t.Helper()
	for range n {
		if v := l.number(); !q.TryPush(v) {
			t.Fatalf("%s: push refused", what)
		}
		if v, ok := q.TryPop(); ok {
			l.popped(v)
		} else {
			missed++
		}
	}
	return missed
}

// TestSCQStoppedAnywhereStopsNobody stops one operation before each of its steps,
// and a second one, begun meanwhile, before each of its own. The others go through
// more than two laps of the index rings, and theirs go through.
func TestSCQStoppedAnywhereStopsNobody(t *testing.T) {
	x := stalls(t)
	cases := 0
	for _, first := range scqDeeds {
		for _, second := range scqDeeds {
			for held := range 2 {
				for lap := range 3 {
					for k, more := 1, true; more; k++ {
						more = false
						for j, deeper := 1, true; deeper; j++ {
							what := fmt.Sprintf("%s stopped at step %d, %s at step %d, %d held, lap %d", first.name, k, second.name, j, held, lap)
							l := newLedger()
							q := newSCQWith(lap, held, l)
							deeper = false
							missed := 0
							more = x.at(k, func() { first.do(q, l) }, func() {
								deeper = x.at(j, func() { second.do(q, l) }, func() {
									missed += roundsOf(t, q, l, 20, what)
								})
								missed += roundsOf(t, q, l, 3, what)
							})
							if missed > first.pops+second.pops {
								t.Fatalf("%s: %d pops came back empty", what, missed)
							}
							l.settle(t, q.TryPop, what)
							for range q.Cap() { // no slot was lost
								if !q.TryPush(0) {
									t.Fatalf("%s: of %d slots, %d are left", what, q.Cap(), q.Len())
								}
							}
							cases++
						}
					}
				}
			}
		}
	}
	require.GreaterOrEqual(t, cases, 1000, "only %d cases: the stops were not reached", cases)
}

// TestSCQPopsReachOverHoles stops all pushes but one, each at the same step, so that
// they leave up to that many positions of used without an index; the last push and a
// pop must go through beside them.
func TestSCQPopsReachOverHoles(t *testing.T) {
	x := stalls(t)
	for _, capacity := range []int{2, 3, 4, 8, 16} {
		for k, more := 1, true; more; k++ {
			what := fmt.Sprintf("of %d pushes all but one stopped at step %d", capacity, k)
			l := newLedger()
			q := ringbuffer.NewSCQ[int](capacity)
			more = false
			var nest func(depth int)
			nest = func(depth int) {
				if depth == capacity-1 {
					if missed := roundsOf(t, q, l, 3*capacity, what); missed > 0 {
						t.Fatalf("%s: %d pops came back empty", what, missed)
					}
					return
				}
				if x.at(k, func() { scqDeeds[0].do(q, l) }, func() { nest(depth + 1) }) {
					more = true
				}
			}
			nest(0)
			l.settle(t, q.TryPop, what)
		}
	}
}

// TestSCQStoppedAmongMany is the same with three goroutines at work meanwhile.
func TestSCQStoppedAmongMany(t *testing.T) {
	x := stalls(t)
	for _, victim := range scqDeeds {
		for k, more := 1, true; more; k++ {
			what := fmt.Sprintf("%s stopped at step %d", victim.name, k)
			l := newLedger()
			q := newSCQWith(k%5, 1, l)
			more = x.at(k, func() { victim.do(q, l) }, func() {
				var all sync.WaitGroup
				for range 3 {
					all.Go(func() {
						for range 100 {
							scqDeeds[0].do(q, l)
							scqDeeds[1].do(q, l)
						}
					})
				}
				all.Wait()
			})
			l.settle(t, q.TryPop, what)
		}
	}
}

// TestSCQOthersBetweenAllSteps lets others run before every single step of an
// operation: 1 to 12 of them, so that the rings turn by every distance there is.
// While they do, the operation may be held off forever, as lock-free allows, so
// they stop after 40 times.
func TestSCQOthersBetweenAllSteps(t *testing.T) {
	x := stalls(t)
	for _, victim := range scqDeeds {
		for held := range 3 {
			for n := 1; n <= 12; n++ {
				what := fmt.Sprintf("%s, %d rounds between steps, %d held", victim.name, n, held)
				l := newLedger()
				q := newSCQWith(n%3, held, l)
				times, missed := 0, 0
				x.throughout(func() { victim.do(q, l) }, func() {
					if times++; times <= 40 {
						missed += roundsOf(t, q, l, n, what)
					}
				})
				require.LessOrEqual(t, missed, victim.pops, "%s: pops came back empty", what)
				l.settle(t, q.TryPop, what)
			}
		}
	}
}

// offering is what MPMC and Unbounded have in common.
type offering interface {
	Offer(v int) ringbuffer.Status
	Poll() (int, ringbuffer.Status)
	Ready() bool
	IsEmpty() bool
	Len() int
	Close()
	Closed() bool
	Pushed() uint64
	Popped() uint64
}

var offerDeeds = []deed[offering]{
	{"offer", func(q offering, l *ledger) { offer(q, l) }, 0},
	{"poll", func(q offering, l *ledger) { poll(q, l) }, 0},
	{"offer twice", func(q offering, l *ledger) { offer(q, l); offer(q, l) }, 0},
	{"poll twice", func(q offering, l *ledger) { poll(q, l); poll(q, l) }, 0},
	{"ready", func(q offering, l *ledger) { q.Ready() }, 0},
	{"empty", func(q offering, l *ledger) { q.IsEmpty() }, 0},
	{"len", func(q offering, l *ledger) { q.Len() }, 0},
	{"counts", func(q offering, l *ledger) { q.Pushed(); q.Popped(); q.Closed() }, 0},
	{"close", func(q offering, l *ledger) { q.Close() }, 0},
}

func offer(q offering, l *ledger) ringbuffer.Status {
	v := l.number()
	status := q.Offer(v)
	if status != ringbuffer.Done {
		l.refused(v)
	}
	return status
}

func poll(q offering, l *ledger) ringbuffer.Status {
	v, status := q.Poll()
	if status == ringbuffer.Done {
		l.popped(v)
	}
	return status
}

// pops is q.Poll for a ledger, of a queue at rest.
func pops(q offering) func() (int, bool) {
	return func() (int, bool) {
		v, status := q.Poll()
		return v, status == ringbuffer.Done
	}
}

// stalledPairs stops each deed at each step, and within, another one, and calls
// meanwhile in the middle of both.
func stalledPairs(t *testing.T, fresh func() offering, meanwhile func(q offering, l *ledger, what string)) {
	t.Helper()
	x := stalls(t)
	cases := 0
	for _, first := range offerDeeds {
		for _, second := range offerDeeds {
			for held := range 4 {
				for k, more := 1, true; more; k++ {
					more = false
					for j, deeper := 1, true; deeper; j++ {
						what := fmt.Sprintf("%s stopped at step %d, %s at step %d, %d held", first.name, k, second.name, j, held)
						l := newLedger()
						q := fresh()
						for range held {
							offer(q, l)
						}
						deeper = false
						more = x.at(k, func() { first.do(q, l) }, func() {
							deeper = x.at(j, func() { second.do(q, l) }, func() {
								meanwhile(q, l, what)
							})
							if u, ok := q.(*ringbuffer.Unbounded[int]); ok {
								u.Segments() // checks I1
							}
						})
						l.settle(t, pops(q), what)
						if n := q.Len(); n != 0 || q.Pushed() != q.Popped() || q.Ready() {
							t.Fatalf("%s: at rest and empty, but Len is %d, %d pushed, %d popped", what, n, q.Pushed(), q.Popped())
						}
						cases++
					}
				}
			}
		}
	}
	require.GreaterOrEqual(t, cases, 1000, "only %d cases: the stops were not reached", cases)
}

// TestMPMCStoppedStopsOnlyItsRing: Offer and Poll answer at once wherever others are stopped, and a
// second ring is not affected.
func TestMPMCStoppedStopsOnlyItsRing(t *testing.T) {
	for _, capacity := range []int{1, 2, 3} {
		t.Run(fmt.Sprintf("cap=%d", capacity), func(t *testing.T) {
			beside := ringbuffer.NewMPMC[int](capacity)
			fresh := func() offering { return ringbuffer.NewMPMC[int](capacity) }
			stalledPairs(t, fresh, func(q offering, l *ledger, what string) {
				for range 2 * capacity {
					offer(q, l)
					poll(q, l)
					if !beside.TryPush(1) {
						t.Fatalf("%s: the other ring refused a push", what)
					}
					if _, ok := beside.TryPop(); !ok {
						t.Fatalf("%s: the other ring had nothing", what)
					}
				}
			})
		})
	}
}

// TestUnboundedPushWaitsForNobody: wherever others are stopped, pushes succeed, unless the queue is
// closed; then all that follow are refused.
func TestUnboundedPushWaitsForNobody(t *testing.T) {
	for _, capacity := range []int{1, 2, 3} {
		t.Run(fmt.Sprintf("cap=%d", capacity), func(t *testing.T) {
			fresh := func() offering { return ringbuffer.NewUnbounded[int](capacity) }
			stalledPairs(t, fresh, func(q offering, l *ledger, what string) {
				for range 8 {
					closed := q.Closed()
					switch status := offer(q, l); {
					case status == ringbuffer.Done && !closed:
					case status == ringbuffer.Closed && q.Closed():
					default:
						t.Fatalf("%s: offer says %v, and the queue was closed before: %t", what, status, closed)
					}
					poll(q, l)
				}
			})
		})
	}
}

// TestAnswersWereTrue runs others, some pushes and some pops, before one step of each
// deed, and then before all of them. As the others are all through when the deed goes
// on, it must not call anything busy; and full or empty only if it was so at some
// instant.
func TestAnswersWereTrue(t *testing.T) {
	x := stalls(t)
	for _, capacity := range []int{1, 2, 3} {
		for name, fresh := range map[string]func() offering{
			"MPMC":      func() offering { return ringbuffer.NewMPMC[int](capacity) },
			"Unbounded": func() offering { return ringbuffer.NewUnbounded[int](capacity) },
		} {
			for _, victim := range offerDeeds {
				for rounds := range 4 * 4 * 4 {
					pushes, polls, held := rounds%4, rounds/4%4, rounds/16
					for k, more := 1, true; more; k++ {
						what := fmt.Sprintf("%s of %d with %d: %s, with %d pushes and %d pops from step %d", name, capacity, held, victim.name, pushes, polls, k)
						q := &observed{offering: fresh(), capacity: capacity}
						l := newLedger()
						others := func() { q.others(l, pushes, polls) }
						for range held {
							offer(q.offering, l)
						}
						if more = x.at(k, func() { victim.do(q, l) }, others); !more {
							times := 0
							x.throughout(func() { victim.do(q, l) }, func() {
								if times++; times <= 20 { // or the deed might be held off forever
									others()
								}
							})
						}
						if q.wrong != "" {
							t.Fatalf("%s: %s", what, q.wrong)
						}
						l.settle(t, pops(q), what)
					}
				}
			}
		}
	}
}

// An observed queue checks what one goroutine is answered against what it was like
// at any instant of the call.
type observed struct {
	offering
	capacity    int
	full, empty bool // seen so since the call began
	wrong       string
}

// look looks with the staller's attention elsewhere: it runs between steps.
func (q *observed) look() {
	current := hook.Current
	hook.Current = nil
	defer func() { hook.Current = current }()
	n := q.offering.Len()
	q.full = q.full || n == q.capacity
	q.empty = q.empty || n == 0
}

func (q *observed) others(l *ledger, pushes, polls int) {
	q.look()
	for range pushes {
		offer(q.offering, l)
		q.look()
	}
	for range polls {
		poll(q.offering, l)
		q.look()
	}
}

func (q *observed) Offer(v int) ringbuffer.Status {
	q.full = false
	q.look()
	status := q.offering.Offer(v)
	if status == ringbuffer.Busy || status == ringbuffer.Full && !q.full {
		q.wrong = "offer says " + status.String()
	}
	return status
}

func (q *observed) Poll() (int, ringbuffer.Status) {
	q.empty = false
	q.look()
	v, status := q.offering.Poll()
	if status == ringbuffer.Busy || status == ringbuffer.Empty && !q.empty {
		q.wrong = "poll says " + status.String()
	}
	return v, status
}

// Steps of MPMC.Offer and Poll on a ring no other goroutine uses: load the position, load
// the stamp, claim, publish or release.
const beforePublish, beforeRelease = 4, 4

// TestMPMCBusyBehindAPush: while a push is stopped between claim and publish, others see a slot
// that is taken and empty.
func TestMPMCBusyBehindAPush(t *testing.T) {
	x := stalls(t)
	q := ringbuffer.NewMPMC[int](3)
	reached := x.at(beforePublish, func() { wantStatus(t, "the push", q.Offer(1), ringbuffer.Done) }, func() {
		assert.Equal(t, 1, q.Len(), "claimed")
		assert.False(t, q.Ready(), "claimed")
		wantPoll(t, q, 0, ringbuffer.Busy)
		wantStatus(t, "offer", q.Offer(2), ringbuffer.Done)
		wantStatus(t, "offer", q.Offer(3), ringbuffer.Done)
		wantStatus(t, "offer", q.Offer(4), ringbuffer.Full)
		wantPoll(t, q, 0, ringbuffer.Busy)
	})
	require.True(t, reached, "the push was not stopped")
	for i := 1; i <= 3; i++ {
		wantPoll(t, q, i, ringbuffer.Done)
	}
	wantPoll(t, q, 0, ringbuffer.Empty)
}

// TestMPMCBusyBehindAPop: while a pop is stopped between claim and release, others see a slot
// that is given up and not free.
func TestMPMCBusyBehindAPop(t *testing.T) {
	x := stalls(t)
	q := ringbuffer.NewMPMC[int](2)
	q.TryPush(1)
	q.TryPush(2)
	reached := x.at(beforeRelease, func() { wantPoll(t, q, 1, ringbuffer.Done) }, func() {
		wantStatus(t, "offer", q.Offer(3), ringbuffer.Busy)
		assert.Equal(t, 1, q.Len(), "one popped")
		assert.True(t, q.Ready(), "one popped")
		wantPoll(t, q, 2, ringbuffer.Done)
		wantPoll(t, q, 0, ringbuffer.Empty)
		wantStatus(t, "offer", q.Offer(3), ringbuffer.Busy)
	})
	require.True(t, reached, "the pop was not stopped")
	wantStatus(t, "offer", q.Offer(3), ringbuffer.Done)
	wantPoll(t, q, 3, ringbuffer.Done)
}

// TestMPMCBusyHoldsUpOneSlot: while a push is stopped, the next ones use other slots, up to a lap.
func TestMPMCBusyHoldsUpOneSlot(t *testing.T) {
	x := stalls(t)
	const capacity = 100
	q := ringbuffer.NewMPMC[int](capacity)
	x.at(beforePublish, func() { q.Offer(0) }, func() {
		vs := make([]int, capacity)
		n := q.TryPushBatch(vs)
		assert.Equal(t, capacity-1, n, "behind a stopped push %d went in", n)
	})
	n := q.TryPopBatch(make([]int, capacity))
	assert.Equal(t, capacity, n, "after it went on %d came out", n)
}

// TestUnboundedLinksPastAStoppedPop: when MPMC answers Busy, an Unbounded links a new ring.
func TestUnboundedLinksPastAStoppedPop(t *testing.T) {
	x := stalls(t)
	q := ringbuffer.NewUnbounded[int](2)
	q.TryPush(1)
	q.TryPush(2)
	const steps = beforeRelease + 1 // and the load of head
	reached := x.at(steps, func() { wantPoll(t, q, 1, ringbuffer.Done) }, func() {
		wantStatus(t, "offer", q.Offer(3), ringbuffer.Done)
		assert.Equal(t, 2, q.Segments())
		wantPoll(t, q, 2, ringbuffer.Done)
		wantPoll(t, q, 3, ringbuffer.Done)
		wantPoll(t, q, 0, ringbuffer.Empty)
	})
	require.True(t, reached, "the pop was not stopped")
}

func wantStatus(t *testing.T, what string, got, want ringbuffer.Status) {
	t.Helper()
	assert.Equal(t, want, got, what)
}

func wantPoll(t *testing.T, q interface {
	Poll() (int, ringbuffer.Status)
}, v int, want ringbuffer.Status,
) {
	t.Helper()
	got, status := q.Poll()
	assert.Equal(t, v, got)
	assert.Equal(t, want, status)
}
