package cases

import (
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var memory = Case{
	Name:  "memory",
	Title: "Memory of a waiting task",
	Method: "All workers are blocked while closures, each made for its task, are submitted until the given number waits. The growth" +
		" of the memory in use is divided by that number; it includes the pool and the closures. B/task are bytes of Go's heap " +
		"and stacks after a collection, rss-B/task bytes that the system counts. This is the peak of a queue with room for " +
		"exactly these tasks. shared-B/task is the same with one function for all tasks, so without closures. kept-B/task is " +
		"what remains of that when all tasks have run and the pool is idle. Left out are pools without such a queue (ants, " +
		"conc, errgroup, go-pkgz, channel-batch).",
	Unit:  "B/task",
	Sizes: grid(axis{procs, []int{2}}, axis{"workers", []int{8}}, axis{"tasks", []int{100_000, 1_000_000}}),
	Short: these("procs=2/workers=8/tasks=100000"),
	Ops:   func(_ time.Duration, p Params) int { return p.Get("tasks") },
	Impls: func() []Impl {
		bounded := func(r impls.Impl) bool { return queues(r) && r.Name != impls.Harness.Name } // nothing waits there
		all := pools(bounded, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
			return measureMemory(n, r, impls.Config{Workers: p.Get("workers"), Queue: n})
		})()
		return append(all, Impl{
			Name: "millrace-unbounded", Module: millraceModule, Setup: "pool.New(pool.Config{Workers: n}), SubmitFunc; the queue has no bound",
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
	shared, kept, err := hold(n, r, c, func(pool impls.Pool, task func()) { pool.Repeat(task)(n) })
	values := measure.Values{
		"B/task":        float64(queued.Heap) / float64(n),
		"shared-B/task": float64(shared.Heap) / float64(n),
		"kept-B/task":   float64(kept.Heap) / float64(n),
	}
	if queued.Resident != 0 {
		values["rss-B/task"] = float64(queued.Resident) / float64(n)
	}
	return measure.Sample{Values: values}, err
}

// hold submits n tasks that wait. It returns the growth of the memory in use while they
// wait, and after all have run.
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
