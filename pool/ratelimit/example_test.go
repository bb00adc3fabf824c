package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/user/millrace/pool/ratelimit"
)

// A client that may send 20 requests a second, and 2 at once.
func ExampleLimiter() {
	limiter, err := ratelimit.New(20, 2)
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

	// With no token left, a wait of less than 50 ms is refused.
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

// Log only if there is a token.
func ExampleLimiter_Allow() {
	limiter, err := ratelimit.New(1.0/3600, 2) // one in an hour
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

// Serve a request if there is a token; otherwise tell the client when to retry.
func ExampleLimiter_TryTake() {
	limiter, err := ratelimit.New(1.0/60, 1) // one a minute
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		token, wait := limiter.TryTake()
		if wait > 0 {
			fmt.Println("Retry-After:", math.Ceil(wait.Seconds()))
			continue
		}
		fmt.Println("token taken")
		_ = token // GiveBack would return it
	}
	// Output:
	// token taken
	// Retry-After: 60
}
