package pools_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/fuzz/thirdparty/pools"
)

var (
	kind   = flag.String("thirdparty.pool", "millrace", "the pool that is tested")
	seed   = flag.Uint64("thirdparty.seed", 1, "the seed of the first round")
	rounds = flag.Int("thirdparty.rounds", 50, "how many rounds of each law there are")

	patience = flag.Duration("thirdparty.patience", 30*time.Second, "how long a round may take that is not stuck")
)

func TestPool(t *testing.T) {
	for i := range pools.Kinds {
		if k := &pools.Kinds[i]; k.Name == *kind {
			for _, law := range pools.Laws {
				t.Run(law.Name, func(t *testing.T) { hold(t, k, law) })
			}
			return
		}
	}
	t.Fatalf("there is no pool %q", *kind)
}

func TestEachAdapterRunsWhatItAccepts(t *testing.T) {
	once := pools.Laws[0]
	for i := range pools.Kinds {
		k := &pools.Kinds[i]
		for round := range uint64(3) {
			if err := once.Check(k, rand.New(rand.NewPCG(round, 0))); err != nil && k.Name != "forgetful" {
				t.Errorf("%s: %v", k.Name, err)
			}
		}
	}
}

func hold(t *testing.T, k *pools.Kind, law pools.Law) {
	for i := range uint64(*rounds) {
		seed := *seed + i
		stuck := time.AfterFunc(*patience, func() {
			panic(fmt.Sprintf("stuck: a round did not end in %v, -thirdparty.seed=%d", *patience, seed))
		})
		err := law.Check(k, rand.New(rand.NewPCG(seed, 0)))
		stuck.Stop()
		require.NoError(t, err, "-thirdparty.seed=%d", seed)
	}
}

// TestLawsFindWhatIsWrong runs laws on a pool that breaks them, in processes of their
// own.
func TestLawsFindWhatIsWrong(t *testing.T) {
	for _, law := range []string{"once", "stop"} {
		out, err := exec.Command(os.Args[0], "-test.run=^TestPool$/^"+law+"$", "-test.timeout=1m", "-thirdparty.pool=forgetful").CombinedOutput()
		assert.Error(t, err, "a pool that loses tasks passed %s:\n%s", law, out)
	}
}
