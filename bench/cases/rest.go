package cases

import (
	"runtime"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/internal/cputime"
)

var rest = Case{
	Name:  "rest",
	Title: "What does a pool cost that has nothing to do?",
	Method: "A pool that has run 1000 tasks is left alone for 50 ms, so that its workers may go to sleep, and then for a time that is measured. cpus is the " +
		"share of a processor that the whole process used in that time; the harness has what Go itself uses. An operation is a millisecond.",
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
