// Package archtest tests what no single package can: what the root module may
// require, which package may import which, and that ringbuffer, pheap and sched
// order goroutines only by way of internal, where an explorer of interleavings
// sees each step. It holds tests only.
package archtest
