package pool

import (
	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
	"github.com/user/millrace/sched"
)

// WithPriority starts tasks of larger priority first, and equals in the order of their
// submission; see Config.Priority.
func WithPriority() Option { return poolOption(func(c *poolConfig) { c.Priority = true }) }

// WithPriorityAging is WithPriority with a bound on how often a task is overtaken: each n
// tasks submitted after a task make up for one level of priority. So a task of priority p
// is overtaken by fewer than n × (q−p) tasks of priorities up to q. n must be at least 1.
// Without this option a task waits as long as there are tasks of larger priority.
func WithPriorityAging(n int) Option {
	return poolOption(func(c *poolConfig) { c.Priority, c.aging = true, &n })
}

// A priorityQueue is a pheap.Heap in place of a scheduler's rings.
type priorityQueue[T any] struct {
	*pheap.Heap[T]
	priority func(T) int
}

var _ sched.Source[item] = priorityQueue[item]{}

func newPriorityQueue[T any](c *poolConfig, priority func(T) int) priorityQueue[T] {
	aging := 0
	if c.aging != nil {
		aging = *c.aging
	}
	shards := 0
	if c.Workers == 1 {
		shards = 1
	}
	heap := pheap.New[T](pheap.Config{Capacity: c.QueueSize, Shards: shards, Aging: aging})
	return priorityQueue[T]{heap, priority}
}

func (q priorityQueue[T]) Offer(v T) ringbuffer.Status {
	return q.Heap.Offer(v, q.priority(v))
}

func (q priorityQueue[T]) OfferBeyond(v T) ringbuffer.Status {
	return q.Heap.OfferBeyond(v, q.priority(v))
}

func (q priorityQueue[T]) Return(v T, age uint64) {
	q.Heap.Return(v, q.priority(v), age)
}

// priority returns the priority of the task.
func (i item) priority() int {
	if t := i.ticket(); t != nil {
		if r := t.record.Load(); r != nil {
			return r.priority
		}
		return 0 // its record was claimed
	}
	if t := i.funcTask(); t != nil {
		return t.cfg.priority
	}
	return 0
}
