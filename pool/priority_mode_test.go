package pool_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"testing"

	"github.com/user/millrace/pool"
)

// With this flag the tests' pools have priorities: what a pool promises it promises
// in both modes.
var withPriorities = flag.Bool("pool.priority", false, "test pools with priorities")

// newPool is pool.New for pools that are to be tested in both modes.
func newPool(cfg pool.Config, opts ...pool.Option) *pool.WorkerPool {
	if *observed {
		opts = append(observers(), opts...)
	}
	if *withPriorities {
		prioritized := cfg
		prioritized.Priority = true
		if p := pool.New(prioritized, opts...); p.Validate() == nil {
			return p
		} // it would be refused, for the policy DropOldest
	}
	return pool.New(cfg, opts...)
}

// Goal: everything holds in a pool with priorities, too.
// Method: run all tests of this package again, with such pools.
func TestEverythingHoldsWithPriorities(t *testing.T) {
	if *withPriorities || *observed {
		return // this is the run below, or that of another mode
	}
	args := []string{"-pool.priority", "-test.short", "-test.timeout=90s", "-test.run=^Test", "-test.count=1"}
	out, err := exec.Command(os.Args[0], args...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, bytes.TrimSpace(out))
	}
}
