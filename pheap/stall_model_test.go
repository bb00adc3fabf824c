//go:build model

package pheap_test

import (
	"fmt"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

// A staller stops an operation before a step of its own and lets others run
// meanwhile: to them it is a goroutine that the runtime has put aside right there.
// It does so without a goroutine, by running the others inside the step, so each
// case is the same in every run.
type staller struct {
	left  int    // steps until the stop; 0: no stop to come
	every bool   // stop before each step
	other func() // what runs meanwhile; its own steps pass
	waits int    // turns of loops that wait
}

// stalls puts a staller in charge for the test.
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
	outer.waits = 0
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

// Pause is called at times to widen a window, and again and again by a loop that
// waits: forever, since no other goroutine steps.
func (x *staller) Pause() {
	if x.waits++; x.waits > 1000 {
		panic("an operation waits for one that is stopped")
	}
}

func (x *staller) Go(func())                                   { panic("not used by heaps") }
func (x *staller) Park(unsafe.Pointer, <-chan struct{}) bool   { panic("not used by heaps") }
func (x *staller) Unpark(unsafe.Pointer)                       { panic("not used by heaps") }
func (x *staller) AfterFunc(time.Duration, func()) func() bool { panic("not used by heaps") }
func (x *staller) Choose(int) int                              { panic("not used by heaps") }

// unseen runs f with nobody in charge, so that no step of f counts.
func unseen(f func()) {
	current := hook.Current
	hook.Current = nil
	f()
	hook.Current = current
}

// A stalled is a heap of numbers with an account of them. The number is the priority.
type stalled struct {
	*pheap.Heap[int]
	t     *testing.T
	what  string
	next  int
	in    map[int]bool // pushed, or about to be, and not popped yet
	moved bool         // something came or went, or is about to
}

func newStalled(t *testing.T, cfg pheap.Config) *stalled {
	return &stalled{Heap: pheap.New[int](cfg), t: t, in: map[int]bool{}}
}

func (h *stalled) offer() ringbuffer.Status       { return h.push(h.Offer) }
func (h *stalled) offerBeyond() ringbuffer.Status { return h.push(h.OfferBeyond) }

func (h *stalled) push(offer func(v, priority int) ringbuffer.Status) ringbuffer.Status {
	h.moved = true
	h.next++
	v := h.next * 7 % 101 // some larger, some smaller than those before
	h.in[v] = true
	status := offer(v, v)
	if status != ringbuffer.Done {
		if !h.in[v] {
			h.t.Fatalf("%s: item %d was refused and popped", h.what, v)
		}
		delete(h.in, v)
	}
	return status
}

func (h *stalled) poll() (v int, status ringbuffer.Status) {
	h.moved = true
	v, _, status = h.Poll()
	h.account(v, status)
	return v, status
}

func (h *stalled) account(v int, status ringbuffer.Status) {
	if status != ringbuffer.Done {
		return
	}
	if !h.in[v] {
		h.t.Fatalf("%s: item %d was popped twice, or never pushed", h.what, v)
	}
	delete(h.in, v)
}

// pollAndReturn takes an item and puts it back.
func (h *stalled) pollAndReturn() {
	h.moved = true
	v, age, status := h.Poll()
	h.account(v, status)
	if status == ringbuffer.Done {
		h.in[v] = true
		h.Return(v, v, age)
	}
}

// settle fails the test unless all that is due comes out, in order.
func (h *stalled) settle() {
	h.t.Helper()
	last := 1 << 30
	for v, status := h.poll(); status != ringbuffer.Empty; v, status = h.poll() {
		if status != ringbuffer.Done || v > last {
			h.t.Fatalf("%s: at rest, poll says %d, %v after %d", h.what, v, status, last)
		}
		last = v
	}
	if len(h.in) > 0 {
		h.t.Fatalf("%s: %d items are lost", h.what, len(h.in))
	}
	if err := h.Validate(); err != nil {
		h.t.Fatalf("%s: %v", h.what, err)
	}
	if h.Len() != 0 || h.Ready() {
		h.t.Fatalf("%s: Len %d, Ready %t of an empty heap", h.what, h.Len(), h.Ready())
	}
}

// A deed is an operation of a victim.
type deed struct {
	name string
	do   func(h *stalled)
}

var deeds = []deed{
	{"offer", func(h *stalled) { h.offer() }},
	{"offer beyond", func(h *stalled) { h.offerBeyond() }},
	{"poll", func(h *stalled) { h.poll() }},
	{"poll and return", (*stalled).pollAndReturn},
	{"close", func(h *stalled) { h.Close() }},
	{"looks", func(h *stalled) { h.Len(); h.Ready(); h.Closed(); h.Pushed() }},
}

// stalledPairs stops each deed at each step, and within, another one, and calls
// meanwhile in the middle of both. It leaves out pairs that cannot go on beside each
// other, as the second waits for the first.
func stalledPairs(t *testing.T, cfg pheap.Config, meanwhile func(h *stalled)) {
	t.Helper()
	x := stalls(t)
	cases := 0
	for _, first := range deeds {
		for _, second := range deeds {
			for held := range 6 {
				for k, more := 1, true; more; k++ {
					more = false
					for j, deeper := 1, true; deeper; j++ {
						h := newStalled(t, cfg)
						h.what = fmt.Sprintf("%d shards, %s stopped at step %d, %s at step %d, %d held", cfg.Shards, first.name, k, second.name, j, held)
						for range held {
							h.offer()
						}
						deeper = false
						more = x.at(k, func() { first.do(h) }, func() {
							deeper = x.at(j, func() { second.do(h) }, func() { meanwhile(h) })
						})
						h.settle()
						cases++
					}
				}
			}
		}
	}
	require.GreaterOrEqual(t, cases, 1000, "only %d cases: the stops were not reached", cases)
}

// Goal: goroutines stopped anywhere, two of them, keep others from the items of the
// shards they hold, and from nothing else: nobody waits, unless all shards are held.
//
// Method: what others see is compared with what lies in the shards that are free, as
// the test may look into them.
func TestStoppedKeepsOnlyWhatItHolds(t *testing.T) {
	for _, shards := range []int{3, 4} {
		stalledPairs(t, pheap.Config{Shards: shards}, func(h *stalled) {
			for round := range 6 {
				closed := h.Closed()
				switch status := h.offer(); {
				case status == ringbuffer.Done && !closed:
				case status == ringbuffer.Closed && h.Closed():
				default:
					h.t.Fatalf("%s: offer says %v, and the heap was closed before: %t", h.what, status, closed)
				}
				for range 1 + round%2 {
					h.pollBesideStopped()
				}
			}
		})
	}
}

// TestStoppedInTheOnlyShard: of one shard, pops come back busy at once, and so they
// do from shards that are all held.
func TestStoppedInTheOnlyShard(t *testing.T) {
	x := stalls(t)
	busy := 0
	for _, victim := range deeds {
		for held := range 6 {
			for k, more := 1, true; more; k++ {
				h := newStalled(t, pheap.Config{Shards: 1})
				h.what = fmt.Sprintf("%s stopped at step %d, %d held", victim.name, k, held)
				for range held {
					h.offer()
				}
				more = x.at(k, func() { victim.do(h) }, func() {
					for range 3 {
						if h.pollBesideStopped() == ringbuffer.Busy {
							busy++
						}
					}
				})
				h.settle()
			}
		}
	}
	assert.NotZero(t, busy, "nobody was busy")
}

// pollBesideStopped polls, and fails the test unless it gets the best item of the
// free shards; with nothing there, unless it says busy, or empty where nothing is
// inside. Ready must say whether there is something, free or not.
func (h *stalled) pollBesideStopped() (status ringbuffer.Status) {
	h.t.Helper()
	best, free := h.BestFree()
	resting := h.Resting()
	if ready := h.Ready(); resting && !ready {
		h.t.Fatalf("%s: Ready is %t beside a resting item", h.what, ready)
	}
	empty := h.Len() == 0
	v, status := h.poll()
	switch {
	case free && (status != ringbuffer.Done || v != best):
		h.t.Fatalf("%s: poll says %d, %v beside %d in a free shard", h.what, v, status, best)
	case !free && empty && status != ringbuffer.Empty,
		!free && !empty && status != ringbuffer.Busy:
		h.t.Fatalf("%s: poll says %v, empty: %t", h.what, status, empty)
	}
	return status
}

// Goal: an item that is in throughout a call is seen by it: Ready says yes, and Poll
// does not say empty, wherever either is put aside and whatever is done meanwhile.
//
// Method: the item of the smallest priority rests, as others pop only what they
// pushed. They do so before one step, and before all.
func TestPutAsideSeesWhatRests(t *testing.T) {
	x := stalls(t)
	for _, shards := range []int{1, 2, 3, 5} {
		for _, victim := range []deed{
			{"ready", func(h *stalled) {
				require.True(t, h.Ready(), "%s: Ready says no", h.what)
			}},
			{"poll", func(h *stalled) {
				if v, status := h.poll(); status != ringbuffer.Done {
					t.Fatalf("%s: poll says %v", h.what, status)
				} else if v == 0 {
					h.in[0] = true // it is alone
					h.Offer(0, 0)
				}
			}},
		} {
			for offset := range 5 {
				for rounds := 1; rounds <= 3; rounds++ {
					fresh := func() *stalled {
						h := newStalled(t, pheap.Config{Shards: shards})
						for range offset { // so that the resting item comes to other shards
							h.offer()
							h.poll()
						}
						h.in[0] = true
						h.Offer(0, 0)
						return h
					}
					others := func(h *stalled) {
						for range rounds {
							h.offer()
						}
						for range rounds {
							v, status := h.poll()
							require.Equal(t, ringbuffer.Done, status, h.what)
							require.NotZero(t, v, h.what)
						}
					}
					for k, more := 1, true; more; k++ {
						h := fresh()
						h.what = fmt.Sprintf("%d shards, %s put aside at step %d for %d rounds, offset %d", shards, victim.name, k, rounds, offset)
						more = x.at(k, func() { victim.do(h) }, func() {
							if h.Resting() { // else the victim has it in hand
								others(h)
							}
						})
						h.settle()
					}
				}
			}
		}
	}
}

// Goal: full and empty were true at an instant of the call, and nobody is told busy
// when no call is in the midst of something.
//
// Method: others, some pushes and some pops, run before one step of each deed, and
// then before all of them. They are all through when the deed goes on.
func TestAnswersWereTrue(t *testing.T) {
	x := stalls(t)
	for _, capacity := range []int{1, 2, 3} {
		for _, shards := range []int{1, 2, 3} {
			for _, name := range []string{"offer", "poll"} {
				for rounds := range 4 * 4 * 4 {
					pushes, polls, in := rounds%4, rounds/4%4, rounds/16
					for k, more := 1, true; more; k++ {
						o := &observed{h: newStalled(t, pheap.Config{Capacity: capacity, Shards: shards}), capacity: capacity}
						o.h.what = fmt.Sprintf("%d shards of %d with %d: %s, with %d pushes and %d pops from step %d", shards, capacity, in, name, pushes, polls, k)
						for range in {
							o.h.offer()
						}
						if more = x.at(k, func() { o.do(name) }, func() { o.others(pushes, polls) }); !more {
							times := 0
							x.throughout(func() { o.do(name) }, func() {
								if times++; times <= 20 { // or the deed might be held off forever
									o.others(pushes, polls)
								}
							})
						}
						o.h.settle()
					}
				}
			}
		}
	}
}

// An observed heap checks what one goroutine is answered against what the heap was
// like at any instant of the call.
type observed struct {
	h           *stalled
	capacity    int
	full, empty bool // seen so since the call began
}

func (o *observed) look() {
	unseen(func() {
		// What holds a shard is the victim: it lets go before it answers, so what it
		// is about to do counts from the next look on.
		n := o.h.Len()
		o.full = o.full || n == o.capacity
		o.empty = o.empty || n == 0
	})
}

// others run where the victim holds no shard; it would be waited for.
func (o *observed) others(pushes, polls int) {
	held := false
	unseen(func() { held = o.h.Held() })
	o.look()
	if held {
		return
	}
	for range pushes {
		o.h.offer()
		o.look()
	}
	for range polls {
		o.h.poll()
		o.look()
	}
}

func (o *observed) do(name string) {
	o.full, o.empty = false, false
	o.look()
	var status ringbuffer.Status
	if name == "offer" {
		status = o.h.offer()
	} else {
		_, status = o.h.poll()
	}
	switch {
	case status == ringbuffer.Done,
		status == ringbuffer.Full && o.full,
		status == ringbuffer.Empty && o.empty:
	default:
		o.h.t.Fatalf("%s: it says %v; full at times: %t, empty: %t", o.h.what, status, o.full, o.empty)
	}
}
