package pheap_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/user/millrace/internal/cputime"
	"github.com/user/millrace/pheap"
)

// A contender is a priority queue in the benchmarks.
type contender struct {
	push func(v, priority int)
	pop  func() (int, bool)
}

// A variant is a contender under the name it has in benchmarks.
type variant struct {
	name string
	make func() contender
}

func variants() []variant {
	all := []variant{{"impl=container/shards=1", func() contender {
		q := &mutexHeap{}
		return contender{q.push, q.pop}
	}}}
	for _, shards := range []int{1, 2, 4, 8, 16} {
		all = append(all, variant{fmt.Sprintf("impl=heap/shards=%d", shards), func() contender {
			h := pheap.New[int](pheap.Config{Shards: shards})
			return contender{func(v, priority int) { h.TryPush(v, priority) }, h.TryPop}
		}})
	}
	return all
}

// A mutexHeap is the plain alternative: the standard library's heap under a mutex,
// which keeps equals in order too.
type mutexHeap struct {
	mu     sync.Mutex
	items  containerHeap
	pushed int
}

func (q *mutexHeap) push(v, priority int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	heap.Push(&q.items, containerItem{v, priority, q.pushed})
	q.pushed++
}

func (q *mutexHeap) pop() (int, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return 0, false
	}
	return heap.Pop(&q.items).(containerItem).value, true
}

type containerItem struct{ value, priority, seq int }

type containerHeap []containerItem

func (h containerHeap) Len() int { return len(h) }

func (h containerHeap) Less(i, j int) bool {
	if h[i].priority != h[j].priority {
		return h[i].priority > h[j].priority
	}
	return h[i].seq < h[j].seq
}
func (h containerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *containerHeap) Push(x any)   { *h = append(*h, x.(containerItem)) }
func (h *containerHeap) Pop() any {
	n := len(*h) - 1
	x := (*h)[n]
	*h = (*h)[:n]
	return x
}

// keys are the sorts of priorities in the benchmarks: which heap is how fast, and how
// wrong, depends on them.
var keys = []struct {
	name string
	draw func(rng *rand.Rand, n int) int // n counts the draws of one goroutine
}{
	{"uniform", func(rng *rand.Rand, _ int) int { return int(rng.Uint64()) }},
	{"few", func(rng *rand.Rand, _ int) int { return rng.IntN(8) }},
	{"monotone", func(_ *rand.Rand, n int) int { return -n }}, // as deadlines are
	{"equal", func(*rand.Rand, int) int { return 0 }},
}

// BenchmarkPushPop measures a push and a pop by each of some goroutines that share a
// heap of 1000 items, drawing the priority and a call through a func value included
// (5 ns or so together). The metric cpus says how many processors were at work: below
// 1.8 of 2 the goroutines took turns and the figure is not one of contention. Values
// are ints; how long an item waits is not measured.
func BenchmarkPushPop(b *testing.B) {
	for _, k := range keys {
		for _, v := range variants() {
			for _, workers := range []int{1, 2, 8} {
				b.Run(fmt.Sprintf("keys=%s/%s/workers=%d", k.name, v.name, workers), func(b *testing.B) {
					q := v.make()
					rng := rand.New(rand.NewPCG(1, 2))
					for n := range 1000 {
						q.push(0, k.draw(rng, n))
					}
					measure(b, workers, func(worker, turns int) {
						rng := rand.New(rand.NewPCG(uint64(worker), 2))
						for n := range turns {
							q.push(n, k.draw(rng, 1000+n))
							q.pop()
						}
					})
				})
			}
		}
	}
}

// BenchmarkTransfer measures the time for each item that goes from some producers to
// as many consumers through one heap, of 8 priorities. Consumers yield when there is
// nothing; producers are not held back, so the heap may grow to any length meanwhile.
func BenchmarkTransfer(b *testing.B) {
	for _, v := range variants() {
		for _, pairs := range []int{1, 8} {
			b.Run(fmt.Sprintf("%s/pairs=%d", v.name, pairs), func(b *testing.B) {
				transfer(b, v.make(), pairs)
			})
		}
	}
}

func transfer(b *testing.B, q contender, pairs int) {
	measure(b, 2*pairs, func(worker, turns int) {
		if worker%2 == 0 {
			rng := rand.New(rand.NewPCG(uint64(worker), 2))
			for n := range turns {
				q.push(n, rng.IntN(8))
			}
			return
		}
		for range turns {
			for {
				if _, ok := q.pop(); ok {
					break
				}
				runtime.Gosched()
			}
		}
	})
}

// measure shares b.N turns out to so many goroutines, and reports how many processors
// they used.
func measure(b *testing.B, workers int, work func(worker, turns int)) {
	var all sync.WaitGroup
	start, used := time.Now(), cputime.Used()
	b.ResetTimer()
	for w := range workers {
		turns := b.N / workers
		if w < b.N%workers {
			turns++
		}
		all.Go(func() { work(w, turns) })
	}
	all.Wait()
	b.ReportMetric(float64(cputime.Used()-used)/float64(time.Since(start)), "cpus")
}
