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
// short lock of the runtime. Before Go 1.26 the runtime does not report them, and Waiting
// is always true. To the explorer there are none.
func (q RunQueue) Waiting() bool {
	if exploring() {
		return false
	}
	metrics.Read(q.runnable)
	runnable := q.runnable[0].Value
	return runnable.Kind() == metrics.KindBad || runnable.Uint64() > 0
}
