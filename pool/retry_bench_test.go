package pool_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// BenchmarkRetry measures the cost of retries for a task that does nothing, from one
// submitter on two workers. fails is the number of failed runs before the one that
// succeeds. The delay is zero, so it shows the cost of a failed run, not of a timer.
// With retry=off and fails=0 it is a task of a pool without retries.
//
// It does not show the delay, nor the cost of keeping the errors.
func BenchmarkRetry(b *testing.B) {
	for _, c := range []struct {
		retry string
		opts  []pool.Option
		fails int
	}{
		{"off", nil, 0},
		{"on", []pool.Option{pool.WithRetry(3, 0)}, 0},
		{"on", []pool.Option{pool.WithRetry(3, 0)}, 1},
		{"on", []pool.Option{pool.WithRetry(3, 0)}, 3},
		{"budget", []pool.Option{pool.WithRetry(3, 0), pool.WithRetryBudget(1, always)}, 1},
	} {
		b.Run(fmt.Sprintf("retry=%s/fails=%d", c.retry, c.fails), func(b *testing.B) {
			p := startPool(b, pool.Config{Workers: 2, QueueSize: 1024}, c.opts...)
			submit := func() error { return p.SubmitFunc(func(context.Context) error { return nil }) }
			if c.fails > 0 {
				submit = func() error {
					left := c.fails
					return p.SubmitFunc(func(context.Context) error {
						if left--; left >= 0 {
							return errFlaky
						}
						return nil
					})
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, submit())
			}
			require.NoError(b, p.Wait())
		})
	}
}
