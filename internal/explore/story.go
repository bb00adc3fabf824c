//go:build model

package explore

import (
	"fmt"
	"strings"

	"github.com/user/millrace/internal/hook"
)

// A storyteller writes down the steps of an execution.
type storyteller struct {
	e        *execution
	names    map[uintptr]string
	pointers map[uint64]int
	lines    map[string][]string // of source files
}

// longStory is how many lines of a long story are printed from its beginning, and as many from
// its end.
const longStory = 300

// story returns the steps of a traced execution, one a line: its number, > where
// another goroutine was put aside for it, the goroutine, what it did, and where.
func (e *execution) story() string {
	s := &storyteller{e: e, names: map[uintptr]string{}, pointers: map[uint64]int{}, lines: map[string][]string{}}
	for _, n := range e.scenario.names {
		s.name(n)
	}
	width := 0
	for _, t := range e.threads {
		width = max(width, len(t.name))
	}
	var b strings.Builder
	for i := range e.events {
		if rest := len(e.events) - i; i >= longStory && rest > longStory {
			if i == longStory {
				fmt.Fprintf(&b, "%4d more\n", rest-longStory)
			}
			continue
		}
		ev := &e.events[i]
		mark := " "
		if ev.preempted {
			mark = ">"
		}
		fmt.Fprintf(&b, "%4d %s %-*s %s\n", i+1, mark, width, e.threads[ev.thread].name, s.tell(&ev.op, &e.matters[i]))
	}
	return b.String()
}

// tell returns what o did, and where.
func (s *storyteller) tell(o *op, m *matter) string {
	what := fmt.Sprintf("%s %s", o.kind, s.outcome(o, m))
	return strings.TrimRight(fmt.Sprintf("%-46s %s", what, s.place(m.pcs)), " ")
}

func (s *storyteller) outcome(o *op, m *matter) string {
	switch o.kind {
	case load:
		return s.nameOf(o, m) + " = " + s.value(o, o.old)
	case store, update:
		if !o.changed {
			return s.nameOf(o, m) + " stays " + s.value(o, o.old)
		}
		return s.nameOf(o, m) + ": " + s.value(o, o.old) + " → " + s.value(o, o.new)
	case tryLock:
		if !o.changed {
			return s.nameOf(o, m) + ": held"
		}
		return s.nameOf(o, m)
	case park:
		if !o.ok {
			return fmt.Sprintf("#%d: done", o.obj)
		}
		return fmt.Sprintf("#%d", o.obj)
	case stopping:
		if !o.ok {
			return fmt.Sprintf("#%d: too late", o.obj)
		}
		return fmt.Sprintf("#%d", o.obj)
	case invoke, respond:
		return m.what
	case start, pause:
		return ""
	}
	return s.nameOf(o, m)
}

// nameOf names the object of o.
func (s *storyteller) nameOf(o *op, m *matter) string {
	if name, ok := s.names[uintptr(m.addr)]; ok {
		return name
	}
	return fmt.Sprintf("#%d", o.obj)
}

// value writes a value of a word; pointers get a number each.
func (s *storyteller) value(o *op, v uint64) string {
	switch o.word {
	case hook.Bool:
		return fmt.Sprint(v != 0)
	case hook.Int32:
		return fmt.Sprint(int32(v))
	case hook.Int64:
		return fmt.Sprint(int64(v))
	case hook.Pointer:
		if v == 0 {
			return "nil"
		}
		if s.pointers[v] == 0 {
			s.pointers[v] = len(s.pointers) + 1
		}
		return fmt.Sprintf("&%d", s.pointers[v])
	}
	if v > 9999 {
		return fmt.Sprintf("%#x", v)
	}
	return fmt.Sprint(v)
}
