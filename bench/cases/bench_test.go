package cases

import (
	"runtime"
	"testing"
)

// Each benchmark is the case of that name. Its Method says what it measures.

func BenchmarkNoop(b *testing.B) { bench(b, noop) }

func BenchmarkClosure(b *testing.B) { bench(b, closure) }

func BenchmarkTyped(b *testing.B) { bench(b, typed) }

func BenchmarkWork(b *testing.B) { bench(b, work) }

func BenchmarkBatch(b *testing.B) { bench(b, batch) }

func BenchmarkBatchNoop(b *testing.B) { bench(b, batchNoop) }

func BenchmarkInside(b *testing.B) { bench(b, inside) }

func BenchmarkIdle(b *testing.B) { bench(b, idle) }

func BenchmarkNested(b *testing.B) { bench(b, nested) }

func BenchmarkQuicksort(b *testing.B) { bench(b, quicksort) }

func BenchmarkCall(b *testing.B) { bench(b, call) }

func BenchmarkPromise(b *testing.B) { bench(b, promise) }

func BenchmarkLatency(b *testing.B) { bench(b, latency) }

func BenchmarkBurst(b *testing.B) { bench(b, burst) }

func BenchmarkRampup(b *testing.B) { bench(b, rampup) }

func BenchmarkHTTP(b *testing.B) { bench(b, httpServer) }

func BenchmarkNeighbour(b *testing.B) { bench(b, neighbour) }

func BenchmarkHash(b *testing.B) { bench(b, hash) }

func BenchmarkJSON(b *testing.B) { bench(b, parse) }

func BenchmarkHeap(b *testing.B) { bench(b, liveHeap) }

func BenchmarkMemory(b *testing.B) { bench(b, memory) }

func BenchmarkRings(b *testing.B) { bench(b, rings) }

func BenchmarkPriority(b *testing.B) { bench(b, priority) }

func BenchmarkPriorityPool(b *testing.B) { bench(b, priorityPool) }

func BenchmarkLimiter(b *testing.B) { bench(b, limiter) }

func BenchmarkWake(b *testing.B) { bench(b, wake) }

// bench runs a case with all its implementations, at all its sizes or, under -short, at those
// of the short report.
func bench(b *testing.B, c Case) {
	for _, p := range c.Sizes {
		if testing.Short() && !c.Short(p) {
			continue
		}
		for _, impl := range c.Impls() {
			b.Run(p.String()+"/impl="+impl.Name, func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p.Get(procs)))
				sample, err := impl.Measure(b.N, p)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(0, "ns/op") // the default, which includes the setup
				for unit, value := range sample.Values {
					b.ReportMetric(value, unit)
				}
			})
		}
	}
}
