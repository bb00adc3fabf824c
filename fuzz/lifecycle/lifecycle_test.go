package lifecycle_test

import (
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/user/millrace/fuzz/lifecycle"
)

var (
	first      = flag.Uint64("lifecycle.seed", 1, "the seed of the first lifecycle")
	lifecycles = flag.Int("lifecycle.lifecycles", 200, "how many lifecycles there are")
)

func TestLifecyclesOfAllShapes(t *testing.T) {
	for i := range *lifecycles {
		seed := *first + uint64(i)
		r := lifecycle.Run(lifecycle.Seeded(seed), 40, 30*time.Second)
		require.NoError(t, r.Err, "-lifecycle.seed=%d: %s", seed, r.Shape)
	}
}

func FuzzLifecycle(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("1 worker, a queue of 2, and all that follows from these bytes"))
	f.Fuzz(func(t *testing.T, script []byte) {
		if r := lifecycle.Run(lifecycle.Recorded(script), 10, 30*time.Second); r.Err != nil {
			t.Fatalf("%s\n%v", r.Shape, r.Err)
		}
	})
}
