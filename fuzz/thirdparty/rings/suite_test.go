package rings_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/fuzz/thirdparty/rings"
	"github.com/user/millrace/internal/queuetest"
)

var name = flag.String("thirdparty.ring", "millrace MPMC", "the ring that is tested")

func ring(t *testing.T) *rings.Ring {
	t.Helper()
	r := rings.Find(*name)
	if r == nil {
		t.Fatalf("there is no ring %q", *name)
	}
	return r
}

func TestRing(t *testing.T) { queuetest.Run(t, ring(t).Config()) }

// TestRoundedRing is the law "model" for rings that round their size up, at sizes that
// they have.
func TestRoundedRing(t *testing.T) {
	r := ring(t)
	first := queuetest.Seed()
	for size := 1; size <= 8; size *= 2 {
		t.Run(fmt.Sprint("cap=", size), func(t *testing.T) {
			for seed := first; seed < first+uint64(queuetest.Scaled(500)); seed++ {
				defer func() {
					if t.Failed() {
						t.Logf("to replay: -queuetest.seed=%d", seed)
					}
				}()
				_, ops := queuetest.Decode(script(seed))
				queuetest.Replay(t, r.Config().New(size), r.Room(size), ops)
			}
		})
	}
}

func TestEachAdapterKeepsOrder(t *testing.T) {
	for _, r := range rings.All() {
		q := r.Config().New(4)
		for lap := range uint64(3) {
			for i := range uint64(4) {
				assert.True(t, q.TryPush(rings.Item{ID: 10*lap + i}), "%s: refused at %d of 4", r.Name, i)
			}
			for i := range uint64(4) {
				v, ok := q.TryPop()
				assert.True(t, ok, "%s: pop", r.Name)
				assert.Equal(t, 10*lap+i, v.ID, "%s: pop", r.Name)
			}
			_, ok := q.TryPop()
			assert.False(t, ok, "%s: empty", r.Name)
			assert.Zero(t, q.Len(), "%s: empty", r.Name)
		}
	}
}

// TestSuiteFindsWhatIsWrong runs the suite on a ring that loses values, in a process of
// its own.
func TestSuiteFindsWhatIsWrong(t *testing.T) {
	out, err := exec.Command(os.Args[0], "-test.run=^TestRing$/^spsc$/^cap=64$", "-test.timeout=1m", "-thirdparty.ring=repairing").CombinedOutput()
	assert.Error(t, err, "a ring that loses values passed:\n%s", out)
}
