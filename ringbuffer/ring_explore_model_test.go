//go:build model

package ringbuffer

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/user/millrace/internal/explore"
)

// A queue is what the rings have in common.
type queue interface {
	TryPush(v byte) bool
	TryPop() (byte, bool)
	TryPushBatch(vs []byte) int
	TryPopBatch(dst []byte) int
	Len() int
}

// An attempter has attempts, which do not wait.
type attempter interface {
	queue
	Offer(v byte) Status
	Poll() (byte, Status)
	Ready() bool
	IsEmpty() bool
	Close()
}

// A call is one call of a queue whose values are letters, and its result.
type call struct {
	name   string // push, pop, close, len, ready, empty
	values string // that went in or came out
	n      int
}

func (c call) String() string { return fmt.Sprintf("%s %q %d", c.name, c.values, c.n) }

// A deed makes a call.
type deed struct {
	name string
	do   func(q queue) call
}

func push(v byte) deed {
	return deed{"push " + string(v), func(q queue) call {
		if q.TryPush(v) {
			return call{name: "push", values: string(v)}
		}
		return call{name: "push"}
	}}
}

func pop() deed {
	return deed{"pop", func(q queue) call {
		if v, ok := q.TryPop(); ok {
			return call{name: "pop", values: string(v)}
		}
		return call{name: "pop"}
	}}
}

func pushBatch(vs string) deed {
	return deed{"push " + vs, func(q queue) call {
		return call{name: "push", values: vs[:q.TryPushBatch([]byte(vs))]}
	}}
}

func popBatch(n int) deed {
	return deed{"pop some", func(q queue) call {
		dst := make([]byte, n)
		return call{name: "pop", values: string(dst[:q.TryPopBatch(dst)])}
	}}
}

func offer(v byte) deed {
	return deed{"offer " + string(v), func(q queue) call {
		switch q.(attempter).Offer(v) {
		case Done:
			return call{name: "push", values: string(v)}
		case Busy:
			return call{name: "busy"}
		}
		return call{name: "push"}
	}}
}

func poll() deed {
	return deed{"poll", func(q queue) call {
		switch v, status := q.(attempter).Poll(); status {
		case Done:
			return call{name: "pop", values: string(v)}
		case Busy:
			return call{name: "busy"}
		}
		return call{name: "pop"}
	}}
}

func shut() deed {
	return deed{"close", func(q queue) call { q.(attempter).Close(); return call{name: "close"} }}
}

func length() deed {
	return deed{"len", func(q queue) call { return call{name: "len", n: q.Len()} }}
}

func ready() deed {
	return deed{"ready", func(q queue) call {
		if q.(attempter).Ready() {
			return call{name: "ready"}
		}
		return call{name: "busy"} // it says little
	}}
}

func empty() deed {
	return deed{"empty", func(q queue) call {
		if q.(attempter).IsEmpty() {
			return call{name: "empty"}
		}
		return call{name: "not empty"}
	}}
}

// A fifo is the content of a queue, oldest first, after a bar if it is closed.
type fifo string

func (q fifo) values() string { return strings.TrimPrefix(string(q), "|") }
func (q fifo) closed() bool   { return strings.HasPrefix(string(q), "|") }

// A law holds for the calls of a queue, one after the other.
type law struct {
	capacity  int  // 0 for no bound
	earlyFull bool // a push may be refused though there is room
	noBusy    bool // attempts have an answer
}

func (l law) apply(q fifo, c call) (fifo, bool) {
	in := q.values()
	switch c.name {
	case "close":
		return fifo("|" + in), true
	case "len":
		return q, c.n == len(in)
	case "ready", "not empty":
		return q, in != ""
	case "empty":
		return q, in == ""
	case "push":
		if c.values == "" {
			return q, q.closed() || len(in) == l.capacity && l.capacity > 0 || l.earlyFull
		}
		return q + fifo(c.values), !q.closed() && (l.capacity == 0 || len(in)+len(c.values) <= l.capacity)
	case "pop":
		rest, found := strings.CutPrefix(in, c.values)
		return fifo(strings.TrimSuffix(string(q), in) + rest), found && (c.values != "" || in == "")
	}
	return q, !l.noBusy // busy
}

// A ringCase is a queue with its initial content, and what goroutines do to it.
type ringCase struct {
	name   string
	first  string // is pushed
	actors [][]deed
	noBusy bool
}

// exploreRing explores cases on a queue, each also with what follows a write coming
// late: the calls must have an order that the law allows, those that drain the queue at
// the end among them.
func exploreRing(t *testing.T, l law, fresh func() queue, cases []ringCase) {
	for _, c := range cases {
		l := l
		l.noBusy = c.noBusy
		scenario := func(x *explore.X) { c.run(x, l, fresh()) }
		t.Run(c.name, func(t *testing.T) {
			explore.Run(t, explore.Config{Preemptions: explore.All}, scenario)
		})
		t.Run(c.name+", late", func(t *testing.T) {
			explore.Run(t, explore.Config{Late: true}, scenario)
		})
		t.Run(c.name+", buffers", func(t *testing.T) {
			explore.Run(t, explore.Config{Buffers: true}, scenario)
		})
	}
}

// run is the scenario of the case, on an empty queue.
func (c *ringCase) run(x *explore.X, l law, q queue) {
	x.Name("q", q)
	h := explore.Record[call](x)
	for _, v := range []byte(c.first) {
		h.Do("first", func() call { return push(v).do(q) })
	}
	for i, deeds := range c.actors {
		x.Go(fmt.Sprint("g", i+1), func() {
			for _, d := range deeds {
				h.Do(d.name, func() call { return d.do(q) })
			}
		})
	}
	x.After(func() error {
		for left := 1; left > 0; {
			h.Do("drain", func() call {
				c := pop().do(q)
				left = len(c.values)
				return c
			})
		}
		if l.capacity > 0 && c.name != "close" {
			for range l.capacity {
				if !q.TryPush('z') {
					return fmt.Errorf("less than %d places are left", l.capacity)
				}
			}
		}
		return explore.Linearizable(h, "", l.apply)
	})
}

// do lists what one goroutine does.
func do(deeds ...deed) []deed { return deeds }

// Goal: each ring answers as a queue would that has one goroutine, whatever is put aside
// where: nothing is lost, doubled or overtaken; full, empty and closed were so; a batch
// is one step; and it goes on over the wrap of its positions.
func TestExploreMPMC(t *testing.T) {
	for capacity := 1; capacity <= 4; capacity *= 2 {
		t.Run(fmt.Sprintf("capacity=%d", capacity), func(t *testing.T) {
			exploreRing(t, law{capacity: capacity}, func() queue {
				return NewMPMCAt[byte](capacity, math.MaxUint64)
			}, slices.Concat(boundedCases(capacity), []ringCase{
				{"offers alone", "", [][]deed{do(offer('a'), offer('b')), do(offer('c'))}, true},
				{"polls alone", "uvwx"[:capacity], [][]deed{do(poll(), poll()), do(poll())}, true},
			}))
		})
	}
}

func TestExplorePtrRing(t *testing.T) {
	for capacity := 1; capacity <= 4; capacity *= 2 {
		t.Run(fmt.Sprintf("capacity=%d", capacity), func(t *testing.T) {
			exploreRing(t, law{capacity: capacity}, func() queue {
				return NewBoxedAt[byte](capacity, math.MaxUint64)
			}, boundedCases(capacity))
		})
	}
}

// boundedCases are those of a ring with attempts.
func boundedCases(capacity int) []ringCase {
	full := "uvwx"[:capacity]
	return []ringCase{
		{"push against pop", "", [][]deed{do(push('a'), push('b')), do(pop(), pop())}, false},
		{"push against push", "", [][]deed{do(push('a'), push('b')), do(push('c'))}, false},
		{"two pushes against pop", "", [][]deed{do(push('a')), do(push('b')), do(pop())}, false},
		{"full against pop", full, [][]deed{do(push('a'), push('b')), do(pop(), pop())}, false},
		{"full against pop and push", full, [][]deed{do(push('a')), do(pop()), do(push('b'))}, false},
		{"empty against push", "", [][]deed{do(pop(), pop()), do(push('a')), do(pop())}, false},
		{"pop against pop", full, [][]deed{do(pop(), pop()), do(pop())}, false},
		{"batches", "", [][]deed{do(pushBatch("abc")), do(popBatch(2), popBatch(2))}, false},
		{"batches beside others", full[:1], [][]deed{do(pushBatch("ab")), do(popBatch(2)), do(push('c'))}, false},
		{"batches full", full, [][]deed{do(pushBatch("ab")), do(popBatch(4)), do(pop())}, false},
		{"attempts", "", [][]deed{do(offer('a'), offer('b')), do(poll(), poll())}, false},
		{"attempts full", full, [][]deed{do(offer('a')), do(poll(), poll()), do(offer('b'))}, false},
		{"close", full[1:], [][]deed{do(push('a')), do(shut(), pop()), do(pop())}, false},
		{"len", full[1:], [][]deed{do(length()), do(push('a')), do(pop())}, false},
		{"ready", full[1:], [][]deed{do(ready()), do(push('a')), do(pop())}, false},
		{"empty", full[:1], [][]deed{do(empty(), empty()), do(push('a')), do(pop(), pop())}, false},
	}
}

// Goal: as TestExploreMPMC, but a full answer may come early.
func TestExploreSCQ(t *testing.T) {
	for capacity := 1; capacity <= 4; capacity *= 2 {
		full := "uvwx"[:capacity]
		cases := []ringCase{
			{"push against pop", "", [][]deed{do(push('a')), do(pop())}, false},
			{"pushes against pops", "", [][]deed{do(push('a'), push('b')), do(pop(), pop())}, false},
			{"two pushes against pop", "", [][]deed{do(push('a')), do(push('b')), do(pop())}, false},
			{"full against pop", full, [][]deed{do(push('a')), do(pop())}, false},
			{"full against pops", full, [][]deed{do(push('a'), push('b')), do(pop(), pop())}, false},
			{"empty against push", "", [][]deed{do(pop()), do(push('a')), do(pop())}, false},
			{"pop against pop", full, [][]deed{do(pop(), pop()), do(pop())}, false},
			{"late pop", full, [][]deed{do(pop()), do(pop(), pop()), do(push('a'))}, false},
			{"late push", full, [][]deed{do(push('a')), do(pop(), pop()), do(push('b'), push('c'))}, false},
			{"laps", "u", [][]deed{do(pop()), do(pop(), push('a'), pop(), push('b'), pop())}, false},
		}
		t.Run(fmt.Sprintf("capacity=%d", capacity), func(t *testing.T) {
			exploreRing(t, law{capacity: capacity, earlyFull: true}, func() queue {
				return NewSCQAt[byte](capacity, math.MaxUint64)
			}, cases)
		})
	}
}

// Goal: as TestExploreMPMC, with rings of one value or two, so that they are linked and
// left all the time; and once a push was refused, all are.
func TestExploreUnbounded(t *testing.T) {
	cases := []ringCase{
		{"push against pop", "", [][]deed{do(push('a'), push('b')), do(pop(), pop())}, false},
		{"two pushes against pop", "", [][]deed{do(push('a')), do(push('b')), do(pop())}, false},
		{"segment change", "u", [][]deed{do(push('a'), push('b')), do(pop(), pop())}, false},
		{"segment change by two", "u", [][]deed{do(push('a')), do(push('b')), do(pop())}, false},
		{"leaving beside a late push", "u", [][]deed{do(push('a')), do(push('b')), do(pop(), pop())}, false},
		{"leaving", "uv", [][]deed{do(pop(), pop()), do(pop()), do(push('a'))}, false},
		{"empty against push", "", [][]deed{do(pop(), pop()), do(push('a')), do(pop())}, false},
		{"batch out", "u", [][]deed{do(push('a'), push('b')), do(popBatch(2), popBatch(2))}, false},
		{"attempts", "u", [][]deed{do(offer('a'), offer('b')), do(poll(), poll())}, false},
		{"close", "u", [][]deed{do(push('a')), do(shut()), do(pop())}, false},
		{"close against close", "", [][]deed{do(push('a'), push('b')), do(shut(), push('c')), do(shut())}, false},
		{"len", "u", [][]deed{do(length()), do(push('a')), do(pop())}, false},
		{"ready beside a late push", "", [][]deed{do(push('a')), do(push('b'), push('c')), do(ready())}, false},
		{"ready", "u", [][]deed{do(ready()), do(push('a')), do(pop(), pop())}, false},
		{"empty", "u", [][]deed{do(empty(), empty()), do(push('a'), push('b')), do(pop(), pop())}, false},
	}
	for first := 1; first <= 2; first++ {
		t.Run(fmt.Sprintf("first=%d", first), func(t *testing.T) {
			exploreRing(t, law{}, func() queue {
				return NewUnboundedAt[byte](first, math.MaxUint64, 2)
			}, cases)
		})
	}
}
