//go:build model

package explore

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// A History is a record of calls, each of type C: what was called and its result.
//
// The beginning and the end of a call are steps. Which call ended before which began counts as
// an order that matters.
type History[C any] struct {
	e     *execution
	turn  int
	calls []recorded[C]
}

type recorded[C any] struct {
	call     C
	from, to int // the turns at which it began and ended
}

// Record returns an empty History of an execution.
func Record[C any](x *X) *History[C] { return &History[C]{e: x.e} }

// Do makes a call and records it.
func (h *History[C]) Do(what string, call func() C) {
	h.step(invoke, what)
	from := h.turn
	c := call()
	h.step(respond, fmt.Sprint(c))
	h.calls = append(h.calls, recorded[C]{c, from, h.turn})
}

func (h *History[C]) step(k kind, what string) {
	if h.e.live {
		h.e.take(op{kind: k, obj: h.e.object(unsafe.Pointer(h))}, matter{what: what})
	}
	h.turn++
}

// Linearizable reports whether the calls can be put in an order, each at an instant between its
// beginning and its end, in which apply accepts them one after the other, starting from the state
// initial. apply returns the state after the call, and false if the call cannot have this result.
//
// It tries the orders one after the other, as Wing and Gong do ("Testing and Verifying Concurrent
// Objects", 1993), which is feasible for about a dozen calls. All calls must have ended.
func Linearizable[C any, S comparable](h *History[C], initial S, apply func(S, C) (S, bool)) error {
	type point struct {
		done  uint64
		state S
	}
	seen := map[point]bool{}
	var try func(at point) bool
	try = func(at point) bool {
		if at.done == 1<<len(h.calls)-1 {
			return true
		}
		if seen[at] {
			return false
		}
		seen[at] = true
		for i := range h.calls {
			if !h.next(at.done, i) {
				continue
			}
			if state, ok := apply(at.state, h.calls[i].call); ok && try(point{at.done | 1<<i, state}) {
				return true
			}
		}
		return false
	}
	if try(point{0, initial}) {
		return nil
	}
	return errors.New("no order explains the calls: " + h.String())
}

// next reports whether call i may come next, after those done.
func (h *History[C]) next(done uint64, i int) bool {
	if done>>i&1 != 0 {
		return false
	}
	for k := range h.calls {
		if done>>k&1 == 0 && h.calls[k].to < h.calls[i].from {
			return false
		}
	}
	return true
}

// String lists the calls in the order they ended, each with the turns of its beginning
// and end.
func (h *History[C]) String() string {
	var b strings.Builder
	for i, r := range h.calls {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%v [%d %d]", r.call, r.from, r.to)
	}
	return b.String()
}
