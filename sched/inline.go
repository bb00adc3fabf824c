package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/random"
)

// expand is never called. It has the same purpose for importers of sched as its namesake
// in ringbuffer.
func expand() int {
	var v atomics.Uint64
	atomics.StoreRelease(&v, 1)
	return random.StackHash(2)
}

var _ = expand
