package ringbuffer

import "github.com/user/millrace/internal/atomics"

// expand is never called. The queues are generic, so they are compiled in the packages that use
// them. Those get the bodies of these functions only if they were inlined here: see
// internal/atomics.
func expand() {
	var b atomics.Bool
	b.Store(b.Load())
	var v atomics.Uint64
	atomics.StoreRelease(&v, 1)
	var p atomics.Pointer[byte]
	atomics.StorePointerRelease(&p, nil)
}

var _ = expand
