//go:build model

package explore

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"

	"github.com/user/millrace/internal/hook"
)

// callers returns where the code under test is.
func callers() []uintptr {
	pcs := make([]uintptr, 32)
	return pcs[:runtime.Callers(4, pcs)]
}

// ours says which frames belong to the machinery.
var ours = []string{"/internal/explore.", "/internal/hook.", "/internal/atomics.", "/internal/threads.", "/internal/random."}

// frames returns the functions in which the code under test is, innermost first.
func frames(pcs []uintptr) (found []runtime.Frame) {
	if len(pcs) == 0 {
		return nil
	}
	all := runtime.CallersFrames(pcs)
	for {
		f, more := all.Next()
		if strings.HasPrefix(f.Function, "iter.") {
			return found
		}
		if !machinery(f) {
			found = append(found, f)
		}
		if !more {
			return found
		}
	}
}

func machinery(f runtime.Frame) bool {
	if strings.HasPrefix(f.Function, "runtime.") {
		return true
	}
	if strings.HasSuffix(f.File, "_test.go") {
		return false
	}
	for _, p := range ours {
		if strings.Contains(f.Function, p) {
			return true
		}
	}
	return false
}

// A storyteller writes down the steps of an execution.
type storyteller struct {
	e        *execution
	names    map[uintptr]string
	pointers map[uint64]int
	lines    map[string][]string // of source files
}

// Of a story, so many lines from the beginning and as many from the end are printed.
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

// tell says what o did, and where.
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

// place returns the line in which the code under test is, and by whom it was called.
func (s *storyteller) place(pcs []uintptr) string {
	all := frames(pcs)
	if len(all) == 0 {
		return ""
	}
	at := position(all[0])
	if len(all) > 1 {
		at += " < " + position(all[1])
	}
	return fmt.Sprintf("%-40s %s", at, s.line(all[0]))
}

func position(f runtime.Frame) string {
	return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
}

// line returns the source line of f, "" if there is no source.
func (s *storyteller) line(f runtime.Frame) string {
	lines, ok := s.lines[f.File]
	if !ok {
		src, _ := os.ReadFile(f.File)
		lines = strings.Split(string(src), "\n")
		s.lines[f.File] = lines
	}
	if f.Line > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[f.Line-1])
}

// A named is what a scenario wants to be named in stories.
type named struct {
	name string
	ptr  any
}

// name names the words in what ptr points at, and what can be reached from there, by the
// shortest ways.
func (s *storyteller) name(root named) {
	type place struct {
		name string
		v    reflect.Value
	}
	queue := []place{{root.name, reflect.ValueOf(root.ptr)}}
	met := map[uintptr]bool{}
	for len(queue) > 0 && len(met) < 1000 {
		p := queue[0]
		queue = queue[1:]
		switch v := p.v; v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() && !met[v.Pointer()] {
				met[v.Pointer()] = true
				queue = append(queue, place{p.name, v.Elem()})
			}
		case reflect.Interface:
			queue = append(queue, place{p.name, v.Elem()})
		case reflect.Slice, reflect.Array:
			for i := range min(v.Len(), 64) {
				queue = append(queue, place{fmt.Sprintf("%s[%d]", p.name, i), v.Index(i)})
			}
		case reflect.Struct:
			if v.CanAddr() && s.names[v.UnsafeAddr()] == "" {
				s.names[v.UnsafeAddr()] = p.name
			}
			for i := range v.NumField() {
				f := v.Type().Field(i)
				name := p.name + "." + f.Name
				if atomic := strings.HasSuffix(v.Type().PkgPath(), "/atomic"); atomic || strings.HasSuffix(v.Type().PkgPath(), "/atomics") {
					name = p.name // a pointer is what it points at
					if atomic && f.Type.Kind() == reflect.UnsafePointer {
						continue
					}
				}
				queue = append(queue, place{name, v.Field(i)})
			}
		}
	}
}

// whereabouts says where the threads are that have not ended.
func (e *execution) whereabouts() string {
	var b strings.Builder
	for _, t := range e.threads {
		if t.done || t.op.kind == fire {
			continue
		}
		fmt.Fprintf(&b, "  %s: %s", t.name, t.op.kind)
		if t.op.obj != 0 {
			fmt.Fprintf(&b, " #%d", t.op.obj)
		}
		b.WriteString(route(t.matter.pcs))
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n")
}

// route says where code is and by whom it was called.
func route(pcs []uintptr) string {
	var b strings.Builder
	for i, f := range frames(pcs) {
		if i < 6 {
			fmt.Fprintf(&b, " < %s", position(f))
		}
	}
	return b.String()
}
