package rings

import (
	"github.com/puzpuzpuz/xsync/v4"

	"github.com/user/millrace/internal/atomics"
)

func init() {
	const module = "github.com/puzpuzpuz/xsync/v4"
	all = append(all,
		Ring{
			Name:    "xsync 4 MPMCQueue",
			Module:  module,
			New:     func(capacity int) Queue { return tries{xsync.NewMPMCQueue[Item](capacity)} },
			Rounds:  true,
			Differs: "rounds its size up",
		},
		Ring{
			Name:      "xsync 4 SPSCQueue",
			Module:    module,
			New:       func(capacity int) Queue { return tries{xsync.NewSPSCQueue[Item](capacity)} },
			Producers: 1,
			Consumers: 1,
		},
		Ring{
			Name:      "xsync 4 UMPSCQueue",
			Module:    module,
			New:       func(int) Queue { return &umpsc{q: xsync.NewUMPSCQueue[Item]()} },
			Unbounded: true,
			Consumers: 1,
			Keeps:     true,
			Differs:   "a pop waits; values stay referenced until their place is used again",
		},
	)
}

// A umpsc pops only where a push has ended that no pop was for.
type umpsc struct {
	q *xsync.UMPSCQueue[Item]
	n atomics.Int64
}

func (u *umpsc) TryPush(v Item) bool {
	u.q.Enqueue(v)
	u.n.Add(1)
	return true
}

func (u *umpsc) TryPop() (v Item, ok bool) {
	if u.n.Load() == 0 {
		return v, false
	}
	u.n.Add(-1)
	return u.q.Dequeue(), true
}
