//go:build model

package rings_test

import (
	"fmt"
	"strings"

	"github.com/user/millrace/fuzz/thirdparty/rings"
	"github.com/user/millrace/internal/explore"
)

// A deed is a push of a letter, or a pop.
type deed byte

const pop deed = '-'

// A line of deeds is what one goroutine does.
type line string

func (l line) String() string { return "[" + strings.Join(strings.Split(string(l), ""), " ") + "]" }

// A ringCase is what a ring holds at first, and what is done to it.
type ringCase struct {
	name  string
	full  bool
	lines []line
}

var ringCases = []ringCase{
	{"push against pop", false, []line{"ab", "--"}},
	{"push against push", false, []line{"ab", "c"}},
	{"two pushes against pop", false, []line{"a", "b", "-"}},
	{"empty against push", false, []line{"--", "a", "-"}},
	{"pushes against three pops", false, []line{"ab", "---"}},
	{"full against pop", true, []line{"ab", "--"}},
	{"full against pop and push", true, []line{"a", "-", "b"}},
	{"pop against pop", true, []line{"--", "-"}},
	{"late push", true, []line{"a", "--", "bc"}},
	{"late pop", true, []line{"-", "--", "a"}},
	{"laps", true, []line{"-", "-a-b-"}},
}

// fits reports whether the ring allows so many producers and consumers.
func (c *ringCase) fits(r *rings.Ring) bool {
	producers, consumers := 0, 0
	for _, l := range c.lines {
		if strings.Contains(string(l), "-") {
			consumers++
		}
		if strings.Trim(string(l), "-") != "" {
			producers++
		}
	}
	return (r.Producers == 0 || producers <= r.Producers) && (r.Consumers == 0 || consumers <= r.Consumers)
}

// A call is one that was made: of a push, what went in, of a pop, what came out.
type call struct {
	pop   bool
	value string
}

func (c call) String() string {
	switch {
	case c.pop && c.value == "":
		return "pop: empty"
	case c.pop:
		return "pop " + c.value
	case c.value == "":
		return "push: full"
	}
	return "push " + c.value
}

func do(q rings.Queue, d deed) call {
	if d == pop {
		v, ok := q.TryPop()
		if !ok {
			return call{pop: true}
		}
		return call{true, string(rune(v.ID))}
	}
	if !q.TryPush(rings.Item{ID: uint64(d)}) {
		return call{}
	}
	return call{value: string(rune(d))}
}

// A law is what holds for the calls, one after the other.
type law struct {
	room        int  // 0 for any number
	full, empty bool // may be said at any time
}

// promised is the law by the documentation of a ring.
func promised(r *rings.Ring, size int) law {
	return law{room: r.Room(size), full: r.SaysFull, empty: r.SaysEmpty}
}

func (l law) apply(in string, c call) (string, bool) {
	switch {
	case !c.pop && c.value == "":
		return in, l.full || len(in) == l.room && l.room > 0
	case !c.pop:
		return in + c.value, l.room == 0 || len(in) < l.room
	case c.value == "":
		return in, l.empty || in == ""
	}
	rest, ok := strings.CutPrefix(in, c.value)
	return rest, ok
}

// scenario says how the case goes on a ring: there is an order of the calls that the
// law allows, and what is left can be popped.
func scenario(r *rings.Ring, l law, size int, c ringCase) func(*explore.X) {
	return func(x *explore.X) {
		q := r.New(size)
		x.Name("q", q)
		h := explore.Record[call](x)
		if c.full {
			n := l.room
			if n == 0 {
				n = 2
			}
			for _, d := range "uvwx"[:n] {
				h.Do("first", func() call { return do(q, deed(d)) })
			}
		}
		for i, deeds := range c.lines {
			x.Go(fmt.Sprint("g", i+1), func() {
				for _, d := range []byte(deeds) {
					h.Do(string(d), func() call { return do(q, deed(d)) })
				}
			})
		}
		x.After(func() error {
			for left := true; left; {
				h.Do("drain", func() call {
					c := do(q, pop)
					left = c.value != ""
					return c
				})
			}
			for i := range l.room {
				if !q.TryPush(rings.Item{}) {
					return fmt.Errorf("drained, and full with %d of %d", i, l.room)
				}
			}
			return explore.Linearizable(h, "", l.apply)
		})
	}
}
