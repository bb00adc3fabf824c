//go:build model

package explore

import "time"

// maxThreads is how many goroutines an execution can have: one bit each in a word.
const maxThreads = 64

// A thread is a goroutine of an execution. It is a coroutine, so that only the explorer decides
// when it runs.
type thread struct {
	id      int
	name    string
	spawned bool   // by the code under test, not by the scenario
	op      op     // what it does next, or did last
	matter  matter // of op
	done    bool
	born    uint64 // threads that it spawned

	co   *coroutine
	left bool // the coroutine is through

	// Of the pause to come: what was read since the last one, whether anything was
	// changed, and, once it waits, whether the thread may go on.
	window   []int32
	changed  bool
	ready    bool
	pausedAt int // events before it

	stores []lateStore // that others do not see yet
	buffer *thread     // that lets others see them; nil if there were none
	of     *thread     // whose buffer this is; nil if it is none

	able bool // it can step
	from int  // events before it could, or before its last step

	steps uint64 // taken
	hash  uint64 // of its last step, see execution.settle
	clock clock  // what happened before its next step
}

// A timer is what AfterFunc returned.
type timer struct {
	thread *thread
	over   bool // it fired or was stopped
	never  bool // it does not fire
}

// Never is a delay that never ends; a timer of Never or longer does not fire.
const Never = 1000 * time.Hour

// unwound is the panic of a thread that is abandoned.
type unwound struct{}

// add makes a thread that runs f.
func (e *execution) add(name string, f func()) *thread {
	if len(e.threads) == maxThreads {
		e.fail("more than %d goroutines", maxThreads)
		return nil
	}
	t := &thread{id: len(e.threads), name: name}
	if p := e.running; p != nil {
		e.settle()
		p.born++
		t.clock, t.hash = p.clock, mix(p.hash, p.born)
	} else {
		t.hash = mix(1, uint64(t.id))
	}
	t.co = e.stage.start(func() {
		defer e.leave(t)
		if !e.aborting {
			f()
		}
	})
	e.threads = append(e.threads, t)
	return t
}

// leave is deferred by each thread.
func (e *execution) leave(t *thread) {
	p := recover()
	t.done, t.left = true, true
	if e.aborting {
		return
	}
	if p != nil {
		e.fail("panic in %s: %v%s", t.name, p, route(callers()))
	}
	e.settle()
	e.dispatch()
}

// drive runs the threads until the execution is over.
func (e *execution) drive() {
	e.stage.protect(func() {
		for e.running != nil {
			e.running.co.resume()
		}
	})
}

// abort unwinds the threads that have not ended.
func (e *execution) abort() {
	e.aborting = true
	for _, t := range e.threads {
		if !t.left {
			e.stage.protect(func() {
				if !t.left {
					t.co.resume()
				}
			})
		}
		e.stage.keep(t.co)
	}
}
