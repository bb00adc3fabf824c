package pool_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/user/millrace/pool"
)

func ExampleWithRetry() {
	ctx := context.Background()
	p := pool.New(pool.Config{}, pool.WithRetry(3, time.Millisecond)) // at most 4 runs
	p.Start(ctx)
	defer p.Stop(ctx)

	calls := 0
	callExternalAPI := func() (string, error) {
		if calls++; calls < 3 {
			return "", errors.New("connection reset")
		}
		return "hello", nil
	}
	result, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (interface{}, error) {
		return callExternalAPI()
	}))
	fmt.Println(result, err, "after", calls, "calls")

	_, err = p.SubmitWait(ctx, pool.NewTask(func(ctx context.Context) (interface{}, error) {
		return nil, errors.New("connection reset")
	}, pool.WithTaskRetry(1))) // 1 retry for this task
	fmt.Println(err)
	// Output:
	// hello <nil> after 3 calls
	// pool: ran 2 times: connection reset
}

func ExampleWithBackoff() {
	ctx := context.Background()
	p := pool.New(pool.Config{},
		pool.WithRetry(4, 10*time.Millisecond),
		// 10, 20, 40, 40 ms; Jitter shortens each by up to that share
		pool.WithBackoff(pool.Backoff{Factor: 2, Max: 40 * time.Millisecond, Jitter: 0.5}),
	)
	p.Start(ctx)
	defer p.Stop(ctx)

	began := time.Now()
	_, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (interface{}, error) {
		return nil, errors.New("busy")
	}))
	fmt.Println(err)
	fmt.Println("half of 110 ms or more:", time.Since(began) >= 55*time.Millisecond)
	// Output:
	// pool: ran 5 times: busy
	// half of 110 ms or more: true
}

func ExampleWithRetryIf() {
	errNotFound := errors.New("not found")
	ctx := context.Background()
	p := pool.New(pool.Config{},
		pool.WithRetry(3, time.Millisecond),
		pool.WithRetryIf(func(err error) bool { return !errors.Is(err, errNotFound) }),
	)
	p.Start(ctx)
	defer p.Stop(ctx)

	for _, answer := range []error{errors.New("timed out"), errNotFound} {
		runs := 0
		_, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (interface{}, error) {
			runs++
			return nil, answer
		}))
		fmt.Println(runs, "runs:", err)
	}
	// Output:
	// 4 runs: pool: ran 4 times: timed out
	// 1 runs: not found
}

// A StatusError is the answer of a server that refuses a request.
type StatusError struct {
	Code       int
	RetryAfter time.Duration // 0 if the server did not say
}

func (e *StatusError) Error() string { return http.StatusText(e.Code) }

func ExampleWithRetryAfter() {
	ctx := context.Background()
	p := pool.New(pool.Config{},
		pool.WithRetry(3, time.Hour),
		pool.WithRetryAfter(func(err error) (time.Duration, bool) {
			var status *StatusError
			if errors.As(err, &status) && status.RetryAfter > 0 {
				return status.RetryAfter, true
			}
			return 0, false // the delay of WithRetry
		}),
	)
	p.Start(ctx)
	defer p.Stop(ctx)

	runs := 0
	page, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (interface{}, error) {
		if runs++; runs == 1 {
			return nil, &StatusError{Code: http.StatusTooManyRequests, RetryAfter: 10 * time.Millisecond}
		}
		return "the page", nil
	}))
	fmt.Println(page, err)
	// Output: the page <nil>
}

func ExampleWithRetryBudget() {
	ctx := context.Background()
	p := pool.New(pool.Config{},
		pool.WithRetry(3, time.Millisecond),
		// One retry for ten tasks, and 5 more in any case, in each ten seconds.
		pool.WithRetryBudget(0.1, 5),
	)
	p.Start(ctx)
	defer p.Stop(ctx)

	calls, spent := 0, 0
	for range 20 { // the server is down
		_, err := p.SubmitWait(ctx, pool.TaskFunc(func(ctx context.Context) (interface{}, error) {
			calls++
			return nil, errors.New("connection refused")
		}))
		if errors.Is(err, pool.ErrRetryBudget) {
			spent++
		}
	}
	fmt.Println(calls, "calls instead of", 20*4)
	fmt.Println(spent, "tasks found the budget spent")
	// Output:
	// 26 calls instead of 80
	// 19 tasks found the budget spent
}
