//go:build amd64 && (!linux || android) && !race && !model

package atomics

// HasBarrier reports whether Barrier may be called.
func HasBarrier() bool { return false }

// AskForBarrier is HasBarrier here.
func AskForBarrier() bool { return false }

// Barrier is not to be had on this system.
func Barrier() (ok bool) { return false }
