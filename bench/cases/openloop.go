package cases

import (
	"maps"
	"time"

	"github.com/user/millrace/bench/measure"
)

// An openLoop does something at fixed times, whether or not the operations before are done.
// A slow implementation does not get fewer requests.
type openLoop struct {
	gap    time.Duration
	blocks bool // between operations; else it computes
}

// run calls do with the numbers below n, each at its time or, if the ones before took too
// long, as soon as possible. Then it calls end. The sample has the lateness of run itself and
// the total cost.
func (l openLoop) run(n int, do func(i int, due time.Time), end func()) (measure.Sample, error) {
	sleeper, err := measure.NewSleeper()
	if err != nil {
		return measure.Sample{}, err
	}
	defer sleeper.Close()
	wait := spinUntil
	if l.blocks {
		wait = sleeper.Until
	}
	late := measure.NewTimes(n)
	watch := measure.Start()
	begin := time.Now()
	for i := range n {
		due := begin.Add(time.Duration(i+1) * l.gap)
		wait(due)
		late.Since(i, due)
		do(i, due)
	}
	end()
	cost := watch.Stop().Of(n)
	values := measure.Values{"cpus": cost["cpus"], "cpu-ns/op": cost["cpu-ns/op"]}
	lateness, err := late.Histogram()
	for _, name := range []string{"p50-ns", "p99-ns"} {
		if value, ok := lateness.Values()[name]; ok {
			values["late-"+name] = value
		}
	}
	return measure.Sample{Values: values}, err
}

// spinUntil computes until t.
func spinUntil(t time.Time) {
	for time.Until(t) > 0 {
	}
}

// withLatency adds the latency of each operation to a sample.
func withLatency(s measure.Sample, times measure.Times) (measure.Sample, error) {
	h, err := times.Histogram()
	s.Latency = h
	maps.Copy(s.Values, h.Values())
	return s, err
}

// p99Ops and p90Ops are the operations that a run needs for a p99 and a p90, with a margin.
const (
	p99Ops = 1000
	p90Ops = 200
)

// everyMicroseconds returns the operations per second for a gap in microseconds.
func everyMicroseconds(p Params) int { return int(time.Second/time.Microsecond) / p.Get("gap-us") }
