package cases

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	uber "go.uber.org/ratelimit"
	"golang.org/x/time/rate"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/pool/ratelimit"
)

var limiter = Case{
	Name:  "limiter",
	Title: "Cost of a granted rate limiter request",
	Method: "Goroutines take tokens from a limiter of 1e9 tokens a second. Names that end in allow use the method that reports " +
		"whether there is a token, the others use the method that waits for one. There always is one. Most of the cost is the " +
		"clock, which millrace-clock reads as millrace does, without a limiter. The accuracy of the rate and the cost of a " +
		"refusal are not measured.",
	Unit:  "ns/op",
	Sizes: grid(axis{procs, []int{1, 2, 4}}, axis{"goroutines", []int{1, 2, 8}}),
	Short: these("procs=2/goroutines=1", "procs=2/goroutines=2", "procs=2/goroutines=8"),
	Impls: func() []Impl {
		const perSecond, burst = 1e9, 1 << 20
		ctx := context.Background()
		return []Impl{
			limiterImpl(impls.Millrace, millraceModule, "ratelimit.New(1e9, 1<<20), Wait", func() func() error {
				l := newLimiter(perSecond, burst)
				return func() error { return l.Wait(ctx) }
			}),
			limiterImpl("millrace-allow", millraceModule, "ratelimit.New(1e9, 1<<20), Allow", func() func() error {
				l := newLimiter(perSecond, burst)
				return func() error { return granted(l.Allow()) }
			}),
			limiterImpl("millrace-clock", "", "no limiter: time.Since", func() func() error {
				begin := time.Now()
				return func() error { return granted(time.Since(begin) >= 0) }
			}),
			limiterImpl("uber", "go.uber.org/ratelimit", "ratelimit.New(1e9), Take", func() func() error {
				l := uber.New(perSecond)
				return func() error { l.Take(); return nil }
			}),
			limiterImpl("x-time", "golang.org/x/time", "rate.NewLimiter(1e9, 1<<20), Wait", func() func() error {
				l := rate.NewLimiter(perSecond, burst)
				return func() error { return l.Wait(ctx) }
			}),
			limiterImpl("x-time-allow", "golang.org/x/time", "rate.NewLimiter(1e9, 1<<20), Allow", func() func() error {
				l := rate.NewLimiter(perSecond, burst)
				return func() error { return granted(l.Allow()) }
			}),
			limiterImpl(impls.Harness.Name, "", "no limiter", func() func() error {
				return func() error { return nil }
			}),
		}
	},
}

func newLimiter(perSecond float64, burst int) *ratelimit.Limiter {
	l, err := ratelimit.New(perSecond, burst)
	if err != nil {
		panic(err) // both are in range
	}
	return l
}

var errRefused = errors.New("refused")

func granted(ok bool) error {
	if ok {
		return nil
	}
	return errRefused
}

func limiterImpl(name, module, setup string, build func() (take func() error)) Impl {
	return Impl{Name: name, Module: module, Setup: setup, Measure: func(n int, p Params) (measure.Sample, error) {
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
