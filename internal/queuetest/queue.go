package queuetest

import (
	"testing"

	"github.com/user/millrace/internal/invariant"
)

// A Queue is what the suite tests.
type Queue[T any] interface {
	TryPush(v T) bool
	TryPop() (T, bool)
	TryPushBatch(vs []T) int
	TryPopBatch(dst []T) int
	Len() int
}

// A Closer is a Queue that can be closed.
type Closer interface {
	Close()
	Closed() bool
}

// A Counter is a Queue that counts for life.
type Counter interface {
	Pushed() uint64
	Popped() uint64
}

// An Item is what the suite puts into queues: two words, so that a value torn between two
// pushes is noticed.
type Item struct {
	ID   uint64
	Body *Body
}

// A Body has a size at which the collector frees it alone.
type Body struct {
	id uint64
	_  [1 << 10]byte
}

// A Config says how to make a queue and what it promises.
type Config struct {
	// New makes an empty queue. capacity is the initial one if the queue is unbounded.
	New func(capacity int) Queue[Item]

	// NewAt makes a queue whose positions start at or just below origin; nil if it has none.
	NewAt func(capacity int, origin uint64) Queue[Item]

	// Unbounded means that a push is never refused for lack of room.
	Unbounded bool

	// Unordered means that values keep their order only without concurrency: concurrent consumers
	// may see those of a producer in any order.
	Unordered bool
}

// Run runs the suite.
func Run(t *testing.T, c Config) {
	laws := []struct {
		name string
		test func(*testing.T, Config)
	}{
		{"smoke", smoke},
		{"capacity", capacity},
		{"len", length},
		{"batch", batch},
		{"wraparound", wraparound},
		{"model", model},
		{"spsc", spsc},
		{"mpmc", mpmc},
		{"stampede", stampede},
		{"noFalseFull", noFalseFull},
		{"noFalseEmpty", noFalseEmpty},
		{"retention", retention},
		{"close", closing},
	}
	for _, law := range laws {
		t.Run(law.name, func(t *testing.T) { law.test(t, c) })
	}
}

// Scaled returns n, or less with -short or the race detector, which turns invariants on and
// makes each step slow.
func Scaled(n int) int {
	if testing.Short() {
		n /= 10
	}
	if invariant.Enabled {
		n /= 10
	}
	return max(n, 1)
}
