package pool

import (
	"sync"
	"sync/atomic"
)

// A bell rings once, for an outcome, and wakes all who listen.
//
// state is a stack of listeners until the bell rings, then rung. Both orders of
// listening and ringing end well, since one word decides.
type bell struct {
	state  atomic.Pointer[listener]
	closer atomic.Pointer[listener] // of done; only from nil to non-nil
}

// A listener waits for one bell: on a channel that is closed, or on one with
// room for a token, which can be used again.
type listener struct {
	next   *listener
	wake   chan struct{}
	closes bool
}

// rung marks a bell that has rung. It holds no channel.
var rung = new(listener)

func (b *bell) hasRung() bool { return b.state.Load() == rung }

// ring wakes the listeners. It must be called once.
func (b *bell) ring() {
	for l := b.state.Swap(rung); l != nil; {
		next := l.next // once woken, l may be used again
		if l.closes {
			close(l.wake)
		} else {
			l.wake <- struct{}{}
		}
		l = next
	}
}

// listen adds l and reports true, or false if the bell has rung.
func (b *bell) listen(l *listener) bool {
	for {
		top := b.state.Load()
		if top == rung {
			return false
		}
		l.next = top
		if b.state.CompareAndSwap(top, l) {
			return true
		}
	}
}

// done returns a channel that is closed once the bell has rung, the same one for
// all who ask.
func (b *bell) done() <-chan struct{} {
	if l := b.closer.Load(); l != nil {
		return l.wake
	}
	l := &listener{wake: make(chan struct{}), closes: true}
	if !b.closer.CompareAndSwap(nil, l) {
		return b.closer.Load().wake // whoever made it lets it listen
	}
	if !b.listen(l) {
		close(l.wake)
	}
	return l.wake
}

// leave takes back l, which must be the only listener, and reports true, or
// false if the bell has rung and l is woken or about to be.
func (b *bell) leave(l *listener) bool { return b.state.CompareAndSwap(l, nil) }

// listeners lends listeners whose channels take a token. It belongs to one pool:
// a channel made inside a testing/synctest bubble must not leave it.
type listeners struct{ free sync.Pool }

func (ls *listeners) borrow() *listener {
	if l, ok := ls.free.Get().(*listener); ok {
		return l
	}
	return &listener{wake: make(chan struct{}, 1)}
}

// hear waits until b has rung.
func (ls *listeners) hear(b *bell) {
	if b.hasRung() {
		return
	}
	l := ls.borrow()
	if b.listen(l) {
		<-l.wake
	}
	ls.giveBack(l)
}

// giveBack takes a listener whose channel is empty and that no bell knows.
func (ls *listeners) giveBack(l *listener) {
	l.next = nil
	ls.free.Put(l)
}
