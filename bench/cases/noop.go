package cases

import (
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/rivals"
)

// queue is how many tasks may wait in every pool whose queue can be bounded.
const queue = 1024

var plenty = grid(
	axis{procs, []int{1, 2, 4, 8}},
	axis{"workers", []int{2, 8, 1000}},
	axis{"submitters", []int{1, 8, 64}},
)

var noop = Case{
	Name:     "noop",
	Question: "What does a task cost beside its work?",
	Method: "Tasks that only count themselves, all by the same function, submitted as fast as they are taken up, from the " +
		"first submission until all have run. It shows throughput where work is plenty, and nothing of the latency of a task.",
	Unit:  "ns/op",
	Sizes: plenty,
	Short: these("procs=2/workers=8/submitters=8"),
	Contestants: pools(anyone, func(n int, r rivals.Rival, p Params) (measure.Sample, error) {
		var ran measure.Counter
		pool := r.New(rivals.Config{Workers: p.Get("workers"), Queue: queue})
		again := pool.Repeat(ran.Inc)
		cost := flood(n, p.Get("submitters"), func(int) { again() }, pool.Close)
		return measure.Sample{Values: cost.Of(n)}, lost(ran.Sum(), n)
	}),
}

var closure = Case{
	Name:     "closure",
	Question: "And if each task is a closure of its own?",
	Method:   "As noop, but each task is a function that is made for it and knows its number: what a service does.",
	Unit:     "ns/op",
	Sizes:    plenty,
	Short:    these("procs=2/workers=8/submitters=8"),
	Contestants: pools(anyone, func(n int, r rivals.Rival, p Params) (measure.Sample, error) {
		var ran measure.Counter
		pool := r.New(rivals.Config{Workers: p.Get("workers"), Queue: queue})
		count := func(int) { ran.Inc() }
		cost := flood(n, p.Get("submitters"), func(i int) { pool.Submit(count, i) }, pool.Close)
		return measure.Sample{Values: cost.Of(n)}, lost(ran.Sum(), n)
	}),
}

var typed = Case{
	Name:     "typed",
	Question: "And if a pool has one function, and tasks are its arguments?",
	Method:   "As noop, on pools of one function that are given a word for each task.",
	Unit:     "ns/op",
	Sizes:    plenty,
	Short:    these("procs=2/workers=8/submitters=8"),
	Contestants: pools(takesValues, func(n int, r rivals.Rival, p Params) (measure.Sample, error) {
		var ran measure.Counter
		pool := r.NewTyped(rivals.Config{Workers: p.Get("workers"), Queue: queue}, func(rivals.Value) { ran.Inc() })
		cost := flood(n, p.Get("submitters"), func(i int) { pool.Submit(rivals.Value(i)) }, pool.Close)
		return measure.Sample{Values: cost.Of(n)}, lost(ran.Sum(), n)
	}),
}
