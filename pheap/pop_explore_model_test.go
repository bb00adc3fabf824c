//go:build model

package pheap

import (
	"errors"
	"fmt"
	"testing"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/explore"
)

// Goal: of one that pushes and then looks who sleeps, and one that goes to sleep and then
// asks Ready, one sees the other: else nobody would wake it.
func TestExploreReadyIsSeenByWhoGoesToSleep(t *testing.T) {
	for shards := 1; shards <= 2; shards++ {
		t.Run(fmt.Sprintf("shards=%d", shards), func(t *testing.T) {
			explore.Run(t, explore.Config{Buffers: true}, func(x *explore.X) {
				h := New[byte](Config{Shards: shards})
				var asleep atomics.Bool
				x.Name("h", h)
				x.Name("asleep", &asleep)
				seen, ready := false, false
				x.Go("pushes", func() {
					h.TryPush('a', 0)
					seen = asleep.Load()
				})
				x.Go("sleeps", func() {
					asleep.Store(true)
					ready = h.Ready()
				})
				x.After(func() error {
					if !seen && !ready {
						return errors.New("neither saw the other")
					}
					return nil
				})
			})
		})
	}
}
