package pool_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/user/millrace/pool"
)

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

// What was not used is saved up, to the burst. A task that waits for its turn
// is in the queue and holds no worker.
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
