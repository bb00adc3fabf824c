package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/random"
)

// expand is never called. It does for the packages that use a Scheduler what its
// namesake in ringbuffer does.
func expand() int {
	var v atomics.Uint64
	atomics.StoreRelease(&v, 1)
	return random.StackHash(2)
}

var _ = expand
