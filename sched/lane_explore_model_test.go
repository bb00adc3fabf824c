//go:build model

package sched

import (
	"errors"
	"testing"

	"github.com/user/millrace/internal/explore"
)

// Goal: when all is still, workers are called to a lane that has an item, though the call was
// ended while the item came.
func TestExploreLaneCallAgainstItsEnd(t *testing.T) {
	explore.Run(t, explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		s := New(Config[work]{Workers: 1, Capacity: 1, Rings: 1})
		s.callToLanes()
		x.Go("submitter", func() { s.pushLane(new(int), s.rings[0].lane) })
		x.Go("worker", s.laneDrained)
		x.After(func() error {
			if s.look.Load()&lookLane == 0 {
				return errors.New("nobody is called to the lane")
			}
			return nil
		})
	})
}
