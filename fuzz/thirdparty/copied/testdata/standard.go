package rings

import "github.com/user/millrace/fuzz/thirdparty/copies/poolqueue"

func init() {
	all = append(all,
		Ring{
			Name:      "sync poolDequeue",
			Module:    "std",
			New:       func(capacity int) Queue { return dequeue{poolqueue.New(capacity)} },
			Rounds:    true,
			Producers: 1,
			SaysFull:  true,
			Differs:   "is full until a pop is through, as its comments say",
		},
		Ring{
			Name:      "sync poolChain",
			Module:    "std",
			New:       func(int) Queue { return chain{&poolqueue.Chain{}} },
			Unbounded: true,
			Producers: 1,
			Differs:   "sync.Pool may miss what is there, and asks no more of it",
		},
	)
}

type dequeue struct{ q *poolqueue.Dequeue }

func (d dequeue) TryPush(v Item) bool  { return d.q.Push(v) }
func (d dequeue) TryPop() (Item, bool) { return item(d.q.Pop()) }

type chain struct{ q *poolqueue.Chain }

func (c chain) TryPush(v Item) bool {
	c.q.Push(v)
	return true
}

func (c chain) TryPop() (Item, bool) { return item(c.q.Pop()) }

func item(v any, ok bool) (Item, bool) {
	if !ok {
		return Item{}, false
	}
	return v.(Item), true
}
