//go:build model

package explore

import (
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// A stage runs executions, one after the other, and keeps goroutines for the next one.
type stage struct {
	free []*coroutine
	last *execution

	// resume is called in a goroutine of its own, as a coroutine that calls
	// runtime.Goexit takes the goroutine along that resumed it.
	runs chan func()
	ran  chan any // what it panicked with
}

// run executes the scenario under a strategy. The result is valid until the next run.
func (st *stage) run(scenario func(*X), s strategy, how settings) *execution {
	e := st.fresh()
	e.strategy, e.settings = s, how
	e.scenario = &X{e: e}
	hook.Current = hooks{e}
	defer func() { hook.Current = nil }()
	e.check("setup", func() error { scenario(e.scenario); return nil })
	e.live = true
	e.dispatch()
	e.drive()
	e.abort()
	return e
}

// fresh returns an execution in the memory of the last one.
func (st *stage) fresh() *execution {
	old := st.last
	if old == nil {
		old = &execution{objects: map[unsafe.Pointer]int32{}, state: make([]object, 1)}
	}
	clear(old.objects)
	st.last = &execution{
		stage:     st,
		objects:   old.objects,
		state:     old.state[:1],
		threads:   old.threads[:0],
		events:    old.events[:0],
		decisions: old.decisions[:0],
	}
	return st.last
}

// protect calls f, which resumes coroutines, until it has returned.
func (st *stage) protect(f func()) {
	for returned := false; !returned; {
		if st.runs == nil {
			st.spawn()
		}
		st.runs <- func() { f(); returned = true }
		if p := <-st.ran; p != nil {
			panic(p)
		}
	}
}

// spawn starts the goroutine of protect.
func (st *stage) spawn() {
	st.runs, st.ran = make(chan func()), make(chan any)
	go func(runs chan func(), ran chan any) {
		defer func() {
			if p := recover(); p != nil || st.runs == runs {
				st.runs = nil
				ran <- p
			}
		}()
		for run := range runs {
			run()
			ran <- nil
		}
		st.runs = nil
	}(st.runs, st.ran)
}

// close ends the goroutines.
func (st *stage) close() {
	for _, c := range st.free {
		c.stop()
	}
	if st.runs != nil {
		close(st.runs)
	}
}
