package cases

import (
	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var batch = Case{
	Name:  "batch",
	Title: "Per-task overhead in batches (a closure for each task)",
	Method: "As closure, but the tasks come in batches. An implementation with a method for batches gets a whole batch, the others " +
		"get one task after the other. The time is per task.",
	Unit: "ns/op",
	Sizes: grid(
		axis{procs, []int{1, 2, 4, 8}},
		axis{"workers", []int{2, 8}},
		axis{"submitters", []int{1, 8}},
		axis{"batch", []int{16, 256}},
	),
	Short: these("procs=2/workers=8/submitters=1/batch=256"),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		var ran measure.Counter
		count := func(int) { ran.Inc() }
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue})
		submitAll := func(from, to int) {
			for i := from; i < to; i++ {
				pool.Submit(count, i)
			}
		}
		if b, ok := pool.(impls.Batcher); ok {
			submitAll = func(from, to int) { b.SubmitAll(count, from, to) }
		}
		cost := inBatches(n, p.Get("batch"), p.Get("submitters"), submitAll, pool.Close)
		return measure.Sample{Values: cost.Of(n)}, lost(ran.Sum(), n)
	}),
}

var batchNoop = Case{
	Name:  "batch-noop",
	Title: "Per-task overhead in batches (no-op task)",
	Method: "As noop, but 256 tasks come at a time, in the same batch again and again. An implementation with a method for batches " +
		"gets the batch, the others get one task after the other. The time is per task.",
	Unit: "ns/op",
	Sizes: grid(
		axis{procs, []int{1, 2, 4, 8}},
		axis{"workers", []int{2, 8}},
		axis{"submitters", []int{1, 8}},
		axis{"batch", []int{256}},
	),
	Short: these("procs=2/workers=8/submitters=1/batch=256"),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		size := p.Get("batch")
		batches := (n + size - 1) / size
		return verified(batches*size, func(task func()) measure.Cost {
			pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue})
			var submit func(batches int)
			if b, ok := pool.(impls.Batcher); ok {
				submit = b.RepeatBatch(task, size)
			} else {
				one := pool.Repeat(task)
				submit = func(batches int) { one(batches * size) }
			}
			return spread(batches, p.Get("submitters"), func(from, to int) { submit(to - from) }, pool.Close)
		})
	}),
}

// inBatches floods with the numbers below n, in batches.
func inBatches(n, size, submitters int, submitAll func(from, to int), end func()) measure.Cost {
	return flood((n+size-1)/size, submitters, func(k int) { submitAll(k*size, min(n, (k+1)*size)) }, end)
}
