package threads

import "runtime/metrics"

// A RunQueue tells about the goroutines that wait for a processor. One goroutine at a time
// may ask. Use NewRunQueue.
type RunQueue struct{ runnable []metrics.Sample }

// NewRunQueue returns a RunQueue.
func NewRunQueue() RunQueue {
	return RunQueue{[]metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}}}
}

// Waiting reports whether there are any, as of some instant of the call: goroutines that
// could run, but none of Go's processors is free for them. It takes some 60 ns, and a
// short lock of the runtime. To the explorer there are none.
func (q RunQueue) Waiting() bool {
	if exploring() {
		return false
	}
	metrics.Read(q.runnable)
	return q.runnable[0].Value.Uint64() > 0
}
