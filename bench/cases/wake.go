package cases

import (
	"time"

	"github.com/user/millrace/bench/measure"
)

var wake = Case{
	Name:     "wake",
	Question: "What does the machine itself take to wake a goroutine?",
	Method: "No pool: a goroutine that waits for a channel, and a sender that sends at fixed times and then computes, so that an idle " +
		"processor has to be woken for it, or blocks, so that its own is free. The time is from before the send until the goroutine " +
		"runs. It is most of the start latency of every pool whose workers wait.",
	Unit:  "p50-ns",
	Sizes: grid(axis{procs, []int{2}}, axis{"blocks", []int{0, 1}}, axis{"gap-us", []int{200, 2000}}),
	Short: these("procs=2/blocks=0/gap-us=200", "procs=2/blocks=1/gap-us=200"),
	Ops:   per(everyMicroseconds, 200),
	Contestants: func() []Contestant {
		return []Contestant{{Name: "machine", Setup: "an unbuffered channel, one goroutine that receives", Measure: measureWake}}
	},
}

func measureWake(n int, p Params) (measure.Sample, error) {
	times := measure.NewTimes(n)
	sent, done := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(done)
		i := 0
		for at := range sent {
			times.Since(i, at)
			i++
		}
	}()
	loop := openLoop{time.Duration(p.Get("gap-us")) * time.Microsecond, p.Get("blocks") == 1}
	sample, err := loop.run(n, func(int, time.Time) { sent <- time.Now() }, func() { close(sent); <-done })
	return latencies(sample, times, err)
}
