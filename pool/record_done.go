package pool

import (
	"context"
	"sync"
	"sync/atomic"
)

// A completion tells any number of waiters, once, that a record has its outcome.
//
// state is a stack of waiters until complete replaces it with completed. Adding a
// waiter and completing are compare-and-swaps of that one word, so a waiter is
// either woken or told that it came too late.
type completion struct {
	state  atomic.Pointer[waiter]
	closer atomic.Pointer[waiter] // of done; only from nil to non-nil
}

// A waiter waits for one completion: on a channel that is closed, or on one with
// room for a token, which can be used again.
type waiter struct {
	next   *waiter
	wake   chan struct{}
	closes bool
}

// completed is the state of every completion that is done. It holds no channel.
var completed = new(waiter)

func (c *completion) isDone() bool { return c.state.Load() == completed }

// complete wakes the waiters. It must be called once.
func (c *completion) complete() {
	for w := c.state.Swap(completed); w != nil; {
		next := w.next // once woken, w may be used again
		if w.closes {
			close(w.wake)
		} else {
			w.wake <- struct{}{}
		}
		w = next
	}
}

// add adds w and reports true, or false if c is done.
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

// remove takes back w, which must be the only waiter, and reports true. It reports
// false if c is done and w is woken or about to be.
func (c *completion) remove(w *waiter) bool { return c.state.CompareAndSwap(w, nil) }

// done returns a channel that is closed once c is done, the same one for every
// caller.
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

// waiters lends waiters whose channels take a token. It belongs to one pool: a
// channel made inside a testing/synctest bubble must not leave the bubble.
type waiters struct{ free sync.Pool }

func (ws *waiters) borrow() *waiter {
	if w, ok := ws.free.Get().(*waiter); ok {
		return w
	}
	return &waiter{wake: make(chan struct{}, 1)}
}

// giveBack takes a waiter whose channel is empty and that no completion holds.
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

// awaitInside waits for the outcome of the record on behalf of a task of the same
// pool, and runs the record whenever it is in the queue: every worker may be
// waiting like this one. It returns the error of ctx if ctx ends first.
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

// A broadcast wakes the goroutines that wait for something that can happen again
// and again. Its zero value is ready.
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
