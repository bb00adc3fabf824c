package pool_test

import (
	"context"
	"fmt"

	"github.com/user/millrace/pool"
)

// A loop that looks at the pool now and then may give it workers as they are needed.
func ExampleWorkerPool_Resize_load() {
	p := started(pool.Config{Workers: 5})
	defer p.Stop(context.Background())

	look := func() {
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
		look()
		fmt.Println(p.Stats().Workers, "workers")
	}
	close(release)
	for p.Stats().Workers > 5 {
		look()
	}
	fmt.Println(p.Stats().Workers, "workers when idle")
	// Output:
	// 10 workers
	// 15 workers
	// 20 workers
	// 20 workers
	// 5 workers when idle
}
