package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/user/millrace/pool"
)

// say returns a task that prints its name.
func say(name string, opts ...pool.TaskOption) pool.Task {
	return pool.NewTask(func(context.Context) (interface{}, error) {
		fmt.Println(name)
		return nil, nil
	}, opts...)
}

// Tasks with a larger priority run first; tasks with the same priority run in order.
func ExampleWithPriority() {
	p := pool.New(pool.Config{Workers: 1}, pool.WithPriority())
	p.Submit(say("background", pool.WithTaskPriority(1)))
	p.Submit(say("normal", pool.WithTaskPriority(5)))
	p.Submit(say("normal too", pool.WithTaskPriority(5)))
	p.Submit(say("urgent", pool.WithTaskPriority(10)))

	ctx := context.Background()
	p.Start(ctx)
	fmt.Println(p.Stop(ctx))
	// Output:
	// urgent
	// normal
	// normal too
	// background
	// <nil>
}

// With aging a task that has waited long comes before newer ones of larger
// priority: here two of them make up for one level.
func ExampleWithPriorityAging() {
	p := pool.New(pool.Config{Workers: 1}, pool.WithPriorityAging(2))
	p.Submit(say("background", pool.WithTaskPriority(1)))
	for i := range 6 {
		p.Submit(say(fmt.Sprint("normal ", i+1), pool.WithTaskPriority(3)))
	}

	ctx := context.Background()
	p.Start(ctx)
	fmt.Println(p.Stop(ctx))
	// Output:
	// normal 1
	// normal 2
	// normal 3
	// background
	// normal 4
	// normal 5
	// normal 6
	// <nil>
}

// Tasks are processed at a controlled rate, however fast they are submitted and
// however many workers there are.
func ExampleWithRateLimit() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 10}, pool.WithRateLimit(100))
	defer p.Stop(ctx)

	begin := time.Now()
	for range 11 {
		p.SubmitFunc(func(context.Context) error { return nil })
	}
	err := p.Wait()
	fmt.Println(err, time.Since(begin) >= 100*time.Millisecond)
	// Output: <nil> true
}

// Unused starts are saved up, at most the burst. A task that waits for a start stays in
// the queue and occupies no worker.
func ExampleWithRateBurst() {
	p := started(pool.Config{Workers: 10},
		pool.WithRateLimit(1.0/3600), // one an hour
		pool.WithRateBurst(3),        // and three to begin with
	)
	ran := make(chan int, 5)
	for i := range 5 {
		p.SubmitFunc(func(context.Context) error { ran <- i; return nil })
	}
	for range 3 {
		<-ran
	}
	fmt.Println("waiting:", p.Stats().QueuedTasks)

	now, cancel := context.WithCancel(context.Background())
	cancel()
	var lost *pool.StopError
	if errors.As(p.Stop(now), &lost) {
		fmt.Println("never run:", lost.NeverRun)
	}
	// Output:
	// waiting: 2
	// never run: 2 tasks
}

// A loop that checks the pool from time to time may add workers as needed.
func ExampleWorkerPool_Resize_load() {
	p := started(pool.Config{Workers: 5})
	defer p.Stop(context.Background())

	monitor := func() {
		stats := p.Stats()

		// Scale up if queue is backing up
		if stats.QueuedTasks > 100 && stats.Workers < 20 {
			p.Resize(stats.Workers + 5)
		}

		// Scale down if idle
		if stats.QueuedTasks == 0 && stats.ActiveWorkers == 0 {
			p.Resize(5) // Minimum workers
		}
	}

	release := make(chan struct{})
	for range 130 {
		p.SubmitFunc(func(context.Context) error { <-release; return nil })
	}
	for range 4 {
		monitor()
		fmt.Println(p.Stats().Workers, "workers")
	}
	close(release)
	for p.Stats().Workers > 5 {
		monitor()
	}
	fmt.Println(p.Stats().Workers, "workers when idle")
	// Output:
	// 10 workers
	// 15 workers
	// 20 workers
	// 20 workers
	// 5 workers when idle
}

// One function for many values: no closure is made for each.
func ExampleNewFunc() {
	ctx := context.Background()
	type point struct{ x, y int64 }
	var sum atomic.Int64
	p := pool.NewFunc(pool.Config{Workers: 4, QueueSize: 100}, func(_ context.Context, v point) error {
		sum.Add(v.x * v.y)
		return nil
	})
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(ctx)

	for i := range int64(10) {
		p.Submit(point{i, i})
	}
	err := p.Wait()
	fmt.Println(sum.Load(), err)
	// Output: 285 <nil>
}

// A batch costs less than its values one by one.
func ExampleFuncPool_SubmitBatch() {
	ctx := context.Background()
	p := pool.NewFunc(pool.Config{Workers: 1}, func(_ context.Context, word string) error {
		fmt.Println(word)
		return nil
	})
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(ctx)

	n, err := p.SubmitBatch([]string{"one", "two", "three"})
	if err != nil {
		fmt.Println(n, "accepted:", err)
	}
	p.Wait()
	// Output:
	// one
	// two
	// three
}
