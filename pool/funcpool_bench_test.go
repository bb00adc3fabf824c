package pool_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/user/millrace/internal/cputime"
	"github.com/user/millrace/pool"
)

// funcRunners are the implementations that BenchmarkFunc compares, all with room for
// 1024: a FuncPool, a WorkerPool that gets a new closure for each value, and a channel
// of values drained by as many goroutines.
func funcRunners[T any](use func(context.Context, T) error) []funcRunner[T] {
	return []funcRunner[T]{
		{"channel", func(workers int) (func(T), func()) {
			values := make(chan T, benchQueue)
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					for v := range values {
						_ = use(background, v)
					}
				})
			}
			return func(v T) { values <- v }, func() { close(values); wg.Wait() }
		}},
		{"closure", func(workers int) (func(T), func()) {
			p := started(pool.Config{Workers: workers, QueueSize: benchQueue})
			return func(v T) {
				_ = p.SubmitFunc(func(ctx context.Context) error { return use(ctx, v) })
			}, func() { _ = p.Stop(background) }
		}},
		{"funcpool", func(workers int) (func(T), func()) {
			p := pool.NewFunc(pool.Config{Workers: workers, QueueSize: benchQueue}, use)
			if err := p.Start(background); err != nil {
				panic(err)
			}
			return func(v T) { _ = p.Submit(v) }, func() { _ = p.Stop(background) }
		}},
	}
}

type funcRunner[T any] struct {
	impl  string
	start func(workers int) (submit func(T), end func())
}

//go:noinline
func useWord(_ context.Context, v int) error {
	if v < 0 {
		return context.Canceled
	}
	return nil
}

//go:noinline
func useWords(_ context.Context, v [4]int) error {
	if v[0] < 0 {
		return context.Canceled
	}
	return nil
}

// BenchmarkFunc measures a call that does nothing with a value of one word or four,
// from its submission to its end, with all submitters and workers busy. It shows the
// overhead of a value when there is plenty of work, and nothing of the latency.
func BenchmarkFunc(b *testing.B) {
	benchmarkFunc(b, 1, funcRunners(useWord), 1)
	benchmarkFunc(b, 4, funcRunners(useWords), [4]int{1})
}

func benchmarkFunc[T any](b *testing.B, words int, runners []funcRunner[T], v T) {
	for _, workers := range []int{2, 8} {
		for _, submitters := range []int{1, 8} {
			for _, r := range runners {
				b.Run(fmt.Sprintf("words=%d/impl=%s/workers=%d/submitters=%d", words, r.impl, workers, submitters), func(b *testing.B) {
					submit, end := r.start(workers)
					b.ReportAllocs()
					before := cputime.Used()
					b.ResetTimer()
					var wg sync.WaitGroup
					for i := range submitters {
						n := share(b.N, submitters, i)
						wg.Go(func() {
							for range n {
								submit(v)
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
