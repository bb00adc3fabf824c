package cases

import (
	"runtime"
	"testing"

	"github.com/user/millrace/bench/rivals"
)

// BenchmarkNoop is the case noop.
func BenchmarkNoop(b *testing.B) { bench(b, noop) }

// BenchmarkClosure is the case closure.
func BenchmarkClosure(b *testing.B) { bench(b, closure) }

// BenchmarkTyped is the case typed.
func BenchmarkTyped(b *testing.B) { bench(b, typed) }

// bench runs a case at all its sizes with all rivals that can do it.
func bench(b *testing.B, c Case) {
	for _, p := range c.Sizes {
		for _, r := range rivals.All() {
			if !c.Fits(r) {
				continue
			}
			b.Run(p.String()+"/rival="+r.Name, func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p.Get(procs)))
				sample, err := c.Measure(b.N, r, p)
				if err != nil {
					b.Fatal(err)
				}
				for unit, value := range sample.Values {
					b.ReportMetric(value, unit)
				}
			})
		}
	}
}
