//go:build model

package threads

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// A Parker is the Parker of a normal build, under the explorer's control.
type Parker struct{ token chan struct{} }

// NewParker returns a Parker without a token.
func NewParker() *Parker { return &Parker{token: make(chan struct{}, 1)} }

// Park waits for the token; see the normal build.
func (p *Parker) Park(done <-chan struct{}) bool {
	if e := hook.Current; e != nil {
		return e.Park(unsafe.Pointer(p), done)
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

// Unpark sets the token; see the normal build.
func (p *Parker) Unpark() bool {
	if e := hook.Current; e != nil {
		e.Unpark(unsafe.Pointer(p))
		return true
	}
	select {
	case p.token <- struct{}{}:
		return true
	default:
		return false
	}
}

// A TryLock is the TryLock of a normal build, with each step announced.
type TryLock struct{ held atomic.Uint32 }

// TryLock takes the lock and reports true, or false if it is held.
func (l *TryLock) TryLock() bool {
	hook.StepWord(hook.TryLock, hook.Uint32, unsafe.Pointer(l))
	defer hook.Stepped()
	return l.held.CompareAndSwap(0, 1)
}

// Unlock releases the lock.
func (l *TryLock) Unlock() {
	hook.StepWord(hook.Unlock, hook.Uint32, unsafe.Pointer(l))
	defer hook.Stepped()
	l.held.Store(0)
}

// Go starts f as a goroutine.
func Go(f func()) {
	if e := hook.Current; e != nil {
		e.Go(f)
		return
	}
	go f()
}

// Pause lets another goroutine step.
func Pause() {
	if e := hook.Current; e != nil {
		e.Pause()
		return
	}
	runtime.Gosched()
}

// Spin does nothing: for the explorer time passes by steps only.
func Spin(turns int) {}

// YieldThread lets another goroutine step.
func YieldThread() { Pause() }

// A Clock is the Clock of a normal build, or stands still under an explorer.
type Clock struct{ epoch time.Time }

// NewClock returns a Clock.
func NewClock() Clock { return Clock{time.Now()} }

// Now returns the time.
func (c Clock) Now() time.Duration {
	if hook.Current != nil {
		return 0
	}
	return time.Since(c.epoch)
}

// A Timer is a call of a function at a later time, see AfterFunc.
type Timer struct{ stop func() bool }

// AfterFunc calls f in a goroutine of its own after d; under an explorer, at any later step.
func AfterFunc(d time.Duration, f func()) *Timer {
	if e := hook.Current; e != nil {
		return &Timer{e.AfterFunc(d, f)}
	}
	return &Timer{time.AfterFunc(d, f).Stop}
}

// Stop prevents the call and reports whether it was in time.
func (t *Timer) Stop() bool { return t.stop() }

func exploring() bool { return hook.Current != nil }
