package rings

import "github.com/puzpuzpuz/xsync/v3"

func init() {
	const module = "github.com/puzpuzpuz/xsync/v3"
	all = append(all,
		Ring{
			Name:   "xsync 3 MPMCQueueOf",
			Module: module,
			New:    func(capacity int) Queue { return tries{xsync.NewMPMCQueueOf[Item](capacity)} },
		},
		Ring{
			Name:      "xsync 3 SPSCQueueOf",
			Module:    module,
			New:       func(capacity int) Queue { return tries{xsync.NewSPSCQueueOf[Item](capacity)} },
			Producers: 1,
			Consumers: 1,
		},
	)
}

// tries renames.
type tries struct {
	q interface {
		TryEnqueue(v Item) bool
		TryDequeue() (Item, bool)
	}
}

func (t tries) TryPush(v Item) bool  { return t.q.TryEnqueue(v) }
func (t tries) TryPop() (Item, bool) { return t.q.TryDequeue() }
