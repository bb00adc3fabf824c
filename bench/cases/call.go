package cases

import (
	"fmt"
	"sync/atomic"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var call = Case{
	Name:  "call",
	Title: "Calls that wait for their result",
	Method: "Closures that return the last byte of their number. A submitter waits for each result before it submits the next " +
		"closure. The time is the total divided by the number of calls, so with 8 submitters a single call takes 8 times as " +
		"long. One of allocs/op is the closure. Left out are pools without a way to wait for one task.",
	Unit:  "ns/op",
	Sizes: plenty,
	Short: these("procs=2/workers=8/submitters=1"),
	Impls: func() []Impl {
		callers := pools(can[impls.Caller], func(n int, r impls.Impl, p Params) (measure.Sample, error) {
			pool := newCaller(r, p)
			return calls(n, pool, pool.(impls.Caller).Call, p)
		})()
		millrace, _ := impls.Named(impls.Millrace)
		return append(callers, Impl{
			Name: "millrace-go", Module: millraceModule, Setup: "pool.Go, Wait",
			Measure: func(n int, p Params) (measure.Sample, error) {
				pool := newCaller(millrace, p)
				return calls(n, pool, func(f func(int) int, i int) int { return pool.(impls.Promiser).Promise(f, i).Wait() }, p)
			},
		})
	},
}

func newCaller(r impls.Impl, p Params) impls.Pool {
	return r.New(impls.Config{Workers: p.Get("workers"), Queue: queue, Single: true})
}

func calls(n int, pool impls.Pool, call func(f func(int) int, i int) int, p Params) (measure.Sample, error) {
	var results results
	cost := flood(n, p.Get("submitters"), func(i int) { results.check(call(lastByte, i), i) }, pool.Close)
	return measure.Sample{Values: cost.Of(n)}, results.err()
}

var promise = Case{
	Name:   "promise",
	Title:  "Calls whose results are collected later",
	Method: "As call, but each submitter submits 64 closures and then collects their results, in order.",
	Unit:   "ns/op",
	Sizes:  plenty,
	Short:  these("procs=2/workers=8/submitters=1"),
	Impls: pools(can[impls.Promiser], func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		pool := newCaller(r, p)
		promiser := pool.(impls.Promiser)
		var results results
		const ahead = 64
		cost := inBatches(n, ahead, p.Get("submitters"), func(from, to int) {
			var promises [ahead]impls.Promise
			for i := from; i < to; i++ {
				promises[i-from] = promiser.Promise(lastByte, i)
			}
			for i := from; i < to; i++ {
				results.check(promises[i-from].Wait(), i)
			}
		}, pool.Close)
		return measure.Sample{Values: cost.Of(n)}, results.err()
	}),
}

// lastByte is the result of all calls. It becomes an interface without an allocation.
func lastByte(i int) int { return i & 0xff }

// results counts wrong results.
type results struct{ wrong atomic.Int64 }

func (r *results) check(got, i int) {
	if got != lastByte(i) {
		r.wrong.Add(1)
	}
}

func (r *results) err() error {
	if n := r.wrong.Load(); n > 0 {
		return fmt.Errorf("%d wrong results", n)
	}
	return nil
}
