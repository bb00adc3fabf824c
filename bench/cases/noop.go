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
	Title: "Per-task overhead (no-op task)",
	Method: "Tasks that do nothing, all the same function, submitted as fast as the pool accepts them. The time runs from the first" +
		" submission until all tasks have run." + verifiedText + " This is throughput under load. It says nothing about the latency of a task.",
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
	Title:  "Per-task overhead (a closure for each task)",
	Method: "As noop, but each task is a closure made for it, as in a service.",
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
	Title:  "Per-task overhead (one function, typed values)",
	Method: "As noop, on pools of one function that receive a word for each task. The function checks the sign of the word.",
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
