package pool_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/user/millrace/pool"
)

const benchWorkers = 8

// eachers are the implementations that BenchmarkForEach compares:
//   - ForEach, on a pool of 8 workers;
//   - a Group with a member for each element, on such a pool;
//   - 8 goroutines that take elements off a counter;
//   - a plain loop on one goroutine.
var eachers = []struct {
	impl string
	each func(p *pool.WorkerPool, items []int, fn func(context.Context, int) error) error
}{
	{"pool", func(p *pool.WorkerPool, items []int, fn func(context.Context, int) error) error {
		return pool.ForEach(background, p, items, fn)
	}},
	{"group", func(p *pool.WorkerPool, items []int, fn func(context.Context, int) error) error {
		g := pool.NewGroup(p)
		for _, v := range items {
			g.Go(func(ctx context.Context) error { return fn(ctx, v) })
		}
		return g.Wait()
	}},
	{"goroutines", func(_ *pool.WorkerPool, items []int, fn func(context.Context, int) error) error {
		var wg sync.WaitGroup
		var next atomic.Int64
		for range min(benchWorkers, len(items)) {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(items)); i = next.Add(1) - 1 {
					_ = fn(background, items[i])
				}
			})
		}
		wg.Wait()
		return nil
	}},
	{"plain", func(_ *pool.WorkerPool, items []int, fn func(context.Context, int) error) error {
		for _, v := range items {
			_ = fn(background, v)
		}
		return nil
	}},
}

// BenchmarkForEach measures a call for n elements that compute for about work
// nanoseconds each. With work=uneven every hundredth takes 10 µs and the others
// nothing. The pool has nothing else to do.
func BenchmarkForEach(b *testing.B) {
	works := []struct {
		name string
		fn   func(context.Context, int) error
	}{
		{"0", func(context.Context, int) error { return nil }},
		{"1000", func(context.Context, int) error { compute(1000); return nil }},
		{"uneven", func(_ context.Context, i int) error {
			if i%100 == 0 {
				compute(10_000)
			}
			return nil
		}},
	}
	for _, work := range works {
		for _, n := range []int{1, 100, 10_000} {
			items := make([]int, n)
			for i := range items {
				items[i] = i
			}
			for _, e := range eachers {
				b.Run(fmt.Sprintf("impl=%s/n=%d/work=%s", e.impl, n, work.name), func(b *testing.B) {
					p := startPool(b, pool.Config{Workers: benchWorkers, QueueSize: benchQueue})
					b.ReportAllocs()
					for b.Loop() {
						if err := e.each(p, items, work.fn); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// BenchmarkStream measures 10,000 elements of about 0 and 1 µs each, from a slice
// to a loop that does nothing. The pool has nothing else to do.
func BenchmarkStream(b *testing.B) {
	items := make([]int, 10_000)
	for _, ns := range []int{0, 1000} {
		fn := func(_ context.Context, v int) (int, error) { compute(ns); return v, nil }
		for _, buffer := range []int{16, 256} {
			b.Run(fmt.Sprintf("work=%d/buffer=%d", ns, buffer), func(b *testing.B) {
				p := startPool(b, pool.Config{Workers: benchWorkers, QueueSize: benchQueue})
				b.ReportAllocs()
				for b.Loop() {
					for _, err := range pool.Stream(background, p, slices.Values(items), fn, pool.WithBuffer(buffer)) {
						if err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}
