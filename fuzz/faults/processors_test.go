package faults

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/fuzz/lifecycle"
)

// The numbers of processors that pools live under, more than there may be.
var processors = []int{1, 2, 4, 8}

// collectors are how eager the garbage collector is: always, and never.
var collectors = map[string]int{"always": 1, "never": -1}

func lifecycles(t *testing.T, seed uint64, n int) {
	if testing.Short() {
		n /= 10
	}
	for i := range n {
		seed := seed + uint64(i)
		r := lifecycle.Run(lifecycle.Seeded(seed), 40, 30*time.Second)
		require.NoError(t, r.Err, "seed %d: %s", seed, r.Shape)
	}
}

// setCollector returns a function that puts back what was.
func setCollector(percent int) (restore func()) {
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}

// Goal: a pool keeps its laws under any number of processors, however eager the
// garbage collector is.
func TestLifecyclesUnderAnyNumberOfProcessors(t *testing.T) {
	for name, percent := range collectors {
		for i, n := range processors {
			t.Run(fmt.Sprintf("processors=%d/collector=%s", n, name), func(t *testing.T) {
				defer setCollector(percent)()
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
				lifecycles(t, uint64(1000*(i+1)), 15)
			})
		}
	}
}

// Goal: the same while both change under way. A pool learns the number of processors
// when it is made, so most live under another one.
func TestLifecyclesWhileProcessorsChange(t *testing.T) {
	defer setCollector(100)()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	over, changed := make(chan struct{}), make(chan int)
	go func() {
		changes := 0
		defer func() { changed <- changes }()
		for {
			select {
			case <-over:
				return
			case <-time.After(200 * time.Microsecond):
				runtime.GOMAXPROCS(processors[changes%len(processors)])
				if changes++; changes%16 == 0 {
					runtime.GC()
				}
			}
		}
	}()
	lifecycles(t, 9000, 120)
	close(over)
	n := <-changed
	assert.GreaterOrEqual(t, n, len(processors), "processors changed only %d times", n)
}
