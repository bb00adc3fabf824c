package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// BenchmarkMetrics measures a task that does nothing, from its submission to its end,
// by one submitter on 2 workers, with each kind of observation. The collector, the
// hooks and the report do nothing; the cost of useful ones comes on top. Mode off is
// the baseline.
func BenchmarkMetrics(b *testing.B) {
	for _, mode := range []struct {
		name string
		opt  pool.Option
	}{
		{"off", nil},
		{"watchdog", pool.WithWatchdog(time.Second, func(pool.LongTask) {})},
		{"histograms", pool.WithHistograms(0)},
		{"histograms-of-all", pool.WithHistograms(1)},
		{"collector", pool.WithMetrics(collectorFuncs{})},
		{"hooks", pool.WithTaskHooks(
			func(ctx context.Context, _ pool.TaskRun) context.Context { return ctx },
			func(context.Context, pool.TaskRun, error) {})},
	} {
		b.Run("mode="+mode.name, func(b *testing.B) {
			p := pool.New(pool.Config{Workers: 2, QueueSize: benchQueue}, mode.opt)
			require.NoError(b, p.Start(background))
			runAll(b, runner{
				submit: func(fn func(context.Context) error) { _ = p.SubmitFunc(fn) },
				end:    func() { require.NoError(b, p.Stop(background)) },
			}, 1, noop)
		})
	}
}
