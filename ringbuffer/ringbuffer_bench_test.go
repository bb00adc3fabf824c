package ringbuffer_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/puzpuzpuz/xsync/v3"

	"github.com/user/millrace/internal/cputime"
	"github.com/user/millrace/ringbuffer"
)

// A contender is a queue in the benchmarks: one attempt each way.
type contender struct {
	push func(int) bool
	pop  func() (int, bool)
}

const benchCap = 1024

var contenders = []struct {
	name string
	make func() contender
}{
	{"mpmc", func() contender {
		q := ringbuffer.NewMPMC[int](benchCap)
		return contender{q.TryPush, q.TryPop}
	}},
	{"mpmc1000", func() contender { // no power of two
		q := ringbuffer.NewMPMC[int](1000)
		return contender{q.TryPush, q.TryPop}
	}},
	{"unbounded", func() contender {
		q := ringbuffer.NewUnbounded[int](benchCap)
		return contender{q.TryPush, q.TryPop}
	}},
	{"scq", func() contender {
		q := ringbuffer.NewSCQ[int](benchCap)
		return contender{q.TryPush, q.TryPop}
	}},
	{"xsync", func() contender {
		q := xsync.NewMPMCQueueOf[int](benchCap)
		return contender{q.TryEnqueue, q.TryDequeue}
	}},
	{"channel", func() contender {
		q := make(chan int, benchCap)
		push := func(v int) bool {
			select {
			case q <- v:
				return true
			default:
				return false
			}
		}
		pop := func() (int, bool) {
			select {
			case v := <-q:
				return v, true
			default:
				return 0, false
			}
		}
		return contender{push, pop}
	}},
	{"mutex", func() contender {
		q := &mutexRing{items: make([]int, benchCap)}
		return contender{q.push, q.pop}
	}},
}

// A mutexRing is the plain alternative.
type mutexRing struct {
	mu         sync.Mutex
	items      []int
	head, tail uint
}

func (q *mutexRing) push(v int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.tail-q.head == uint(len(q.items)) {
		return false
	}
	q.items[q.tail%uint(len(q.items))] = v
	q.tail++
	return true
}

func (q *mutexRing) pop() (int, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.tail == q.head {
		return 0, false
	}
	v := q.items[q.head%uint(len(q.items))]
	q.head++
	return v, true
}

// BenchmarkPushPop measures one push and one pop by one goroutine, alone: the price
// of the steps, calls through a func value included (about 1 ns for the two). It says
// nothing on contention.
func BenchmarkPushPop(b *testing.B) {
	for _, c := range contenders {
		b.Run("impl="+c.name, func(b *testing.B) {
			q := c.make()
			for b.Loop() {
				q.push(1)
				q.pop()
			}
		})
	}
}

// BenchmarkBatch measures a push and a pop of a batch by one goroutine, alone, and
// reports ns for each value.
func BenchmarkBatch(b *testing.B) {
	for _, size := range []int{1, 8, 32} {
		vs := make([]int, size)
		run := func(impl string, push, pop func([]int) int) {
			b.Run(fmt.Sprintf("impl=%s/batch=%d", impl, size), func(b *testing.B) {
				for b.Loop() {
					push(vs)
					pop(vs)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/value")
			})
		}
		m, u := ringbuffer.NewMPMC[int](benchCap), ringbuffer.NewUnbounded[int](benchCap)
		run("mpmc", m.TryPushBatch, m.TryPopBatch)
		run("unbounded", u.TryPushBatch, u.TryPopBatch)
	}
}

// BenchmarkGrow measures how an Unbounded takes in 100,000 values with nobody popping
// and lets them out again, in ns for each value: the price of linking rings, and of
// collecting them. A slice that grows is beside it.
func BenchmarkGrow(b *testing.B) {
	const n = 100_000
	report := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/value")
	}
	b.Run("impl=unbounded", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			q := ringbuffer.NewUnbounded[int](64)
			for i := range n {
				q.TryPush(i)
			}
			for range n {
				q.TryPop()
			}
		}
		report(b)
	})
	b.Run("impl=mutex-slice", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var mu sync.Mutex
			var q []int
			for i := range n {
				mu.Lock()
				q = append(q, i)
				mu.Unlock()
			}
			for range n {
				mu.Lock()
				q = q[1:]
				mu.Unlock()
			}
		}
		report(b)
	})
}

// BenchmarkTransfer measures the time for each value that goes from some producers
// to as many consumers through one queue. Goroutines yield when refused. The metric
// cpus says how many processors were at work: below 1.8 of 2 the goroutines took
// turns and the figure is not one of contention. It does not show latency, and
// values are ints.
func BenchmarkTransfer(b *testing.B) {
	for _, c := range contenders {
		for _, pairs := range []int{1, 2, 8} {
			b.Run(fmt.Sprintf("impl=%s/pairs=%d", c.name, pairs), func(b *testing.B) {
				transfer(b, c.make(), pairs)
			})
		}
	}
}

func transfer(b *testing.B, q contender, pairs int) {
	var all sync.WaitGroup
	var taken atomic.Int64
	start, used := time.Now(), cputime.Used()
	for p := range pairs {
		share := b.N / pairs
		if p < b.N%pairs {
			share++
		}
		all.Go(func() {
			for i := range share {
				for !q.push(i) {
					runtime.Gosched()
				}
			}
		})
		all.Go(func() {
			n := 0
			for n < share {
				if _, ok := q.pop(); ok {
					n++
				} else {
					runtime.Gosched()
				}
			}
			taken.Add(int64(n))
		})
	}
	all.Wait()
	b.ReportMetric(float64(cputime.Used()-used)/float64(time.Since(start)), "cpus")
	if taken.Load() != int64(b.N) {
		b.Fatalf("%d of %d values came through", taken.Load(), b.N)
	}
}
