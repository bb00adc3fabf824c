package threads

import "runtime/metrics"

// A RunQueue reports whether goroutines wait for a processor. One goroutine at a time may use
// it. Use NewRunQueue.
type RunQueue struct{ runnable []metrics.Sample }

// NewRunQueue returns a RunQueue.
func NewRunQueue() RunQueue {
	return RunQueue{[]metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}}}
}

// Waiting reports whether some goroutine could run but has no processor, as of some instant of
// the call. It takes some 60 ns and a short lock of the runtime. Before Go 1.26 the runtime does
// not report them, and Waiting is always true. Under an explorer it is false.
func (q RunQueue) Waiting() bool {
	if exploring() {
		return false
	}
	metrics.Read(q.runnable)
	runnable := q.runnable[0].Value
	return runnable.Kind() == metrics.KindBad || runnable.Uint64() > 0
}
