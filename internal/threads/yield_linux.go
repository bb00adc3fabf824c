//go:build !model

package threads

import "syscall"

// YieldThread lets another thread run that waits for this one's processor, if there is one. It
// takes half a microsecond.
//
// Pause does not: the goroutine it lets run needs no thread of its own. While a goroutine spins,
// the system may leave a woken thread on its processor for milliseconds although another one is
// idle; the thread of Go's network poller, for instance.
func YieldThread() { syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) }
