package cases

import (
	"maps"
	"time"

	"github.com/user/millrace/bench/measure"
)

// An openLoop does something at times that are fixed beforehand, whether or not what it
// did before is done: who is late does not get fewer requests for it.
type openLoop struct {
	gap    time.Duration
	blocks bool // until the next is due; else it computes on
}

// run calls do with the numbers below n, each at its time or, where the ones before
// took too long, as soon as possible after. Then it calls end. The sample has how
// late run itself was, and what all of it cost.
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

// told is how many operations a run needs for its p99 to be told, toldP90 how many for
// its p90, with some to spare.
const (
	told    = 1000
	toldP90 = 200
)

// everyMicroseconds says how many operations a second there are with a gap of so many.
func everyMicroseconds(p Params) int { return int(time.Second/time.Microsecond) / p.Get("gap-us") }
