package cases

import (
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

const burstTasks = 1000

var burst = Case{
	Name:  "burst",
	Title: "Start latency in bursts",
	Method: "Every 5 ms one submitter submits 1000 tasks that compute for a microsecond, and blocks until the next burst. The " +
		"latency of a start counts from the time the burst was due. The harness, on one goroutine, needs a millisecond for a " +
		"burst.",
	Unit:  "p99-ns",
	Sizes: grid(axis{procs, []int{2, 4}}, axis{"workers", []int{2, 8, 1000}}, axis{"gap-us", []int{5000}}),
	Short: these("procs=2/workers=8/gap-us=5000"),
	Ops:   per(func(p Params) int { return everyMicroseconds(p) * burstTasks }, burstTasks),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		var ran measure.Counter
		bursts := (n + burstTasks - 1) / burstTasks
		times, due := measure.NewTimes(n), make([]time.Time, bursts)
		work := measure.NewWork(time.Microsecond)
		task := func(i int) { times.Since(i, due[i/burstTasks]); work.Do(); ran.Inc() }
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue})
		loop := openLoop{time.Duration(p.Get("gap-us")) * time.Microsecond, true}
		sample, err := loop.run(bursts, func(b int, at time.Time) {
			due[b] = at
			for i := b * burstTasks; i < min(n, (b+1)*burstTasks); i++ {
				pool.Submit(task, i)
			}
		}, pool.Close)
		if err == nil {
			sample.Values["cpu-ns/op"] *= float64(bursts) / float64(n) // of a task
		}
		return latencies(sample, times, err, lost(ran.Sum(), n))
	}),
}
