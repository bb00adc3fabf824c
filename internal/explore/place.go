//go:build model

package explore

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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
