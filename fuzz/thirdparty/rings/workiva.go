package rings

import "github.com/Workiva/go-datastructures/queue"

func init() {
	all = append(all, Ring{
		Name:      "Workiva RingBuffer",
		Module:    "github.com/Workiva/go-datastructures",
		New:       func(capacity int) Queue { return workiva{queue.NewRingBuffer(uint64(capacity))} },
		Rounds:    true,
		SaysEmpty: true,
		Differs:   "rounds sizes up; Poll has a timeout, so it says nothing of empty",
	})
}

type workiva struct{ *queue.RingBuffer }

func (q workiva) TryPush(v Item) bool {
	ok, err := q.Offer(v)
	return ok && err == nil
}

// TryPop waits for the shortest time possible; a timeout of 0 means forever.
func (q workiva) TryPop() (Item, bool) {
	v, err := q.Poll(1)
	if err != nil {
		return Item{}, false
	}
	return v.(Item), true
}

func (q workiva) Len() int { return int(q.RingBuffer.Len()) }
