package pool_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// BenchmarkRetry measures what retries cost, a task of no work, from one goroutine
// that submits them to two workers. fails is the number of runs that fail before
// the one that succeeds, with a delay of zero: the cost of a run that fails, not of
// a timer. With retry=off and fails=0 it is a task of a pool without retries.
//
// It does not show the delay, which is the user's, nor what the failures cost those
// who keep their errors.
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
