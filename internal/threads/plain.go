//go:build !model

package threads

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A Parker lets one goroutine sleep until another wakes it.
//
// It holds at most one token. Unpark sets the token, Park takes it or waits for it, so the
// order of the two calls does not matter. One goroutine at a time may park; any may unpark.
// Use NewParker.
//
// In the terms of the Go memory model, Unpark synchronizes before the return of the Park
// that takes its token.
type Parker struct{ token chan struct{} }

// NewParker returns a Parker without a token.
func NewParker() *Parker { return &Parker{token: make(chan struct{}, 1)} }

// Park waits for the token, takes it, and reports true. If done is not nil, it stops waiting
// when done is closed and reports false; a token that is set takes precedence.
func (p *Parker) Park(done <-chan struct{}) bool {
	if done == nil {
		<-p.token
		return true
	}
	select {
	case <-p.token:
		return true
	default:
	}
	select {
	case <-p.token:
		return true
	case <-done:
		return false
	}
}

// Unpark sets the token and reports whether it was not set before. It never blocks.
func (p *Parker) Unpark() bool {
	select {
	case p.token <- struct{}{}:
		return true
	default:
		return false
	}
}

// A TryLock is a lock that is tried and never waited for. The zero value is free.
//
// In the terms of the Go memory model, Unlock synchronizes before the next successful
// TryLock.
type TryLock struct{ held atomic.Uint32 }

// TryLock takes the lock and reports true, or false if it is held.
func (l *TryLock) TryLock() bool {
	return l.held.Load() == 0 && l.held.CompareAndSwap(0, 1)
}

// Unlock releases the lock. Only its holder may call Unlock.
func (l *TryLock) Unlock() { l.held.Store(0) }

// Go starts f as a goroutine.
func Go(f func()) { go f() }

// Pause lets other goroutines run. It is called in each iteration of a loop that waits for
// another goroutine's step.
func Pause() { runtime.Gosched() }

// Spin occupies the processor for about turns nanoseconds, without touching memory. It reads
// no clock, so it ends even if the clock stands still.
func Spin(turns int) {
	x := uint32(1)
	for range turns {
		x = x*1664525 + 1013904223 // a multiplication that depends on the last one takes a nanosecond
	}
	if x == 0 {
		runtime.Gosched() // never happens; keeps the compiler from dropping the loop
	}
}

// A Clock counts from its creation. Use NewClock.
type Clock struct{ epoch time.Time }

// NewClock returns a Clock.
func NewClock() Clock { return Clock{time.Now()} }

// Now returns the time; it may stand still.
func (c Clock) Now() time.Duration { return time.Since(c.epoch) }

// A Timer is a call of a function at a later time, see AfterFunc.
type Timer struct{ t *time.Timer }

// AfterFunc calls f in a goroutine of its own after d.
func AfterFunc(d time.Duration, f func()) *Timer { return &Timer{time.AfterFunc(d, f)} }

// Stop prevents the call and reports whether it was in time.
func (t *Timer) Stop() bool { return t.t.Stop() }

func exploring() bool { return false }
