//go:build model

package pheap

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/ringbuffer"
)

// A call is one call of a heap of letters, whose priorities are what they stand for: a is
// the lowest. The heap holds no two of the same.
type call struct {
	name   string // push, push beyond, pop, return, close, len, busy
	values string
	n      int
}

func (c call) String() string { return fmt.Sprintf("%s %q %d", c.name, c.values, c.n) }

// An actor makes calls, and remembers what it polled last.
type actor struct {
	*Heap[byte]
	v   byte // 0 for nothing
	age uint64
}

// A deed is a call that an actor makes.
type deed struct {
	name string
	do   func(h *actor) call
}

func offered(v byte, st ringbuffer.Status) call {
	if st == ringbuffer.Done {
		return call{name: "push", values: string(v)}
	}
	return call{name: "push"}
}

func push(v byte) deed {
	return deed{"push " + string(v), func(h *actor) call { return offered(v, h.Offer(v, int(v))) }}
}

func pushBeyond(v byte) deed {
	return deed{"push beyond " + string(v), func(h *actor) call {
		c := offered(v, h.OfferBeyond(v, int(v)))
		c.name = "push beyond"
		return c
	}}
}

func pop() deed {
	return deed{"pop", func(h *actor) call {
		if v, ok := h.TryPop(); ok {
			return call{name: "pop", values: string(v)}
		}
		return call{name: "pop"}
	}}
}

func poll() deed {
	return deed{"poll", func(h *actor) call {
		v, age, st := h.Poll()
		h.v, h.age = v, age
		switch st {
		case ringbuffer.Done:
			return call{name: "pop", values: string(v)}
		case ringbuffer.Busy:
			return call{name: "busy"}
		}
		return call{name: "pop"}
	}}
}

func giveBack() deed {
	return deed{"return", func(h *actor) call {
		if h.v == 0 {
			return call{name: "busy"}
		}
		h.Return(h.v, int(h.v), h.age)
		return call{name: "return", values: string(h.v)}
	}}
}

func shut() deed {
	return deed{"close", func(h *actor) call { h.Close(); return call{name: "close"} }}
}

func length() deed {
	return deed{"len", func(h *actor) call { return call{name: "len", n: h.Len()} }}
}

// A bag is the content of a heap, the best first, after a bar if it is closed.
type bag string

func (b bag) values() string { return strings.TrimPrefix(string(b), "|") }
func (b bag) closed() bool   { return strings.HasPrefix(string(b), "|") }

func (b bag) with(values string) bag {
	vs := []byte(values)
	slices.Sort(vs)
	slices.Reverse(vs)
	return bag(strings.TrimSuffix(string(b), b.values()) + string(vs))
}

// A law holds for the calls of a heap, one after the other.
type law struct {
	capacity int  // 0 for no bound
	exact    bool // a pop takes the best
}

func (l law) apply(b bag, c call) (bag, bool) {
	in := b.values()
	switch c.name {
	case "close":
		return "|" + bag(in), true
	case "return":
		return b.with(in + c.values), true
	case "len":
		return b, c.n == len(in)
	case "push", "push beyond":
		bounded := l.capacity > 0 && c.name == "push"
		if c.values == "" {
			return b, b.closed() || bounded && len(in) >= l.capacity
		}
		return b.with(in + c.values), !b.closed() && (!bounded || len(in) < l.capacity)
	case "pop":
		if c.values == "" {
			return b, in == ""
		}
		i := strings.Index(in, c.values)
		return b.with(strings.Replace(in, c.values, "", 1)), i == 0 || i > 0 && !l.exact
	}
	return b, true // busy
}

// A heapCase is a heap with its initial content, and what goroutines do to it.
type heapCase struct {
	name     string
	capacity int
	first    string // is pushed
	actors   [][]deed
}

func do(deeds ...deed) []deed { return deeds }

// exploreHeap explores a case, with and without Late. The calls must have an order that the law
// allows. When all have ended, what is left comes out in order, and there is room for as many
// again.
func exploreHeap(t *testing.T, c heapCase, shards int) {
	scenario := func(x *explore.X) { c.run(x, shards) }
	name := fmt.Sprintf("%s, shards=%d", c.name, shards)
	t.Run(name, func(t *testing.T) {
		explore.Run(t, explore.Config{Preemptions: explore.All}, scenario)
	})
	t.Run(name+", late", func(t *testing.T) {
		explore.Run(t, explore.Config{Late: true}, scenario)
	})
	t.Run(name+", buffers", func(t *testing.T) {
		explore.Run(t, explore.Config{Buffers: true}, scenario)
	})
}

// run is the scenario of the case.
func (c *heapCase) run(x *explore.X, shards int) {
	// The first pushes come to one shard or another, and the sequence wraps soon.
	origin := math.MaxUint64 - ageStep*uint64(2+x.Choose(2*shards-1)) + 1
	h := NewAt[byte](Config{Capacity: c.capacity, Shards: shards}, origin)
	x.Name("h", h)
	calls := explore.Record[call](x)
	for _, v := range []byte(c.first) {
		calls.Do("first", func() call { return push(v).do(&actor{Heap: h}) })
	}
	for i, deeds := range c.actors {
		x.Go(fmt.Sprint("g", i+1), func() {
			me := &actor{Heap: h}
			for _, d := range deeds {
				calls.Do(d.name, func() call { return d.do(me) })
			}
		})
	}
	x.After(func() error {
		if err := h.Validate(); err != nil {
			return err
		}
		last := "~"
		for last != "" {
			calls.Do("drain", func() call {
				c := pop().do(&actor{Heap: h})
				if c.values > last {
					x.Fail("%s after %s", c.values, last)
				}
				last = c.values
				return c
			})
		}
		for range c.capacity {
			if !h.TryPush('z', 0) && !h.Closed() {
				return fmt.Errorf("less than %d places are left", c.capacity)
			}
		}
		l := law{capacity: c.capacity, exact: shards == 1}
		return explore.Linearizable(calls, "", l.apply)
	})
}

// Goal: a heap answers as a bag would that has one goroutine, and, with one shard, as a
// priority queue would, whatever is put aside where; and its sequence may wrap.
func TestExploreHeap(t *testing.T) {
	for _, c := range []heapCase{
		{"push against pop", 0, "", [][]deed{do(push('a'), push('b')), do(pop(), pop())}},
		{"push against push", 0, "", [][]deed{do(push('a')), do(push('b')), do(push('c'))}},
		{"two pushes against pop", 0, "", [][]deed{do(push('a')), do(push('b')), do(pop())}},
		{"pop against pop", 0, "ab", [][]deed{do(pop()), do(pop()), do(push('c'))}},
		{"a better one comes", 0, "b", [][]deed{do(push('c')), do(poll(), poll())}},
		{"a worse one comes", 0, "b", [][]deed{do(push('a')), do(poll(), poll())}},
		{"never empty, a better one comes", 0, "b", [][]deed{do(push('c'), pop()), do(poll(), poll())}},
		{"never empty, a worse one comes", 0, "b", [][]deed{do(push('a'), pop()), do(poll(), poll())}},
		{"full against pop", 1, "u", [][]deed{do(push('a')), do(pop()), do(push('b'))}},
		{"full against pops", 2, "uv", [][]deed{do(push('a'), push('b')), do(pop(), pop())}},
		{"beyond the bound", 1, "u", [][]deed{do(pushBeyond('a')), do(push('b')), do(pop())}},
		{"return", 1, "u", [][]deed{do(poll(), giveBack()), do(push('a')), do(pop())}},
		{"return against return", 0, "uv", [][]deed{do(poll(), giveBack()), do(poll(), giveBack())}},
		{"close", 2, "u", [][]deed{do(push('a')), do(shut()), do(pop())}},
		{"len of pushes", 0, "u", [][]deed{do(length()), do(push('a')), do(push('b'))}},
		{"len of pops", 0, "uv", [][]deed{do(length()), do(pop()), do(pop())}},
	} {
		for shards := 1; shards <= 2; shards++ {
			exploreHeap(t, c, shards)
		}
	}
}

// Goal: an item that rests is seen by way of the published tops: Ready says yes, and
// Poll does not say empty.
func TestExploreHeapShowsWhatRests(t *testing.T) {
	for shards := 1; shards <= 3; shards++ {
		t.Run(fmt.Sprintf("shards=%d", shards), func(t *testing.T) {
			explore.Run(t, explore.Config{Preemptions: explore.All}, func(x *explore.X) {
				h := New[byte](Config{Shards: shards})
				h.TryPush('a', 0)
				x.Name("h", h)
				x.Go("others", func() {
					h.TryPush('b', 1)
					if v, _, st := h.Poll(); st == ringbuffer.Done && v == 'a' {
						x.Fail("a came out before b, which was in alone with it")
					}
				})
				x.Go("looks", func() {
					if !h.Ready() {
						x.Fail("Ready says no beside an item that rests")
					}
				})
			})
		})
	}
}
