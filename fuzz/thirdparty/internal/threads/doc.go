// Package threads stands in for sync, runtime and time in copies of other people's
// code, as package atomics does for sync/atomic. What would block pauses until another
// goroutine has stepped, and between any two looks at the clock a year has gone by.
package threads
