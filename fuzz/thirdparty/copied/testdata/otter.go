package rings

import "github.com/user/millrace/fuzz/thirdparty/copies/otterqueue"

func init() {
	all = append(all, Ring{
		Name:      "otter 2 MPSC",
		Module:    "github.com/maypok86/otter/v2",
		New:       func(capacity int) Queue { return otter{otterqueue.NewMPSC[Item](2, uint32(capacity))} },
		Consumers: 1,
		Least:     4,
	})
}

type otter struct{ q *otterqueue.MPSC[Item] }

func (o otter) TryPush(v Item) bool { return o.q.TryPush(&v) }

func (o otter) TryPop() (v Item, ok bool) {
	if p := o.q.TryPop(); p != nil {
		return *p, true
	}
	return v, false
}
