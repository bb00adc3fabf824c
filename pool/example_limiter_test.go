package pool_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/user/millrace/pool"
)

// A client that may send 20 requests a second, and 2 at once.
func ExampleLimiter() {
	limiter, err := pool.NewLimiter(20, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	for i := range 4 {
		if err := limiter.Wait(ctx); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("request", i)
	}

	// Without a token left, there is no sense in waiting for less than 50 ms.
	ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	fmt.Println(errors.Is(limiter.Wait(ctx), context.DeadlineExceeded))
	// Output:
	// request 0
	// request 1
	// request 2
	// request 3
	// true
}

// Do something if there is a token, and without it otherwise.
func ExampleLimiter_Allow() {
	limiter, err := pool.NewLimiter(1.0/3600, 2) // one in an hour
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range 4 {
		if limiter.Allow() {
			fmt.Println("log line", i)
		}
	}
	// Output:
	// log line 0
	// log line 1
}
