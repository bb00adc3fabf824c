package pool_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/user/millrace/internal/cputime"
	"github.com/user/millrace/pool"
)

// funcRunners are what BenchmarkFunc compares, all with room for 1024: a FuncPool, a
// WorkerPool that gets a new closure for each value, and a channel of values drained
// by as many goroutines.
var funcRunners = []struct {
	impl  string
	start func(workers int) (submit func([4]int), end func())
}{
	{"channel", func(workers int) (func([4]int), func()) {
		values := make(chan [4]int, benchQueue)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for v := range values {
					_ = useValue(background, v)
				}
			})
		}
		return func(v [4]int) { values <- v }, func() { close(values); wg.Wait() }
	}},
	{"closure", func(workers int) (func([4]int), func()) {
		p := started(pool.Config{Workers: workers, QueueSize: benchQueue})
		return func(v [4]int) {
			_ = p.SubmitFunc(func(ctx context.Context) error { return useValue(ctx, v) })
		}, func() { _ = p.Stop(background) }
	}},
	{"funcpool", func(workers int) (func([4]int), func()) {
		p := pool.NewFunc(pool.Config{Workers: workers, QueueSize: benchQueue}, useValue)
		if err := p.Start(background); err != nil {
			panic(err)
		}
		return func(v [4]int) { _ = p.Submit(v) }, func() { _ = p.Stop(background) }
	}},
}

//go:noinline
func useValue(_ context.Context, v [4]int) error {
	if v[0] < 0 {
		return context.Canceled
	}
	return nil
}

// BenchmarkFunc measures a call that does nothing with a value of four words, from
// its submission to its end, with all submitters and workers at it. It shows what a
// value costs beside its work where work is plenty, and nothing of the latency.
func BenchmarkFunc(b *testing.B) {
	for _, workers := range []int{2, 8} {
		for _, submitters := range []int{1, 8} {
			for _, r := range funcRunners {
				b.Run(fmt.Sprintf("impl=%s/workers=%d/submitters=%d", r.impl, workers, submitters), func(b *testing.B) {
					submit, end := r.start(workers)
					b.ReportAllocs()
					before := cputime.Used()
					b.ResetTimer()
					var wg sync.WaitGroup
					for i := range submitters {
						n := b.N / submitters
						if i < b.N%submitters {
							n++
						}
						wg.Go(func() {
							for range n {
								submit([4]int{i})
							}
						})
					}
					wg.Wait()
					end()
					b.ReportMetric((cputime.Used()-before).Seconds()/b.Elapsed().Seconds(), "cpus")
				})
			}
		}
	}
}
