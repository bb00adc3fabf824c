package pool

import (
	"context"
	"sync"
	"sync/atomic"
)

// A completion tells any number of waiters, once, that a record has its outcome.
//
// state is a stack of waiters until complete replaces it with completed. Adding a
// waiter and completing are atomic operations on that one word, so a waiter is either
// woken or told that the completion is done.
type completion struct {
	state  atomic.Pointer[waiter]
	closer atomic.Pointer[waiter] // the waiter behind the channel of done; set once
}

// A waiter waits for one completion on a channel. Either complete closes the channel, or
// it sends one value and the waiter can be reused.
type waiter struct {
	next   *waiter
	wake   chan struct{}
	closes bool // whether complete closes wake
}

// completed is the state of every completion that is done. It holds no channel.
var completed = new(waiter)

func (c *completion) isDone() bool { return c.state.Load() == completed }

// complete wakes the waiters. It must be called once.
func (c *completion) complete() {
	for w := c.state.Swap(completed); w != nil; {
		next := w.next // once woken, w may be reused
		if w.closes {
			close(w.wake)
		} else {
			w.wake <- struct{}{}
		}
		w = next
	}
}

// add adds w and reports true. It reports false if c is done.
func (c *completion) add(w *waiter) bool {
	for {
		top := c.state.Load()
		if top == completed {
			return false
		}
		w.next = top
		if c.state.CompareAndSwap(top, w) {
			return true
		}
	}
}

// remove removes w, which must be the only waiter, and reports true. It reports false if
// c is done; w is then woken, or about to be.
func (c *completion) remove(w *waiter) bool { return c.state.CompareAndSwap(w, nil) }

// done returns a channel that is closed once c is done. Every call returns the same
// channel.
func (c *completion) done() <-chan struct{} {
	if w := c.closer.Load(); w != nil {
		return w.wake
	}
	w := &waiter{wake: make(chan struct{}), closes: true}
	if !c.closer.CompareAndSwap(nil, w) {
		return c.closer.Load().wake // the call that made it adds it
	}
	if !c.add(w) {
		close(w.wake)
	}
	return w.wake
}

// waiters lends reusable waiters. It belongs to one pool: a channel made inside a
// testing/synctest bubble must not leave the bubble.
type waiters struct{ free sync.Pool }

func (ws *waiters) borrow() *waiter {
	if w, ok := ws.free.Get().(*waiter); ok {
		return w
	}
	return &waiter{wake: make(chan struct{}, 1)}
}

// giveBack returns a waiter for reuse. Its channel must be empty, and no completion may
// hold it.
func (ws *waiters) giveBack(w *waiter) {
	w.next = nil
	ws.free.Put(w)
}

// wait waits until c is done.
func (ws *waiters) wait(c *completion) {
	if c.isDone() {
		return
	}
	w := ws.borrow()
	if c.add(w) {
		<-w.wake
	}
	ws.giveBack(w)
}

// awaitInside waits, inside a task of the same pool, for the outcome of the record. It
// runs the record whenever that is in the queue, because every worker may be waiting
// here. It returns the error of ctx if ctx ends first.
func (r *record) awaitInside(ctx context.Context) error {
	for {
		var requeued <-chan struct{}
		if r.retries > 0 {
			requeued = r.requeued.next() // before the claim, so as not to miss the next one
		}
		if r.claim() {
			r.run(nil)
		}
		err := r.awaitOutcome(ctx, requeued)
		if err != nil || r.completion.isDone() {
			return err
		}
	}
}

// awaitOutcome waits for the outcome, or until requeued is closed. It returns the
// error of ctx if ctx ends first.
func (r *record) awaitOutcome(ctx context.Context, requeued <-chan struct{}) error {
	if r.completion.isDone() {
		return nil
	}
	select {
	case <-r.completion.done():
	case <-requeued:
	case <-ctx.Done():
		if !r.completion.isDone() {
			return ctx.Err()
		}
	}
	return nil
}

// A broadcast wakes the goroutines that wait for a recurring event. Its zero value is
// ready.
type broadcast struct{ channel atomic.Pointer[chan struct{}] }

// next returns a channel that is closed by the next send.
func (b *broadcast) next() <-chan struct{} {
	for {
		if c := b.channel.Load(); c != nil {
			return *c
		}
		c := make(chan struct{})
		if b.channel.CompareAndSwap(nil, &c) {
			return c
		}
	}
}

func (b *broadcast) send() {
	if c := b.channel.Swap(nil); c != nil {
		close(*c)
	}
}
