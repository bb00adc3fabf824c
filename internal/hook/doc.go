// Package hook lets an explorer of interleavings control the steps of ringbuffer, pheap and sched.
//
// It holds code only under the build tag model. There, each operation of internal/atomics and
// internal/threads first asks Current, and runs plainly if Current is nil. In a normal build
// nothing imports this package.
package hook
