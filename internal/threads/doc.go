// Package threads holds what orders two goroutines besides atomic words: the parker, the
// try-lock, the timer, starting a goroutine, and Pause. It also tells a spinning goroutine
// whether others need its processor.
//
// ringbuffer, pheap and sched use nothing else of the kind, so that under the build tag
// model an explorer of interleavings sees every step they take. In a normal build the
// functions are thin and inline.
//
// There is no package-level state: a channel or timer belongs to the value that made it,
// so a scheduler made inside a testing/synctest bubble works there in full.
package threads
