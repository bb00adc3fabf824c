//go:build !model

package threads

import "syscall"

// YieldThread lets another thread of the system run that waits for the processor this
// one runs on, if there is one. It takes half a microsecond.
//
// Pause does not do that: the goroutine it lets run instead needs no thread of its own.
// But while a goroutine spins, the system may leave on its processor a thread that was
// woken, for milliseconds and beside an idle processor: that of Go's network poller, say.
func YieldThread() { syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) }
