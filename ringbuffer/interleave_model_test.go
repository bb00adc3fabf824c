//go:build model

package ringbuffer_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/ringbuffer"
)

// An interleaver runs actors, one step of one of them at a time, as it is told.
// They are coroutines, so a run depends on nothing but the choices made.
type interleaver struct{ running *actor }

// An actor is in the midst of one operation after another.
type actor struct {
	yield func(struct{}) bool
	step  func() (struct{}, bool)
	stop  func()
	done  int // operations finished
}

func newInterleaver(t *testing.T) *interleaver {
	x := &interleaver{}
	hook.Current = x
	t.Cleanup(func() { hook.Current = nil })
	return x
}

// start returns an actor that repeats op until turns says no more.
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
func (x *interleaver) Go(func())                                   { panic("not used by queues") }
func (x *interleaver) Park(unsafe.Pointer, <-chan struct{}) bool   { panic("not used by queues") }
func (x *interleaver) Unpark(unsafe.Pointer)                       { panic("not used by queues") }
func (x *interleaver) AfterFunc(time.Duration, func()) func() bool { panic("not used by queues") }
func (x *interleaver) Choose(int) int                              { panic("not used by queues") }

// A trial is a queue as the interleaved runs see it. push takes some of vs and says
// how many, pop fills some of dst; 0 stands for any refusal.
type trial struct {
	push     func(vs []int) int
	pop      func(dst []int) int
	settled  func() error // checks the queue, at rest and empty
	lockFree bool         // a single actor must finish whatever the others are at
}

const actors = 4

// interleave runs two pushers and two poppers in random bursts, often short and at
// times long, so that some stand still for several laps of the others. Each value
// must come out once and in its producer's order, and where the queue is lock-free,
// any actor must get through its operation on its own from wherever the others are.
func interleave(t *testing.T, fresh func(rng *rand.Rand) trial) {
	first := queuetest.Seed()
	for run := range uint64(queuetest.Scaled(2000)) {
		seed := first + run
		if err := interleaveOnce(t, seed, fresh); err != nil {
			t.Fatalf("%v; to replay: -queuetest.seed=%d", err, seed)
		}
	}
}

func interleaveOnce(t *testing.T, seed uint64, fresh func(rng *rand.Rand) trial) (err error) {
	const values = 30 // of each pusher
	rng := rand.New(rand.NewPCG(seed, 1))
	q := fresh(rng)
	x := newInterleaver(t)
	var got []int // by whichever popper, in the order they finish
	var pushed [actors]int
	var last [actors][actors]int // of each popper, by pusher
	take := func(popper, v int) {
		p, n := v/1000, v%1000
		if n <= last[popper][p] && err == nil {
			err = fmt.Errorf("popper %d got %d of pusher %d after %d", popper, n, p, last[popper][p])
		}
		last[popper][p] = n
		got = append(got, v)
	}
	popped := func() bool { return len(got) < 2*values && err == nil }
	var all []*actor
	for p := range 2 {
		all = append(all, x.start(func() bool { return pushed[p] < values && err == nil }, func() {
			vs := make([]int, min(1+pushed[p]%3, values-pushed[p]))
			for i := range vs {
				vs[i] = p*1000 + pushed[p] + 1 + i
			}
			pushed[p] += q.push(vs)
		}))
		all = append(all, x.start(popped, func() {
			dst := make([]int, 1+len(got)%3)
			for _, v := range dst[:q.pop(dst)] {
				take(p, v)
			}
		}))
	}
	defer func() {
		for _, a := range all {
			a.stop()
		}
	}()

	bursts := []int{1, 1, 1, 2, 3, 5, 9, 40, 200}
	const patience = 100_000 // bursts; a run takes hundreds
	for turn := 0; len(all) > 0; turn++ {
		i := rng.IntN(len(all))
		if !x.run(all[i], bursts[rng.IntN(len(bursts))]) {
			all = append(all[:i], all[i+1:]...)
			continue
		}
		if q.lockFree && rng.IntN(8) == 0 {
			a := all[rng.IntN(len(all))]
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
		if turn == patience {
			return fmt.Errorf("of %d values %d came out, and no more come", 2*values, len(got))
		}
	}
	if err != nil {
		return err
	}
	seen := map[int]bool{}
	for _, v := range got {
		if seen[v] {
			return fmt.Errorf("value %d came twice", v)
		}
		seen[v] = true
	}
	if len(seen) != 2*values {
		return fmt.Errorf("%d values of %d came out", len(seen), 2*values)
	}
	return q.settled()
}

// one turns single pushes and pops into those of a trial.
func one(push func(v int) bool, pop func() (int, bool)) trial {
	return trial{
		push: func(vs []int) int {
			if push(vs[0]) {
				return 1
			}
			return 0
		},
		pop: func(dst []int) int {
			v, ok := pop()
			if !ok {
				return 0
			}
			dst[0] = v
			return 1
		},
	}
}

func TestSCQInterleaved(t *testing.T) {
	interleave(t, func(rng *rand.Rand) trial {
		q := ringbuffer.NewSCQAt[int](1+rng.IntN(4), rng.Uint64())
		trial := one(q.TryPush, q.TryPop)
		trial.lockFree = true
		trial.settled = func() error {
			for n := range q.Cap() {
				if !q.TryPush(0) {
					return fmt.Errorf("of %d slots %d are left", q.Cap(), n)
				}
			}
			return nil
		}
		return trial
	})
}

func TestMPMCInterleaved(t *testing.T) {
	interleave(t, func(rng *rand.Rand) trial {
		return trialOf(rng, ringbuffer.NewMPMCAt[int](1+rng.IntN(4), rng.Uint64()))
	})
}

// TestUnboundedInterleaved keeps the rings small, so that they are linked and left
// all the time.
func TestUnboundedInterleaved(t *testing.T) {
	interleave(t, func(rng *rand.Rand) trial {
		return trialOf(rng, ringbuffer.NewUnboundedAt[int](1+rng.IntN(3), rng.Uint64(), 1+rng.IntN(4)))
	})
}

// trialOf tries single attempts, which end whatever others are at, or batches, which
// may wait for them.
func trialOf(rng *rand.Rand, q interface {
	offering
	TryPushBatch(vs []int) int
	TryPopBatch(dst []int) int
},
) trial {
	trial := one(func(v int) bool { return q.Offer(v) == ringbuffer.Done }, pops(q))
	trial.lockFree = true
	if rng.IntN(2) == 0 {
		trial.push, trial.pop, trial.lockFree = q.TryPushBatch, q.TryPopBatch, false
	}
	trial.settled = func() error {
		if q.Len() != 0 || q.Ready() || q.Pushed() != q.Popped() {
			return fmt.Errorf("at rest, Len is %d, %d pushed, %d popped", q.Len(), q.Pushed(), q.Popped())
		}
		return nil
	}
	return trial
}
