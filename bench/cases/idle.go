package cases

import (
	"runtime"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/internal/cputime"
)

var idle = Case{
	Name:  "idle",
	Title: "Processor use at rest",
	Method: "A pool that has run 1000 tasks is idle for 50 ms, so that its workers may park, and then for the time that is " +
		"measured. cpus is the processor use of the whole process in that time; the harness has that of the Go runtime. An " +
		"operation is a millisecond.",
	Unit:  "cpus",
	Sizes: grid(axis{procs, []int{2, 4}}, axis{"workers", []int{8, 1000}}),
	Short: these("procs=2/workers=8"),
	Ops:   func(d time.Duration, _ Params) int { return max(100, int(d/time.Millisecond)) },
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		const tasks = 1000
		var ran measure.Counter
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue, Single: true})
		pool.Repeat(ran.Inc)(tasks)
		runtime.GC() // none is to come while the pool rests
		time.Sleep(50 * time.Millisecond)
		begin, before := time.Now(), cputime.Used()
		time.Sleep(time.Duration(n) * time.Millisecond)
		used := float64(cputime.Used() - before)
		cpus := used / float64(time.Since(begin))
		pool.Close()
		return measure.Sample{Values: measure.Values{"cpus": cpus, "cpu-ns/op": used / float64(n)}}, lost(ran.Sum(), tasks)
	}),
}
