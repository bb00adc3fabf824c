// Package ringbuffer has queues for any number of producers and consumers,
// generic and by value: a push allocates nothing of its own, and a pop leaves
// no trace of the value behind.
//
//   - [MPMC] is bounded. Use it unless one of the others is needed by name.
//   - [PtrRing] is bounded, for values that are one pointer each, and the fastest
//     where two processors pass many of them. Producers take turns, and so do
//     consumers.
//   - [Unbounded] links rings as it fills and gives them back as it drains. Use
//     it where refusing is not an option and the memory is there.
//   - [SCQ] is bounded and lock-free in the strict sense, at three to four times
//     the price: a goroutine stopped anywhere stops nobody else.
//
// TryPush answers false only for full (or closed), TryPop only for empty, as of
// some instant of the call; neither does so for a lost race. SCQ may answer full
// early; its comment says when.
//
// All methods may be called by any goroutine at any time unless they say
// otherwise. In the terms of the Go memory model, a push synchronizes before
// the pop that returns its value.
package ringbuffer
