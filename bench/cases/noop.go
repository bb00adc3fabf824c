package cases

import (
	"slices"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

// queue is how many tasks may wait in every pool whose queue can be bounded.
const queue = 1024

var plenty = grid(
	axis{procs, []int{1, 2, 4, 8}},
	axis{"workers", []int{2, 8, 1000}},
	axis{"submitters", []int{1, 8, 64}},
)

var noop = Case{
	Name:  "noop",
	Title: "What does a task cost beside its work?",
	Method: "Tasks that do nothing, all of them the same function, submitted as fast as they are taken up, from the first submission until " +
		"all have run." + verifiedText + " It shows throughput where work is plenty, and nothing of the latency of a task.",
	Unit:  "ns/op",
	Sizes: append(slices.Clip(plenty), manyProcs(Params{{"workers", 16}, {"submitters", 16}})...),
	Short: these("procs=2/workers=8/submitters=8"),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		return verified(n, func(task func()) measure.Cost {
			pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue})
			submit := pool.Repeat(task)
			return spread(n, p.Get("submitters"), func(from, to int) { submit(to - from) }, pool.Close)
		})
	}),
}

var closure = Case{
	Name:   "closure",
	Title:  "And if each task is a closure of its own?",
	Method: "As noop, but each task is a function that is made for it and knows its number: what a service does.",
	Unit:   "ns/op",
	Sizes:  plenty,
	Short:  these("procs=2/workers=8/submitters=8"),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		return verified(n, func(task func()) measure.Cost {
			f := func(i int) { impls.Value(i).Use() }
			if task != nil {
				f = func(int) { task() }
			}
			pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue})
			return spread(n, p.Get("submitters"), func(from, to int) {
				for i := from; i < to; i++ {
					pool.Submit(f, i)
				}
			}, pool.Close)
		})
	}),
}

var typed = Case{
	Name:   "typed",
	Title:  "And if a pool has one function, and tasks are its arguments?",
	Method: "As noop, on pools of one function that are given a word for each task. The function looks whether the word is negative.",
	Unit:   "ns/op",
	Sizes:  plenty,
	Short:  these("procs=2/workers=8/submitters=8"),
	Impls: pools(takesValues, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		return verified(n, func(task func()) measure.Cost {
			var f func(impls.Value)
			if task != nil {
				f = func(impls.Value) { task() }
			}
			pool := r.NewTyped(impls.Config{Workers: p.Get("workers"), Queue: queue}, f)
			return spread(n, p.Get("submitters"), func(from, to int) {
				pool.Submit(impls.Value(from), impls.Value(to))
			}, pool.Close)
		})
	}),
}
