package cases

import (
	"time"

	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/rivals"
)

var memory = Case{
	Name:     "memory",
	Question: "How much memory does a task take that waits?",
	Method: "All workers are blocked while closures are submitted, each made for its task, until so many wait; the difference in memory " +
		"in use, the pool itself and what the caller's closures take among it, is divided by their number. B/task are bytes of Go's heap and " +
		"stacks after a collection, rss-B/task those that the system counts. It is the peak of a queue with room for just as many; what a " +
		"pool gives back later is not seen. Left out are pools without such a queue (ants, conc, errgroup, go-pkgz, channel-batch).",
	Unit:        "B/task",
	Sizes:       grid(axis{procs, []int{2}}, axis{"workers", []int{8}}, axis{"tasks", []int{100_000, 1_000_000}}),
	Short:       these("procs=2/workers=8/tasks=100000"),
	Ops:         func(_ time.Duration, p Params) int { return p.Get("tasks") },
	Contestants: pools(func(r rivals.Rival) bool { return queues(r) && r.Name != rivals.Harness.Name }, measureMemory),
}

// measureMemory has no harness: there nothing waits.
func measureMemory(n int, r rivals.Rival, p Params) (measure.Sample, error) {
	var ran measure.Counter
	gate := make(chan struct{})
	task := func(int) { <-gate; ran.Inc() }

	before := measure.UsedMemory()
	pool := r.New(rivals.Config{Workers: p.Get("workers"), Queue: n})
	for i := range n {
		pool.Submit(task, i)
	}
	after := measure.UsedMemory()

	close(gate)
	pool.Close()
	each := func(before, after int64) float64 { return float64(after-before) / float64(n) }
	values := measure.Values{"B/task": each(before.Heap, after.Heap)}
	if before.Resident > 0 {
		values["rss-B/task"] = each(before.Resident, after.Resident)
	}
	return measure.Sample{Values: values}, lost(ran.Sum(), n)
}
