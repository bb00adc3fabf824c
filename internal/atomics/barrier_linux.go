//go:build amd64 && linux && !android && !race && !model

package atomics

import (
	"sync"
	"sync/atomic"
	"syscall"
)

// The system call membarrier(2) and two of its commands.
const (
	sysMembarrier            = 324
	privateExpedited         = 1 << 3
	registerPrivateExpedited = 1 << 4
)

var barrier struct {
	asked sync.Once
	ready atomic.Bool
}

// HasBarrier reports whether Barrier may be called. The first call has AskForBarrier
// called, by a goroutine of its own; until it has the answer HasBarrier is false.
func HasBarrier() bool {
	if !barrier.ready.Load() {
		barrier.asked.Do(func() { go AskForBarrier() })
	}
	return barrier.ready.Load()
}

// AskForBarrier asks the system for Barrier and reports whether it may be called from
// now on. The system may have none, or forbid it. The first time it takes up to 20 ms.
func AskForBarrier() bool {
	_, _, errno := syscall.Syscall(sysMembarrier, registerPrivateExpedited, 0, 0)
	barrier.ready.Store(errno == 0)
	return errno == 0
}

// Barrier makes up for the fence that StoreRelease is not: each other goroutine
// has one at some instant of the call. So where one does StoreRelease(x), y.Load and
// another y.Store, Barrier, x.Load, one of the two sees what the other stored. That is
// the asymmetric form of Dekker's rule, of Dice, Huang and Yang (2001): the side that
// comes often pays nothing, and this one for both, 0.4 µs where no other processor runs
// the process and some 10 µs where one does, which is interrupted.
//
// It reports false, having done nothing, if the system does not allow it any more.
func Barrier() (ok bool) {
	_, _, errno := syscall.RawSyscall(sysMembarrier, privateExpedited, 0, 0)
	if errno != 0 {
		barrier.ready.Store(false)
	}
	return errno == 0
}
