//go:build !model

package threads

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A Parker lets one goroutine sleep until another wakes it.
//
// It holds at most one token. Unpark puts it there, Park takes it or waits for
// it, so the order of the two calls does not matter. One goroutine at a time
// may park; anyone may unpark. Use NewParker.
//
// In the terms of the Go memory model, Unpark synchronizes before the return
// of the Park that takes its token.
type Parker struct{ token chan struct{} }

// NewParker returns a Parker without a token.
func NewParker() *Parker { return &Parker{token: make(chan struct{}, 1)} }

// Park takes the token, waiting for it if it must, and reports true. With done
// not nil it stops waiting when done is closed and reports false; a token that
// is there counts first.
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

// Unpark puts the token there and reports whether it was not there yet. It
// never blocks.
func (p *Parker) Unpark() bool {
	select {
	case p.token <- struct{}{}:
		return true
	default:
		return false
	}
}

// A TryLock is a lock nobody waits for. The zero value is free.
//
// In the terms of the Go memory model, Unlock synchronizes before the TryLock
// that takes the lock next.
type TryLock struct{ held atomic.Uint32 }

// TryLock takes the lock and reports true, or false if it is held.
func (l *TryLock) TryLock() bool {
	return l.held.Load() == 0 && l.held.CompareAndSwap(0, 1)
}

// Unlock lets the lock go. Only its holder may call Unlock.
func (l *TryLock) Unlock() { l.held.Store(0) }

// Go starts f as a goroutine.
func Go(f func()) { go f() }

// Pause is called in each turn of a loop that waits for another goroutine's
// step. It lets other goroutines run.
func Pause() { runtime.Gosched() }

// Spin keeps the processor busy for about turns nanoseconds, touching no memory.
// It reads no clock, so it ends where the clock stands still.
func Spin(turns int) {
	x := uint32(1)
	for range turns {
		x = x*1664525 + 1013904223 // a multiplication that waits for the last takes a nanosecond
	}
	if x == 0 {
		runtime.Gosched() // never so; it keeps the loop from being dropped
	}
}

// A Clock counts from its making. Use NewClock.
type Clock struct{ epoch time.Time }

// NewClock returns a Clock.
func NewClock() Clock { return Clock{time.Now()} }

// Now returns the time; it may stand still.
func (c Clock) Now() time.Duration { return time.Since(c.epoch) }

// A Timer is a call of a function at a later time, see AfterFunc.
type Timer struct{ t *time.Timer }

// AfterFunc calls f in a goroutine of its own after d.
func AfterFunc(d time.Duration, f func()) *Timer { return &Timer{time.AfterFunc(d, f)} }

// Stop prevents the call and reports whether it came in time to do so.
func (t *Timer) Stop() bool { return t.t.Stop() }

func exploring() bool { return false }
