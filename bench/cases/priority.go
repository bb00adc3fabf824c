package cases

import (
	"container/heap"
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/pheap"
)

var priority = Case{
	Name:  "priority",
	Title: "Push and pop of a priority queue",
	Method: "The given number of items waits at all times. Each goroutine pushes an item with a random priority out of 1000 and " +
		"pops the best one, over and over. An operation is a push and a pop. Under concurrent use millrace may pass over the " +
		"best item, unless it has one shard; the others never do. How often it does is not measured here.",
	Unit: "ns/op",
	Sizes: grid(
		axis{procs, []int{1, 2, 4, 8}},
		axis{"goroutines", []int{1, 8}},
		axis{"waiting", []int{1000, 100_000}},
	),
	Short: these("procs=2/goroutines=8/waiting=1000"),
	Impls: func() []Impl {
		return []Impl{
			priorityImpl(impls.Millrace, millraceModule, "pheap.New(pheap.Config{})", func() priorityQueue { return newShards(0) }),
			priorityImpl("container-heap", "", "container/heap under a sync.Mutex, with a sync.Cond for content",
				func() priorityQueue { return newLockedHeap() }),
			priorityImpl("millrace-exact", millraceModule, "pheap.New(pheap.Config{Shards: 1})", func() priorityQueue { return newShards(1) }),
			priorityImpl(impls.Harness.Name, "", "no queue: the goroutine draws a priority", func() priorityQueue { return noHeap{} }),
		}
	},
}

// A priorityQueue pops the item of the largest priority. pop may wait for an item.
type priorityQueue interface {
	push(v, priority int)
	pop() int
}

func priorityImpl(name, module, setup string, build func() priorityQueue) Impl {
	return Impl{Name: name, Module: module, Setup: setup, Measure: func(n int, p Params) (measure.Sample, error) {
		const priorities = 1000
		q, waiting, goroutines := build(), p.Get("waiting"), p.Get("goroutines")
		random := rand.New(rand.NewPCG(1, 2))
		for range waiting {
			q.push(1, random.IntN(priorities))
		}
		var mu sync.Mutex
		popped := 0
		cost := crowd(goroutines, func(g int) {
			random := rand.New(rand.NewPCG(3, uint64(g)))
			own := 0
			for i, to := share(n, goroutines, g); i < to; i++ {
				q.push(1, random.IntN(priorities))
				own += q.pop()
			}
			mu.Lock()
			popped += own
			mu.Unlock()
		}, func() {})
		if popped != n {
			return measure.Sample{}, errors.New("the popped items are not the pushed ones")
		}
		return measure.Sample{Values: cost.Of(n)}, nil
	}}
}

type shards struct{ heap *pheap.Heap[int] }

func newShards(n int) shards { return shards{pheap.New[int](pheap.Config{Shards: n})} }

func (s shards) push(v, priority int) { s.heap.TryPush(v, priority) }

func (s shards) pop() int {
	v, _ := s.heap.TryPop()
	return v
}

// A lockedHeap is the usual priority queue without a library.
type lockedHeap struct {
	mu      sync.Mutex
	content sync.Cond
	items   items
	pushed  int
}

func newLockedHeap() *lockedHeap {
	h := new(lockedHeap)
	h.content.L = &h.mu
	return h
}

func (h *lockedHeap) push(v, priority int) {
	h.mu.Lock()
	h.pushed++
	heap.Push(&h.items, item{v, priority, h.pushed})
	h.mu.Unlock()
	h.content.Signal()
}

func (h *lockedHeap) pop() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.items) == 0 {
		h.content.Wait()
	}
	return heap.Pop(&h.items).(item).value
}

type item struct{ value, priority, number int }

// items are a heap with the best item first, and the oldest first among equals.
type items []item

func (s items) Len() int { return len(s) }

func (s items) Less(i, j int) bool {
	if s[i].priority != s[j].priority {
		return s[i].priority > s[j].priority
	}
	return s[i].number < s[j].number
}

func (s items) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

func (s *items) Push(v any) { *s = append(*s, v.(item)) }

func (s *items) Pop() any {
	last := len(*s) - 1
	v := (*s)[last]
	*s = (*s)[:last]
	return v
}

type noHeap struct{}

func (noHeap) push(int, int) {}

func (noHeap) pop() int { return 1 }
