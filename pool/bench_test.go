package pool_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/user/millrace/internal/cputime"
	"github.com/user/millrace/pool"
)

// A runner runs functions on workers and can end them.
type runner struct {
	submit func(func(context.Context) error)
	end    func()
}

// runners are the implementations compared: the pool, and a buffered channel drained by
// as many goroutines, both with room for 1024 tasks.
var runners = []struct {
	impl  string
	start func(workers int) runner
}{
	{"channel", channelRunner},
	{"pool", poolRunner},
}

const benchQueue = 1024

func poolRunner(workers int) runner {
	p := pool.New(pool.Config{Workers: workers, QueueSize: benchQueue})
	if err := p.Start(context.Background()); err != nil {
		panic(err)
	}
	return runner{
		submit: func(fn func(context.Context) error) { _ = p.SubmitFunc(fn) },
		end:    func() { _ = p.Stop(context.Background()) },
	}
}

func channelRunner(workers int) runner {
	tasks := make(chan func(context.Context) error, benchQueue)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for fn := range tasks {
				_ = fn(context.Background())
			}
		})
	}
	return runner{
		submit: func(fn func(context.Context) error) { tasks <- fn },
		end:    func() { close(tasks); wg.Wait() },
	}
}

func noop(context.Context) error { return nil }

// BenchmarkNoop measures a task that does nothing, from its submission to its end, with
// all submitters and workers busy. The function is the same each time. It shows the
// overhead of a task when there is plenty of work, and nothing of the latency of one
// task.
func BenchmarkNoop(b *testing.B) {
	for _, workers := range []int{2, 8, 1000} {
		for _, submitters := range []int{1, 8, 64} {
			for _, r := range runners {
				name := fmt.Sprintf("impl=%s/workers=%d/submitters=%d", r.impl, workers, submitters)
				b.Run(name, func(b *testing.B) { runAll(b, r.start(workers), submitters, noop) })
			}
		}
	}
}

// BenchmarkWork is BenchmarkNoop with tasks that keep a processor busy for about
// 1 and 10 µs, on 8 workers.
func BenchmarkWork(b *testing.B) {
	for _, us := range []int{1, 10} {
		work := func(context.Context) error { compute(us * 1000); return nil }
		for _, submitters := range []int{1, 8, 64} {
			for _, r := range runners {
				name := fmt.Sprintf("impl=%s/us=%d/submitters=%d", r.impl, us, submitters)
				b.Run(name, func(b *testing.B) { runAll(b, r.start(8), submitters, work) })
			}
		}
	}
}

// BenchmarkSubmitBatch is BenchmarkNoop with batches of 256, the time for one
// task, from one submitter to 8 workers.
func BenchmarkSubmitBatch(b *testing.B) {
	p := pool.New(pool.Config{Workers: 8, QueueSize: benchQueue})
	if err := p.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	batch := make([]pool.Task, 256)
	for i := range batch {
		batch[i] = pool.TaskFunc(func(context.Context) (interface{}, error) { return nil, nil })
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += len(batch) {
		if _, err := p.SubmitBatch(batch[:min(len(batch), b.N-n)]); err != nil {
			b.Fatal(err)
		}
	}
	_ = p.Stop(context.Background())
}

// BenchmarkSubmitWait measures one task that does nothing, waited for before the
// next: a wake in each direction.
func BenchmarkSubmitWait(b *testing.B) {
	ctx := context.Background()
	p := pool.New(pool.Config{Workers: 2, QueueSize: benchQueue})
	if err := p.Start(ctx); err != nil {
		b.Fatal(err)
	}
	task := pool.TaskFunc(func(context.Context) (interface{}, error) { return nil, nil })
	b.Run("call=SubmitWait", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.SubmitWait(ctx, task); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("call=Go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f, err := pool.Go(p, func(context.Context) (int, error) { return 1, nil })
			if err != nil {
				b.Fatal(err)
			}
			if _, err := f.Wait(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	_ = p.Stop(ctx)
}

// runAll submits b.N times fn from a number of submitters and waits for the end
// of all.
func runAll(b *testing.B, r runner, submitters int, fn func(context.Context) error) {
	b.ReportAllocs()
	before := cputime.Used()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i := range submitters {
		n := share(b.N, submitters, i)
		wg.Go(func() {
			for range n {
				r.submit(fn)
			}
		})
	}
	wg.Wait()
	r.end()
	b.ReportMetric((cputime.Used()-before).Seconds()/b.Elapsed().Seconds(), "cpus")
}

var computed uint32

// compute keeps the processor busy for about turns nanoseconds.
func compute(turns int) {
	x := uint32(1)
	for range turns {
		x = x*1664525 + 1013904223
	}
	if x == 0 {
		computed = x
	}
}

func BenchmarkClosure(b *testing.B) {
	for _, submitters := range []int{1, 8} {
		for _, r := range runners {
			name := fmt.Sprintf("impl=%s/workers=%d/submitters=%d", r.impl, 8, submitters)
			b.Run(name, func(b *testing.B) {
				r := r.start(8)
				submit := r.submit
				x := 0
				r.submit = func(func(context.Context) error) {
					y := x
					submit(func(context.Context) error {
						if y > 1 {
							panic(1)
						}
						return nil
					})
				}
				runAll(b, r, submitters, noop)
			})
		}
	}
}

// BenchmarkFutures measures a task that does nothing and whose future is waited for
// after 63 others were submitted, by 8 submitters.
func BenchmarkFutures(b *testing.B) {
	ctx := context.Background()
	p := pool.New(pool.Config{Workers: 8, QueueSize: benchQueue})
	if err := p.Start(ctx); err != nil {
		b.Fatal(err)
	}
	const ahead, submitters = 64, 8
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i := range submitters {
		wg.Go(func() {
			var futures [ahead]*pool.Future[int]
			for n := share(b.N, submitters, i); n > 0; n -= ahead {
				some := futures[:min(n, ahead)]
				for k := range some {
					some[k], _ = pool.Go(p, func(context.Context) (int, error) { return 1, nil })
				}
				for _, f := range some {
					_, _ = f.Wait(ctx)
				}
			}
		})
	}
	wg.Wait()
	_ = p.Stop(ctx)
}

// BenchmarkTree measures a task that only submits two more, with its own context, down
// to the tenth level. Four such trees grow at a time. The baseline is the same with
// goroutines.
func BenchmarkTree(b *testing.B) {
	const levels, trees = 10, 4
	grow := func(b *testing.B, plant func(done func())) {
		var all sync.WaitGroup
		for tree := range trees {
			all.Go(func() {
				for range share(b.N, trees, tree) {
					leaves := make(chan struct{})
					var left atomic.Int32
					left.Store(1 << (levels - 1))
					plant(func() {
						if left.Add(-1) == 0 {
							close(leaves)
						}
					})
					<-leaves
				}
			})
		}
		all.Wait()
		b.ReportMetric(float64(b.Elapsed())/float64(b.N*(1<<levels-1)), "ns/task")
	}
	b.Run("impl=goroutines", func(b *testing.B) {
		grow(b, func(done func()) {
			var node func(level int)
			node = func(level int) {
				if level == levels {
					done()
					return
				}
				go node(level + 1)
				go node(level + 1)
			}
			go node(1)
		})
	})
	b.Run("impl=pool", func(b *testing.B) {
		ctx := context.Background()
		p := pool.New(pool.Config{Workers: 8, QueueSize: trees << levels})
		if err := p.Start(ctx); err != nil {
			b.Fatal(err)
		}
		grow(b, func(done func()) {
			var nodes [levels + 1]pool.TaskFunc // by level
			nodes[levels] = func(context.Context) (interface{}, error) { done(); return nil, nil }
			for level := levels - 1; level > 0; level-- {
				below := nodes[level+1]
				nodes[level] = func(ctx context.Context) (interface{}, error) {
					_ = p.SubmitContext(ctx, below)
					_ = p.SubmitContext(ctx, below)
					return nil, nil
				}
			}
			_ = p.SubmitContext(ctx, nodes[1])
		})
		_ = p.Stop(ctx)
	})
}

// share returns the i-th of so many parts of n, as equal as possible.
func share(n, parts, i int) int { return n*(i+1)/parts - n*i/parts }
