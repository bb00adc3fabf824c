package cases

import (
	"runtime"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var work = Case{
	Name:  "work",
	Title: "Throughput of tasks that compute",
	Method: "As closure, but each task computes for 1, 10 or 100 µs in a loop that touches no memory. The number of steps is the " +
		"same for every implementation. ideal-ns/op is the time of a direct call, on all processors that can work at the same " +
		"time, divided by their number. lost is the share of the time beyond that. Tasks of a service also touch memory, wait " +
		"and vary in length.",
	Unit: "ns/op",
	Sizes: append(grid(
		axis{procs, []int{1, 2, 4, 8}},
		axis{"workers", []int{2, 8, 1000}},
		axis{"submitters", []int{1, 8, 64}},
		axis{"task-us", []int{1, 10, 100}},
	), manyProcs(Params{{"workers", 16}, {"submitters", 16}, {"task-us", 1}})...),
	Short: these("procs=2/workers=8/submitters=1/task-us=1", "procs=2/workers=8/submitters=8/task-us=10"),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		var ran measure.Counter
		work := measure.NewWork(time.Duration(p.Get("task-us")) * time.Microsecond)
		task := func(int) { work.Do(); ran.Inc() }
		together := min(p.Get(procs), p.Get("workers"), runtime.NumCPU())
		direct := work.Time(together)
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue})
		cost := flood(n, p.Get("submitters"), func(i int) { pool.Submit(task, i) }, pool.Close)

		values := cost.Of(n)
		ideal := float64(direct) / float64(together)
		values["ideal-ns/op"] = ideal
		values["lost"] = 1 - ideal/values["ns/op"]
		return measure.Sample{Values: values}, lost(ran.Sum(), n)
	}),
}
