package pool_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"testing"

	"github.com/user/millrace/pool"
)

// With this flag the pools of the tests are observed. A watchdog is left out: its timer
// would make checks whenever the clock of a bubble moves.
var observed = flag.Bool("pool.observed", false, "test pools with collector, hooks and histograms")

func observers() []pool.Option {
	return []pool.Option{
		pool.WithMetrics(collectorFuncs{}),
		pool.WithTaskHooks(func(ctx context.Context, _ pool.TaskRun) context.Context { return ctx }, func(context.Context, pool.TaskRun, error) {}),
		pool.WithHistograms(2),
	}
}

// Goal: all laws hold in an observed pool, too. Method: run all tests of this package
// again, with such pools.
func TestEverythingHoldsUnderObservation(t *testing.T) {
	if *observed || *withPriorities {
		return // this is the run below, or that of another mode
	}
	args := []string{"-pool.observed", "-test.short", "-test.timeout=90s", "-test.run=^Test", "-test.count=1"}
	out, err := exec.Command(os.Args[0], args...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, bytes.TrimSpace(out))
	}
}
