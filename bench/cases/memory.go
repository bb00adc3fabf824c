package cases

import (
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var memory = Case{
	Name:  "memory",
	Title: "How much memory does a task take that waits?",
	Method: "All workers are blocked while closures are submitted, each made for its task, until so many wait; the difference in memory " +
		"in use, the pool itself and what the caller's closures take among it, is divided by their number. B/task are bytes of Go's heap and " +
		"stacks after a collection, rss-B/task those that the system counts. It is the peak of a queue with room for just as many. beside-B/task is the " +
		"same with one function for all tasks, so that no closures count, and kept-B/task what remains of that once all have run and the pool waits for " +
		"more. Left out are pools without such a queue (ants, conc, errgroup, go-pkgz, channel-batch).",
	Unit:  "B/task",
	Sizes: grid(axis{procs, []int{2}}, axis{"workers", []int{8}}, axis{"tasks", []int{100_000, 1_000_000}}),
	Short: these("procs=2/workers=8/tasks=100000"),
	Ops:   func(_ time.Duration, p Params) int { return p.Get("tasks") },
	Impls: func() []Impl {
		bounded := func(r impls.Impl) bool { return queues(r) && r.Name != impls.Harness.Name } // there nothing waits
		all := pools(bounded, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
			return measureMemory(n, r, impls.Config{Workers: p.Get("workers"), Queue: n})
		})()
		return append(all, Impl{
			Name: "millrace-unbounded", Module: millraceModule, Setup: "pool.New(pool.Config{Workers: n}), whose queue has no bound, SubmitFunc",
			Measure: func(n int, p Params) (measure.Sample, error) {
				millrace, _ := impls.Named(impls.Millrace)
				return measureMemory(n, millrace, impls.Config{Workers: p.Get("workers")})
			},
		})
	},
}

func measureMemory(n int, r impls.Impl, c impls.Config) (measure.Sample, error) {
	queued, _, err := hold(n, r, c, func(pool impls.Pool, task func()) {
		f := func(int) { task() }
		for i := range n {
			pool.Submit(f, i)
		}
	})
	if err != nil {
		return measure.Sample{}, err
	}
	beside, kept, err := hold(n, r, c, func(pool impls.Pool, task func()) { pool.Repeat(task)(n) })
	values := measure.Values{
		"B/task":        float64(queued.Heap) / float64(n),
		"beside-B/task": float64(beside.Heap) / float64(n),
		"kept-B/task":   float64(kept.Heap) / float64(n),
	}
	if queued.Resident != 0 {
		values["rss-B/task"] = float64(queued.Resident) / float64(n)
	}
	return measure.Sample{Values: values}, err
}

// hold has n tasks submitted that wait, and returns by how much more memory is in use
// then, and once all have run.
func hold(n int, r impls.Impl, c impls.Config, submit func(pool impls.Pool, task func())) (queued, kept measure.Memory, err error) {
	var ran measure.Counter
	gate := make(chan struct{})
	before := measure.UsedMemory()
	pool := r.New(c)
	defer pool.Close()
	submit(pool, func() { <-gate; ran.Inc() })
	queued = measure.UsedMemory().Less(before)

	close(gate)
	for deadline := time.Now().Add(10 * time.Second); ran.Sum() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return queued, kept, lost(ran.Sum(), n)
		}
	}
	return queued, measure.UsedMemory().Less(before), nil
}
