package cases

import (
	"slices"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

const blocking = 10 * time.Millisecond

var rampup = Case{
	Name:  "rampup",
	Title: "Start of a thousand workers",
	Method: "A new pool of 1000 workers receives 1000 tasks that sleep for 10 ms. running-ns is the time from before the pool is " +
		"made until the last task starts. ns/op also includes the rest of the tasks and the end of the pool. The harness has " +
		"one task.",
	Unit:  "running-ns",
	Sizes: grid(axis{procs, []int{1, 2, 4, 8}}, axis{"workers", []int{1000}}),
	Short: these("procs=2/workers=1000"),
	Ops:   func(d time.Duration, _ Params) int { return max(1, int(d/(3*blocking/2))) },
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		var ran measure.Counter
		workers := p.Get("workers")
		if r.Name == impls.Harness.Name {
			workers = 1
		}
		var total time.Duration
		watch := measure.Start()
		for range n {
			started := measure.NewTimes(workers)
			begin := time.Now()
			pool := r.New(impls.Config{Workers: workers, Queue: queue, Single: true})
			for i := range workers {
				pool.Submit(func(i int) {
					started.Since(i, begin)
					time.Sleep(blocking)
					ran.Inc()
				}, i)
			}
			pool.Close()
			total += slices.Max(started)
		}
		values := watch.Stop().Of(n)
		values["running-ns"] = float64(total) / float64(n)
		return measure.Sample{Values: values}, lost(ran.Sum(), n*workers)
	}),
}
