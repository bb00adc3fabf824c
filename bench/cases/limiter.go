package cases

import (
	"context"
	"fmt"
	"sync/atomic"

	"go.uber.org/ratelimit"
	"golang.org/x/time/rate"

	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/rivals"
	"github.com/user/millrace/pool"
)

var limiter = Case{
	Name:     "limiter",
	Question: "What does it cost to ask a limiter that does not stop anyone?",
	Method: "Goroutines take tokens from a limiter of 1e9 a second, by the method that waits for one; there always is one. Most of " +
		"it is the clock. How well a limiter keeps its rate is not measured.",
	Unit:  "ns/op",
	Sizes: grid(axis{procs, []int{1, 2, 4}}, axis{"goroutines", []int{1, 8}}),
	Short: these("procs=2/goroutines=1", "procs=2/goroutines=8"),
	Contestants: func() []Contestant {
		const perSecond, burst = 1e9, 1 << 20
		ctx := context.Background()
		return []Contestant{
			limiterContestant(rivals.Millrace, millraceModule, "pool.NewLimiter(1e9, 1<<20), Wait", func() func() error {
				l, err := pool.NewLimiter(perSecond, burst)
				if err != nil {
					panic(err) // both are in range
				}
				return func() error { return l.Wait(ctx) }
			}),
			limiterContestant("uber", "go.uber.org/ratelimit", "ratelimit.New(1e9), Take", func() func() error {
				l := ratelimit.New(perSecond)
				return func() error { l.Take(); return nil }
			}),
			limiterContestant("x-time", "golang.org/x/time", "rate.NewLimiter(1e9, 1<<20), Wait", func() func() error {
				l := rate.NewLimiter(perSecond, burst)
				return func() error { return l.Wait(ctx) }
			}),
			limiterContestant(rivals.Harness.Name, "", "no limiter", func() func() error {
				return func() error { return nil }
			}),
		}
	},
}

func limiterContestant(name, module, setup string, build func() (take func() error)) Contestant {
	return Contestant{Name: name, Module: module, Setup: setup, Measure: func(n int, p Params) (measure.Sample, error) {
		var refused atomic.Int64
		take := build()
		cost := flood(n, p.Get("goroutines"), func(int) {
			if take() != nil {
				refused.Add(1)
			}
		}, func() {})
		if count := refused.Load(); count > 0 {
			return measure.Sample{}, fmt.Errorf("%d tokens of %d were refused", count, n)
		}
		return measure.Sample{Values: cost.Of(n)}, nil
	}}
}
