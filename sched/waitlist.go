package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A waitlist holds goroutines that wait for a condition.
//
// A goroutine that makes the condition true must call check afterwards. A waiter joins
// and then checks itself. If the joining comes first, the check that follows the change
// finds the waiter; if the change comes first, the waiter's own check sees it.
//
// The condition is read after the waiters it answers were taken from the list, so a
// waiter is only released for an instant within its call.
type waitlist struct {
	met     func() bool             // the condition; any goroutine may call it
	waiting atomics.Int32           // number of waiters
	joined  atomics.Pointer[waiter] // a stack
	sweep   combiner
	visit   func() // ws.visitAll, made once
}

// A waiter is one goroutine in a waitlist.
type waiter struct {
	parker *threads.Parker
	next   *waiter // written before the push onto joined, read after it
	state  atomics.Uint32
}

// The states of a waiter. It leaves waiting once, by a compare-and-swap.
const (
	waiting   = iota
	woken     // by the goroutine that found the condition met, or made room
	abandoned // by itself: it waits no more
)

func (ws *waitlist) init(met func() bool) {
	ws.met = met
	ws.visit = ws.visitAll
}

// wait blocks until the condition held at some instant of the call and reports true, or
// false if done was closed first.
func (ws *waitlist) wait(done <-chan struct{}) bool {
	if ws.met() {
		return true
	}
	w := &waiter{parker: threads.NewParker()}
	ws.waiting.Add(1)
	ws.join(w)
	ws.check()
	if w.parker.Park(done) {
		return true
	}
	if !w.state.CompareAndSwap(waiting, abandoned) {
		return true
	}
	ws.check() // drops w
	return false
}

// check releases the waiters if the condition is met. It costs a load if there are none.
// Any goroutine may call it.
func (ws *waitlist) check() {
	if ws.waiting.Load() != 0 {
		ws.sweep.request(ws.visit)
	}
}

func (ws *waitlist) join(w *waiter) {
	for {
		top := ws.joined.Load()
		w.next = top
		if ws.joined.CompareAndSwap(top, w) {
			return
		}
	}
}

// visitAll is the work of sweep.
func (ws *waitlist) visitAll() {
	list := ws.joined.Swap(nil)
	met := list != nil && ws.met()
	for list != nil {
		w := list
		list = w.next
		switch {
		case met && w.state.CompareAndSwap(waiting, woken):
			ws.waiting.Add(-1)
			w.parker.Unpark()
		case w.state.Load() == abandoned:
			ws.waiting.Add(-1)
		default:
			ws.join(w)
		}
	}
}
