// Package ringbuffer has queues for any number of producers and consumers, generic
// and by value: a push allocates nothing of its own, and a pop leaves no reference to
// the value behind.
//
//   - [MPMC] is bounded. Use it unless you need one of the others.
//   - [PtrRing] is bounded, for values that are one pointer each. It is the fastest
//     if two processors pass many of them. Producers take turns, and so do consumers.
//   - [Unbounded] links rings as it fills and releases them as it drains. Use it if
//     a push must not be refused and there is enough memory.
//   - [SCQ] is bounded and strictly lock-free, at three to four times the cost. Use it
//     if a goroutine may be stopped for long in the middle of a call, by a debugger or
//     a starved processor, and must not stop the others.
//
// TryPush reports false only if the queue was full or closed at some instant of the
// call, TryPop only if it was empty; neither does so for a lost race. SCQ may report
// full early; its comment says when.
//
// Any goroutine may call any method at any time, unless it says otherwise. In the
// terms of the Go memory model, a push synchronizes before the pop that returns its
// value.
package ringbuffer
