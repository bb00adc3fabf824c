//go:build model

package sched

import (
	"errors"
	"testing"

	"github.com/user/millrace/internal/explore"
)

// Goal: at rest the flag is set if an overflow queue has an item, even if it was cleared while
// the item came.
func TestExploreOverflowFlag(t *testing.T) {
	explore.Run(t, explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		s := New(Config[work]{Workers: 1, Capacity: 1, rings: 1})
		s.raiseOverflow()
		x.Go("submitter", func() { s.pushOverflow(new(int), s.rings[0].overflow) })
		x.Go("worker", s.lowerOverflow)
		x.After(func() error {
			if s.flags.Load()&flagOverflow == 0 {
				return errors.New("nobody is called to the overflow queue")
			}
			return nil
		})
	})
}
