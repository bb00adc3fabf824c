package cases

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/puzpuzpuz/xsync/v3"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/ringbuffer"
)

var rings = Case{
	Name:  "rings",
	Title: "Transfer of a word through a queue",
	Method: "Producers push numbers below 1024 as fast as they can, and consumers pop them. On a full or empty queue a goroutine " +
		"yields and tries again, unless the queue has a way to wait, as the channel and the ring under a mutex have. An " +
		"operation is a push and a pop. An unbounded queue may runTree meanwhile. Work that waiting goroutines could do instead is" +
		" not measured.",
	Unit: "ns/op",
	Sizes: grid(
		axis{procs, []int{1, 2, 4}},
		axis{"producers", []int{1, 4}},
		axis{"consumers", []int{1, 4}},
		axis{"cap", []int{16, 1024}},
	),
	Short: these("procs=2/producers=1/consumers=1/cap=1024", "procs=2/producers=4/consumers=4/cap=1024"),
	Impls: func() []Impl {
		const yields = "; on a full or empty queue runtime.Gosched and another try"
		return []Impl{
			ringImpl(impls.Millrace, millraceModule, "ringbuffer.MPMC, TryPush, TryPop"+yields, newMPMC),
			ringImpl("channel", "", "a buffered channel", newChannel),
			ringImpl("millrace-scq", millraceModule, "ringbuffer.SCQ, TryPush, TryPop"+yields, newSCQ),
			ringImpl("millrace-ptrring", millraceModule, "ringbuffer.PtrRing of pointers to the numbers, TryPush, TryPop"+yields, newPtrRing),
			ringImpl("millrace-unbounded", millraceModule, "ringbuffer.Unbounded, TryPush, TryPop"+yields, newUnbounded),
			ringImpl("mutex", "", "a slice under a sync.Mutex, with a sync.Cond for room and one for content", newMutexRing),
			ringImpl("xsync", "github.com/puzpuzpuz/xsync/v3", "MPMCQueueOf, TryEnqueue, TryDequeue"+yields, newXsync),
			ringImpl(impls.Harness.Name, "", "no queue: producers and consumers count by themselves", newNothing),
		}
	},
}

const millraceModule = "github.com/user/millrace"

// A ring is a queue of numbers. push waits for room and pop for a number.
type ring struct {
	push func(int)
	pop  func() int
}

func ringImpl(name, module, setup string, build func(capacity int) ring) Impl {
	return Impl{Name: name, Module: module, Setup: setup, Measure: func(n int, p Params) (measure.Sample, error) {
		q := build(p.Get("cap"))
		producers, consumers := p.Get("producers"), p.Get("consumers")
		var mu sync.Mutex
		var sum int
		cost := crowd(producers+consumers, func(g int) {
			if g < producers {
				for i, to := share(n, producers, g); i < to; i++ {
					q.push(i % numbers)
				}
				return
			}
			own := 0
			for i, to := share(n, consumers, g-producers); i < to; i++ {
				own += q.pop()
			}
			mu.Lock()
			sum += own
			mu.Unlock()
		}, func() {})
		if want := sumOfNumbers(n); sum != want && name != impls.Harness.Name {
			return measure.Sample{}, fmt.Errorf("the numbers add up to %d, not to %d", sum, want)
		}
		return measure.Sample{Values: cost.Of(n)}, nil
	}}
}

// numbers is the count of different numbers, each of which has an address of its own.
const numbers = 1024

// sumOfNumbers returns the sum of n numbers that count up from 0 and start over.
func sumOfNumbers(n int) int {
	whole, rest := n/numbers, n%numbers
	return whole*(numbers*(numbers-1)/2) + rest*(rest-1)/2
}

// Each constructor has its own retry loops. Shared loops would call the queue through one
// more variable, which costs about as much as a push.
func newMPMC(capacity int) ring {
	q := ringbuffer.NewMPMC[int](capacity)
	return ring{
		func(v int) {
			for !q.TryPush(v) {
				runtime.Gosched()
			}
		},
		func() int {
			for {
				if v, ok := q.TryPop(); ok {
					return v
				}
				runtime.Gosched()
			}
		},
	}
}

func newSCQ(capacity int) ring {
	q := ringbuffer.NewSCQ[int](capacity)
	return ring{
		func(v int) {
			for !q.TryPush(v) {
				runtime.Gosched()
			}
		},
		func() int {
			for {
				if v, ok := q.TryPop(); ok {
					return v
				}
				runtime.Gosched()
			}
		},
	}
}

func newPtrRing(capacity int) ring {
	q := ringbuffer.NewPtrRing[*int](capacity)
	all := make([]int, numbers)
	for i := range all {
		all[i] = i
	}
	return ring{
		func(v int) {
			for !q.TryPush(&all[v]) {
				runtime.Gosched()
			}
		},
		func() int {
			for {
				if v, ok := q.TryPop(); ok {
					return *v
				}
				runtime.Gosched()
			}
		},
	}
}

func newUnbounded(capacity int) ring {
	q := ringbuffer.NewUnbounded[int](capacity)
	return ring{
		func(v int) { q.TryPush(v) },
		func() int {
			for {
				if v, ok := q.TryPop(); ok {
					return v
				}
				runtime.Gosched()
			}
		},
	}
}

func newXsync(capacity int) ring {
	q := xsync.NewMPMCQueueOf[int](capacity)
	return ring{
		func(v int) {
			for !q.TryEnqueue(v) {
				runtime.Gosched()
			}
		},
		func() int {
			for {
				if v, ok := q.TryDequeue(); ok {
					return v
				}
				runtime.Gosched()
			}
		},
	}
}

func newChannel(capacity int) ring {
	q := make(chan int, capacity)
	return ring{func(v int) { q <- v }, func() int { return <-q }}
}

func newNothing(int) ring { return ring{func(int) {}, func() int { return 0 }} }
