//go:build model

package pheap_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

// An interleaver runs actors, one step of one of them at a time, as told. They are coroutines, so a
// run depends on nothing but the choices made.
type interleaver struct{ running *actor }

// An actor performs one operation after another.
type actor struct {
	yield func(struct{}) bool
	step  func() (struct{}, bool)
	stop  func()
	done  int  // operations finished
	waits bool // its operations may wait for others
}

func newInterleaver(t *testing.T) *interleaver {
	x := &interleaver{}
	hook.Current = x
	t.Cleanup(func() { hook.Current = nil })
	return x
}

// start returns an actor that repeats op while more says so.
func (x *interleaver) start(more func() bool, op func()) *actor {
	a := &actor{}
	a.step, a.stop = iter.Pull(func(yield func(struct{}) bool) {
		a.yield = yield
		for more() {
			op()
			a.done++
		}
	})
	return a
}

// run lets a take up to n steps, and reports false once it is through.
func (x *interleaver) run(a *actor, n int) bool {
	x.running = a
	defer func() { x.running = nil }()
	for range n {
		if _, ok := a.step(); !ok {
			return false
		}
	}
	return true
}

func (x *interleaver) Step(hook.Op, unsafe.Pointer) {
	if a := x.running; a != nil {
		a.yield(struct{}{})
	}
}

func (x *interleaver) Pause()                                      { x.Step(hook.Load, nil) }
func (x *interleaver) Go(func())                                   { panic("not used by heaps") }
func (x *interleaver) Park(unsafe.Pointer, <-chan struct{}) bool   { panic("not used by heaps") }
func (x *interleaver) Unpark(unsafe.Pointer)                       { panic("not used by heaps") }
func (x *interleaver) AfterFunc(time.Duration, func()) func() bool { panic("not used by heaps") }
func (x *interleaver) Choose(int) int                              { panic("not used by heaps") }

// An inquest knows between what bounds the number of items inside lies at any step,
// and so which answers are false.
type inquest struct {
	h        *pheap.Heap[int]
	capacity int
	most     int // inside, with all of pushes under way
	least    int // inside, less one for each poll under way
	calls    []*call
	inside   map[int]bool // pushed for sure, and not popped
	popped   map[int]bool
	wrong    error
}

// A call is one under way: the bounds, as they were at any step of it, and whether
// there was another call meanwhile.
type call struct {
	most, least int
	alone       bool
}

func (q *inquest) fail(format string, args ...any) {
	if q.wrong == nil {
		q.wrong = fmt.Errorf(format, args...)
	}
}

func (q *inquest) begin() *call {
	c := &call{most: q.most, least: q.least, alone: len(q.calls) == 0}
	for _, other := range q.calls {
		other.alone = false
	}
	q.calls = append(q.calls, c)
	return c
}

func (q *inquest) end(c *call) {
	q.calls = slices.DeleteFunc(q.calls, func(x *call) bool { return x == c })
}

// move moves the bounds.
func (q *inquest) move(most, least int) {
	q.most += most
	q.least += least
	for _, c := range q.calls {
		c.most, c.least = max(c.most, q.most), min(c.least, q.least)
	}
}

// offer pushes v, whose priority is v/10.
func (q *inquest) offer(v int) bool {
	c := q.begin()
	defer q.end(c)
	q.move(1, 0)
	switch status := q.h.Offer(v, v/10); status {
	case ringbuffer.Done:
		q.inside[v] = !q.popped[v]
		q.move(0, 1)
		return true
	case ringbuffer.Full:
		if c.most-1 < q.capacity { // not this one itself
			q.fail("full beside %d at most", c.most-1)
		}
	default:
		q.fail("offer says %v", status)
	}
	q.move(-1, 0)
	return false
}

func (q *inquest) poll() (v int, age uint64, ok bool) {
	c := q.begin()
	defer q.end(c)
	least := c.least
	q.move(0, -1)
	v, age, status := q.h.Poll()
	switch status {
	case ringbuffer.Done:
		q.took(v, c)
		q.move(-1, 0)
		return v, age, true
	case ringbuffer.Empty:
		if min(least, c.least+1) > 0 {
			q.fail("empty beside %d at least", min(least, c.least+1))
		}
	case ringbuffer.Busy:
		if c.alone {
			q.fail("busy and alone")
		}
	}
	q.move(0, 1)
	return 0, 0, false
}

func (q *inquest) took(v int, c *call) {
	if q.popped[v] {
		q.fail("item %d came twice", v)
	}
	q.popped[v] = true
	delete(q.inside, v)
	for w, in := range q.inside {
		if in && c.alone && w/10 > v/10 {
			q.fail("item %d came, and nobody held %d", v, w)
		}
	}
}

// giveBack puts back what poll gave.
func (q *inquest) giveBack(v int, age uint64) {
	c := q.begin()
	defer q.end(c)
	q.popped[v] = false
	q.move(1, 0)
	q.h.Return(v, v/10, age)
	q.inside[v] = !q.popped[v]
	q.move(0, 1)
}

func (q *inquest) look() {
	c := q.begin()
	defer q.end(c)
	if !q.h.Ready() && c.least > 0 {
		q.fail("not ready beside %d at least", c.least)
	}
	if n := q.h.Len(); n > c.most || n < 0 {
		q.fail("Len is %d beside %d at most", n, c.most)
	}
}

// Goal: whatever steps meet, no answer is false, each item comes out once, a pop alone
// gets the best, and no operation but a push waits for others; nor does that where
// shards are left.
//
// Method: pushers, poppers and lookers in random bursts, often short and at times
// long. The inquest follows what must be and what can be inside.
func TestHeapInterleaved(t *testing.T) {
	first := queuetest.Seed()
	for run := range uint64(queuetest.Scaled(1000)) {
		seed := first + run
		err := interleaveOnce(t, seed)
		require.NoError(t, err, "%v; to replay: -queuetest.seed=%d", err, seed)
	}
}

func interleaveOnce(t *testing.T, seed uint64) error {
	const pushers, poppers, each = 3, 3, 12
	rng := rand.New(rand.NewPCG(seed, 1))
	shards, capacity := 1+rng.IntN(8), rng.IntN(4)
	x := newInterleaver(t)
	h := pheap.NewAt[int](pheap.Config{Capacity: capacity, Shards: shards, Aging: rng.IntN(2) * 1000}, rng.Uint64())
	q := &inquest{h: h, capacity: capacity, inside: map[int]bool{}, popped: map[int]bool{}}
	var all []*actor
	out := 0
	busy := func() bool { return out < pushers*each && q.wrong == nil }
	for p := range pushers {
		n := 0
		a := x.start(func() bool { return n < each && q.wrong == nil }, func() {
			if q.offer(10*(n*7%each) + p) {
				n++
			}
		})
		a.waits = shards < pushers+poppers
		all = append(all, a)
	}
	for p := range poppers {
		turn := p
		a := x.start(busy, func() {
			v, age, ok := q.poll()
			if turn++; ok && turn%4 == 0 {
				q.giveBack(v, age)
			} else if ok {
				out++
			}
		})
		a.waits = shards < pushers+poppers
		all = append(all, a)
	}
	all = append(all, x.start(busy, q.look))
	defer func() {
		for _, a := range all {
			a.stop()
		}
	}()

	bursts := []int{1, 1, 1, 2, 3, 5, 9, 40, 200}
	const patience = 100_000 // bursts; a run takes hundreds
	for turn := 0; len(all) > 0; turn++ {
		i := rng.IntN(len(all))
		if a := all[i]; !a.waits && rng.IntN(8) == 0 {
			before, through := a.done, false
			for range 500 {
				if through = !x.run(a, 1) || a.done > before; through {
					break
				}
			}
			if !through {
				return fmt.Errorf("turn %d: an actor alone does not finish in 500 steps", turn)
			}
		}
		if !x.run(all[i], bursts[rng.IntN(len(bursts))]) {
			all = slices.Delete(all, i, i+1)
		}
		if turn == patience {
			return fmt.Errorf("of %d items %d came out, and no more come", pushers*each, out)
		}
	}
	if q.wrong == nil && (out != pushers*each || h.Len() != 0) {
		return fmt.Errorf("of %d items %d came out, Len is %d", pushers*each, out, h.Len())
	}
	if q.wrong == nil {
		return h.Validate()
	}
	return q.wrong
}
