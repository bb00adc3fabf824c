//go:build !race

// See allocs_test.go.

package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/user/millrace/pool"
)

// Goal: a task that succeeds pays nothing for the retries it might have had.
func TestRetryCostsNothingWhereNothingFails(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 1024}, pool.WithRetry(3, time.Second),
		pool.WithBackoff(pool.Backoff{Jitter: 1}), pool.WithRetryBudget(0.1, 10), pool.WithRetryIf(func(error) bool { return true }))
	body := func(context.Context) error { return nil }
	task := asTask(body, pool.WithTaskRetry(5))
	for name, f := range map[string]struct {
		want   float64
		submit func() error
	}{
		"SubmitFunc":    {0, func() error { return p.SubmitFunc(body) }},
		"WithTaskRetry": {0, func() error { return p.Submit(task) }},
		"SubmitWait":    {1, func() error { _, err := p.SubmitWait(background, task); return err }},
	} {
		var failed error
		n := testing.AllocsPerRun(rounds(5_000), func() {
			if err := f.submit(); err != nil {
				failed = err
			}
		})
		must(t, failed)
		if n > f.want && !*observed {
			t.Errorf("%s: %v allocations, want at most %v", name, n, f.want)
		}
	}
	wantRetries(t, p, 0, 0)
}
