package cases

import (
	"errors"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var latency = Case{
	Name:  "latency",
	Title: "Start latency",
	Method: "One submitter submits a task at fixed times, 20 µs, 200 µs or 2 ms apart. With blocks 0 the submitter computes between" +
		" tasks, and the latency counts from the time the task was due, so a pool that delays its submitter pays for it. With " +
		"blocks 1 the submitter waits for a timer, as a service waits for the network. A timer is as late as some pools are, so" +
		" the latency counts from the submission, and late-p50-ns and late-p99-ns tell how late the submitter was. cpus is the " +
		"processor use, including that of a submitter that computes. Tasks record the time and end, so the effect of a task on " +
		"the next one is not measured.",
	Unit: "p99-ns",
	Sizes: grid(
		axis{procs, []int{2, 4}},
		axis{"workers", []int{8}},
		axis{"blocks", []int{0, 1}},
		axis{"gap-us", []int{20, 200, 2000}},
	),
	Short: these("procs=2/workers=8/blocks=0/gap-us=20", "procs=2/workers=8/blocks=1/gap-us=200"),
	Ops:   per(everyMicroseconds, p99Ops),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		var ran measure.Counter
		times, from := measure.NewTimes(n), make([]time.Time, n)
		start := func(i int) { times.Since(i, from[i]); ran.Inc() }
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue, Single: true})
		loop := openLoop{time.Duration(p.Get("gap-us")) * time.Microsecond, p.Get("blocks") == 1}
		sample, err := loop.run(n, func(i int, at time.Time) {
			if loop.blocks {
				at = time.Now()
			}
			from[i] = at
			pool.Submit(start, i)
		}, pool.Close)
		return latencies(sample, times, err, lost(ran.Sum(), n))
	}),
}

// latencies adds times to a sample, and joins the errors.
func latencies(s measure.Sample, times measure.Times, errs ...error) (measure.Sample, error) {
	if err := errors.Join(errs...); err != nil {
		return s, err
	}
	return withLatency(s, times)
}
