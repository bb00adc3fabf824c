package cases

import (
	"runtime"
	"testing"
)

// BenchmarkNoop is the case noop.
func BenchmarkNoop(b *testing.B) { bench(b, noop) }

// BenchmarkClosure is the case closure.
func BenchmarkClosure(b *testing.B) { bench(b, closure) }

// BenchmarkTyped is the case typed.
func BenchmarkTyped(b *testing.B) { bench(b, typed) }

// bench runs a case at all its sizes with all its contestants.
func bench(b *testing.B, c Case) {
	for _, p := range c.Sizes {
		for _, contestant := range c.Contestants() {
			b.Run(p.String()+"/rival="+contestant.Name, func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p.Get(procs)))
				sample, err := contestant.Measure(b.N, p)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(0, "ns/op") // of what was set up as well
				for unit, value := range sample.Values {
					b.ReportMetric(value, unit)
				}
			})
		}
	}
}
