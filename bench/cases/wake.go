package cases

import (
	"time"

	"github.com/user/millrace/bench/measure"
)

var wake = Case{
	Name:  "wake",
	Title: "Wake-up latency of a goroutine",
	Method: "No pool: a goroutine waits for a channel, and a sender sends to it every 200 µs or 2 ms. With blocks 0 the sender " +
		"computes in between, so that an idle processor has to be woken for the receiver. With blocks 1 it blocks in between, " +
		"so that its own processor is free. The latency counts from before the send until the receiver runs. It is most of the " +
		"start latency of every pool whose workers park.",
	Unit:  "p50-ns",
	Sizes: grid(axis{procs, []int{2}}, axis{"blocks", []int{0, 1}}, axis{"gap-us", []int{200, 2000}}),
	Short: these("procs=2/blocks=0/gap-us=200", "procs=2/blocks=1/gap-us=200"),
	Ops:   per(everyMicroseconds, 200),
	Impls: func() []Impl {
		return []Impl{{Name: "machine", Setup: "an unbuffered channel, one goroutine that receives", Measure: measureWake}}
	},
}

func measureWake(n int, p Params) (measure.Sample, error) {
	sleeper, err := measure.NewSleeper()
	if err != nil {
		return measure.Sample{}, err
	}
	defer sleeper.Close()
	wait := spinUntil
	if p.Get("blocks") == 1 {
		wait = sleeper.Until
	}
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
	gap := time.Duration(p.Get("gap-us")) * time.Microsecond
	watch := measure.Start()
	for range n {
		wait(time.Now().Add(gap)) // so that the receiver waits, however late this is
		sent <- time.Now()
	}
	close(sent)
	<-done
	cost := watch.Stop().Of(n)
	return withLatency(measure.Sample{Values: measure.Values{"cpus": cost["cpus"]}}, times)
}
