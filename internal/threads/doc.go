// Package threads holds what orders two goroutines beside atomic words: the
// parker, the try-lock, the timer, starting a goroutine, and Pause;
// and what tells a goroutine that spins whether others need its processor.
//
// ringbuffer, pheap and sched use nothing else of the kind, so that under the
// build tag model an explorer of interleavings sees every step they take. In a
// normal build the functions are thin and inline.
//
// Nothing here is of package level: a channel or timer belongs to the value
// that made it, so a scheduler made inside a testing/synctest bubble works
// there in full.
package threads
