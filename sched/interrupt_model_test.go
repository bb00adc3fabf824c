//go:build model

package sched

import (
	"runtime"
	"time"
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// An interrupter calls other functions before certain steps of the code under test, as if its
// goroutine had been suspended there.
type interrupter struct {
	step int
	at   map[int]func()
}

// interrupt runs op with others before its steps of those numbers, and returns
// how many steps it took.
func interrupt(op func(), at map[int]func()) int {
	x := &interrupter{at: at}
	waitForStrays()
	hook.Current = x
	op()
	hook.Current = nil
	return x.step
}

func (x *interrupter) Step(hook.Op, unsafe.Pointer) {
	x.step++
	if other := x.at[x.step]; other != nil {
		hook.Current = nil
		other()
		hook.Current = x
	}
}

func (x *interrupter) Pause()                                    {}
func (x *interrupter) Go(func())                                 {}
func (x *interrupter) Park(unsafe.Pointer, <-chan struct{}) bool { return true }
func (x *interrupter) Unpark(unsafe.Pointer)                     {}
func (x *interrupter) AfterFunc(time.Duration, func()) func() bool {
	return func() bool { return true }
}
func (x *interrupter) Choose(int) int { return 0 }

// waitForStrays returns once the goroutines of tests before have ended: they may be
// at their last steps. Two stay, the test and who waits for it.
func waitForStrays() {
	for i := 0; runtime.NumGoroutine() > 2 && !runQueueBusy; i++ {
		runtime.Gosched()
		runQueueBusy = i == 100_000
	}
}

// runQueueBusy says that a test before got stuck, so that its goroutines never end.
var runQueueBusy bool
