package cases

import (
	"errors"
	"time"

	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/rivals"
)

var latency = Case{
	Name:     "latency",
	Question: "How long until a task starts?",
	Method: "One submitter submits a task at fixed times, 20 µs, 200 µs or 2 ms apart, each to be started when it is due: from " +
		"then on time counts, so that a pool that holds up its submitter has what comes after against it. Until the next is due the " +
		"submitter computes, or it blocks as if it waited for the network. late is how late the submitter itself was, which is most of " +
		"the harness's latency and part of everyone's. cpus tells what it cost, a computing submitter's processor among it. " +
		"Tasks note the time and end: what a task does to the next one is not seen.",
	Unit: "p99-ns",
	Sizes: grid(
		axis{procs, []int{2, 4}},
		axis{"workers", []int{8}},
		axis{"blocks", []int{0, 1}},
		axis{"gap-us", []int{20, 200, 2000}},
	),
	Short: these("procs=2/workers=8/blocks=0/gap-us=20", "procs=2/workers=8/blocks=1/gap-us=200"),
	Ops:   per(everyMicroseconds, told),
	Contestants: pools(anyone, func(n int, r rivals.Rival, p Params) (measure.Sample, error) {
		var ran measure.Counter
		times, due := measure.NewTimes(n), make([]time.Time, n)
		start := func(i int) { times.Since(i, due[i]); ran.Inc() }
		pool := r.New(rivals.Config{Workers: p.Get("workers"), Queue: queue, Single: true})
		loop := openLoop{time.Duration(p.Get("gap-us")) * time.Microsecond, p.Get("blocks") == 1}
		sample, err := loop.run(n, func(i int, at time.Time) {
			due[i] = at
			pool.Submit(start, i)
		}, pool.Close)
		return latencies(sample, times, err, lost(ran.Sum(), n))
	}),
}

// latencies adds times to a sample, and the errors to each other.
func latencies(s measure.Sample, times measure.Times, errs ...error) (measure.Sample, error) {
	if err := errors.Join(errs...); err != nil {
		return s, err
	}
	return withLatency(s, times)
}
