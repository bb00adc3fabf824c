// Package atomics holds the atomic words of ringbuffer, pheap and sched.
//
// In a normal build the types are aliases of those in sync/atomic and cost
// nothing. Under the build tag model they have the same methods, and hand each
// step to the explorer in internal/hook before taking it.
package atomics
