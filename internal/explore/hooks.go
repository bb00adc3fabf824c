//go:build model

package explore

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/internal/invariant"
)

// hooks is the explorer as internal/atomics, internal/threads and internal/random see it. In
// the setup and in predicates steps are not intercepted.
type hooks struct{ e *execution }

var _ hook.Watcher = hooks{}

// word is announced by operations whose word has no type.
func (h hooks) Step(o hook.Op, addr unsafe.Pointer) { h.StepWord(o, hook.Uint32, addr) }

func (h hooks) StepWord(o hook.Op, word hook.Word, addr unsafe.Pointer) {
	e := h.e
	if !e.live {
		e.passing()
		return
	}
	e.take(op{kind: kindOf[o], word: word, obj: e.object(addr)}, matter{addr: addr})
}

// passing counts the steps of the setup or a predicate.
func (e *execution) passing() {
	if e.passed++; e.passed > 1_000_000 {
		panic("no end, where nobody else steps")
	}
}

func (h hooks) Stepped() {
	e := h.e
	if !e.late || !e.live || e.aborting {
		return
	}
	e.settle()
	if o := e.running.op; o.changed {
		e.take(op{kind: after, obj: o.obj, changed: true}, matter{})
	}
}

func (h hooks) Pause() {
	if !h.e.live {
		h.e.passing()
		return
	}
	if invariant.Enabled && calledBy("widenWindow") {
		return
	}
	h.e.take(op{kind: pause}, matter{})
}

// calledBy reports whether the function of that name is among the next callers. It
// pauses by chance, and only to open a window that is open here anyway.
func calledBy(name string) bool {
	var pcs [4]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, name) {
			return true
		}
		if !more {
			return false
		}
	}
}

func (h hooks) Go(f func()) {
	if h.e.aborting {
		return
	}
	h.e.fence()
	if t := h.e.add(h.e.nameOf(f), f); t != nil {
		t.spawned = true
	}
}

// nameOf names a thread by its function.
func (e *execution) nameOf(f func()) string {
	name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	name = strings.TrimSuffix(name[strings.LastIndex(name, "/")+1:], "-fm")
	_, name, _ = strings.Cut(name, ".") // leaves out the package
	return e.unique(strings.NewReplacer("[...]", "", "(*", "", ")", "").Replace(name))
}

// unique adds a number to a name that another thread has.
func (e *execution) unique(name string) string {
	n := 1
	for _, t := range e.threads {
		if t.name == name || strings.HasPrefix(t.name, name+"#") {
			n++
		}
	}
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s#%d", name, n)
}

func (h hooks) Park(parker unsafe.Pointer, done <-chan struct{}) bool {
	e := h.e
	o := op{kind: park, obj: e.object(parker), timed: done != nil, other: e.object(doneAddr(done))}
	if !e.live {
		if s := &e.state[o.obj]; s.token || o.timed && isClosed(done) {
			ok := s.token
			s.token = false
			return ok
		}
		panic("explore: Park would block, outside of an execution")
	}
	return e.take(o, matter{done: done}).ok
}

// doneAddr tells done channels apart.
func doneAddr(done <-chan struct{}) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&done)) }

func (h hooks) Unpark(parker unsafe.Pointer) {
	e := h.e
	obj := e.object(parker)
	if !e.live {
		e.state[obj].token = true
		return
	}
	e.take(op{kind: unpark, obj: obj}, matter{})
}

func (h hooks) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	e := h.e
	if e.aborting {
		return func() bool { return true }
	}
	e.fence()
	tm := &timer{never: d >= Never}
	obj := e.object(unsafe.Pointer(tm))
	tm.thread = e.add(e.nameOf(f), f)
	if tm.thread == nil {
		return func() bool { return true }
	}
	tm.thread.spawned = true
	tm.thread.op, tm.thread.matter = op{kind: fire, obj: obj}, matter{timer: tm}
	return func() bool {
		if !e.live {
			inTime := !tm.over
			tm.over = true
			return inTime
		}
		return e.take(op{kind: stopping, obj: obj, target: int32(tm.thread.id)}, matter{timer: tm}).ok
	}
}

func (h hooks) Choose(n int) int { return h.e.chooseOne(n) }

// chooseOne lets the strategy choose one of 0 … n-1.
func (e *execution) chooseOne(n int) int {
	if n <= 1 || e.aborting {
		return 0
	}
	if !e.live && e.settled > 0 {
		panic("explore: Choose in a predicate")
	}
	e.settle()
	v := e.strategy.choose(e, n)
	e.decisions = append(e.decisions, ^decision(v))
	if t := e.running; t != nil {
		t.hash = mix(t.hash, uint64(v))
		e.hash += t.hash
	} else {
		e.hash = mix(e.hash, uint64(v))
	}
	return v
}
