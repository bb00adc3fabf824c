package linear

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

// What is done to a queue, and what it answers.
type (
	push   struct{ item byte }
	pop    struct{}
	closes struct{}

	pushed bool
	popped struct {
		item byte
		ok   bool
	}
)

// A content is the state of the model of a queue: the items in order.
type content struct {
	items  string
	closed bool
}

// fifo is the model of a queue with room for so many items. With early it may
// also answer full before it is.
func fifo(capacity int, early bool) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return content{} },
		Step: func(state, input, output any) (bool, any) {
			c := state.(content)
			switch in := input.(type) {
			case push:
				if output.(pushed) {
					ok := !c.closed && len(c.items) < capacity
					c.items += string([]byte{in.item})
					return ok, c
				}
				return early || c.closed || len(c.items) == capacity, c
			case pop:
				out := output.(popped)
				if !out.ok {
					return c.items == "", c
				}
				if c.items == "" || c.items[0] != out.item {
					return false, c
				}
				c.items = c.items[1:]
				return true, c
			}
			c.closed = true
			return true, c
		},
	}
}

type queue interface {
	TryPush(byte) bool
	TryPop() (byte, bool)
	Close()
}

// words is a ringbuffer.PtrRing of pointers to the items.
type words struct{ *ringbuffer.PtrRing[*byte] }

func (w words) TryPush(v byte) bool { return w.PtrRing.TryPush(&v) }

func (w words) TryPop() (v byte, ok bool) {
	p, ok := w.PtrRing.TryPop()
	if ok {
		v = *p
	}
	return v, ok
}

// heap is a pheap.Heap in which all have the same priority: with one shard it is a
// queue.
type heap struct{ *pheap.Heap[byte] }

func (h heap) TryPush(v byte) bool { return h.Heap.TryPush(v, 0) }

func TestQueuesAreLinearizable(t *testing.T) {
	const unbounded = 1 << 20
	for _, kind := range []struct {
		name     string
		make     func(capacity int) queue
		capacity func(int) int
		early    bool
	}{
		{"MPMC", func(n int) queue { return ringbuffer.NewMPMC[byte](n) }, func(n int) int { return n }, false},
		{"Unbounded", func(n int) queue { return ringbuffer.NewUnbounded[byte](n) }, func(int) int { return unbounded }, false},
		{"PtrRing", func(n int) queue { return words{ringbuffer.NewPtrRing[*byte](n)} }, func(n int) int { return n }, false},
		{"SCQ", func(n int) queue { return closable{ringbuffer.NewSCQ[byte](n)} }, func(n int) int { return n }, true},
		{"heap", func(n int) queue { return heap{pheap.New[byte](pheap.Config{Capacity: n, Shards: 1})} }, func(n int) int { return n }, false},
	} {
		for _, capacity := range []int{1, 2, 4} {
			t.Run(fmt.Sprintf("%s/capacity=%d", kind.name, capacity), func(t *testing.T) {
				check(t, fifo(kind.capacity(capacity), kind.early), func(h *history, r *rand.Rand) {
					q := kind.make(capacity)
					clients, turns := 2+r.IntN(3), 2+r.IntN(5)
					scripts := make([][]any, clients)
					item := byte(0)
					for i := range scripts {
						for range turns {
							if r.IntN(2) == 0 {
								item++
								scripts[i] = append(scripts[i], push{item})
							} else {
								scripts[i] = append(scripts[i], pop{})
							}
						}
					}
					if kind.name != "SCQ" && r.IntN(3) == 0 {
						scripts[0][turns-1] = closes{}
					}
					together(clients, func(client int) {
						for i, op := range scripts[client] {
							h.do(client, op, func() any { return act(q, op) })
							if (i+client)%3 == 0 {
								runtime.Gosched()
							}
						}
					})
				})
			})
		}
	}
}

func act(q queue, op any) any {
	switch op := op.(type) {
	case push:
		return pushed(q.TryPush(op.item))
	case pop:
		v, ok := q.TryPop()
		return popped{v, ok}
	}
	q.Close()
	return nil
}

// closable gives a queue that cannot be closed the method, which is not called.
type closable struct{ *ringbuffer.SCQ[byte] }

func (closable) Close() {}
