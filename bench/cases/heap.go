package cases

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var liveHeap = Case{
	Name:  "heap",
	Title: "Per-task overhead during garbage collection",
	Method: "As closure, with a live heap of 1 GB in objects of 64 bytes that point to each other. A collection starts as soon as " +
		"the last one ends. Services collect less often: this is the worst effect of the collector on a pool.",
	Unit: "ns/op",
	Sizes: grid(
		axis{procs, []int{2}},
		axis{"workers", []int{8}},
		axis{"submitters", []int{8}},
		axis{"heap-mb", []int{1024}},
	),
	Short: these(),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		var ran measure.Counter
		live := objects(p.Get("heap-mb") << 20)
		count := func(int) { ran.Inc() }
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue})
		var over atomic.Bool
		collected := make(chan struct{})
		go func() {
			defer close(collected)
			for !over.Load() {
				runtime.GC()
			}
		}()
		cost := flood(n, p.Get("submitters"), func(i int) { pool.Submit(count, i) }, pool.Close)
		over.Store(true)
		<-collected
		runtime.KeepAlive(live)
		return measure.Sample{Values: cost.Of(n)}, lost(ran.Sum(), n)
	}),
}

// An object has 64 bytes.
type object struct {
	left, right *object
	_           [6]uint64
}

// objects returns objects of the given total size, each with pointers to two random others.
func objects(bytes int) []*object {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // there is no garbage
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]*object, bytes/64)
	for i := range all {
		all[i] = &object{left: all[random.IntN(i+1)], right: all[random.IntN(i+1)]}
	}
	return all
}
