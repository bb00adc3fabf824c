package pheap_test

import (
	"testing"

	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/pheap"
)

// An equal is a heap whose items all have the same priority: to one goroutine it is
// first in, first out.
type equal struct {
	*pheap.Heap[queuetest.Item]
}

func (q equal) TryPush(v queuetest.Item) bool { return q.Heap.TryPush(v, 7) }

func (q equal) TryPushBatch(vs []queuetest.Item) int {
	for i, v := range vs {
		if !q.TryPush(v) {
			return i
		}
	}
	return len(vs)
}

func (q equal) TryPopBatch(dst []queuetest.Item) int {
	for i := range dst {
		var ok bool
		if dst[i], ok = q.TryPop(); !ok {
			return i
		}
	}
	return len(dst)
}

func runSuite(t *testing.T, cfg pheap.Config, unordered bool) {
	at := func(capacity int, origin uint64) queuetest.Queue[queuetest.Item] {
		if capacity == 0 {
			panic("no capacity") // to a heap it means no bound
		}
		cfg.Capacity = capacity
		return equal{pheap.NewAt[queuetest.Item](cfg, origin)}
	}
	queuetest.Run(t, queuetest.Config{
		New:       func(capacity int) queuetest.Queue[queuetest.Item] { return at(capacity, 0) },
		NewAt:     at,
		Unordered: unordered,
	})
}

// TestHeapOfOneShardIsAQueue: of one shard the order is exact beside others too.
func TestHeapOfOneShardIsAQueue(t *testing.T) { runSuite(t, pheap.Config{Shards: 1}, false) }

func TestHeapOfShardsIsAQueueAtRest(t *testing.T) {
	runSuite(t, pheap.Config{Shards: 3}, true)
	runSuite(t, pheap.Config{Shards: pheap.MaxShards, Aging: 5}, true)
}
