//go:build model

package explore

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"unsafe"

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
		s.name(n.name, reflect.ValueOf(n.ptr), 6)
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
		fmt.Fprintf(&b, "%4d %s %-14s %s\n", i+1, mark, e.threads[ev.thread].name, s.tell(&ev.op))
	}
	return b.String()
}

// tell says what o did, and where.
func (s *storyteller) tell(o *op) string {
	what := fmt.Sprintf("%s %s", o.kind, s.outcome(o))
	return strings.TrimRight(fmt.Sprintf("%-34s %s", what, s.place(o.pcs)), " ")
}

func (s *storyteller) outcome(o *op) string {
	switch o.kind {
	case load:
		return s.nameOf(o) + " = " + s.value(o, o.old)
	case store, update:
		if !o.changed {
			return s.nameOf(o) + " stays " + s.value(o, o.old)
		}
		return s.nameOf(o) + ": " + s.value(o, o.old) + " → " + s.value(o, o.new)
	case tryLock:
		if !o.changed {
			return s.nameOf(o) + ": held"
		}
		return s.nameOf(o)
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
		return o.what
	case start, pause:
		return ""
	}
	return s.nameOf(o)
}

// nameOf names the object of o.
func (s *storyteller) nameOf(o *op) string {
	if name, ok := s.names[uintptr(o.addr)]; ok {
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

// name walks what v points at, down to a depth, and names the words in it.
func (s *storyteller) name(name string, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && depth > 0 {
			s.name(name, v.Elem(), depth-1)
		}
		return
	case reflect.Slice, reflect.Array:
		for i := range min(v.Len(), 64) {
			s.name(fmt.Sprintf("%s[%d]", name, i), v.Index(i), depth)
		}
		return
	case reflect.Struct:
	default:
		return
	}
	if v.CanAddr() {
		s.names[uintptr(unsafe.Pointer(v.UnsafeAddr()))] = name
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Name != "_" && !strings.Contains(v.Type().PkgPath(), "atomic") {
			s.name(name+"."+f.Name, v.Field(i), depth)
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
		b.WriteString(route(t.op.pcs))
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
