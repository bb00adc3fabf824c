//go:build !model

package random

import "unsafe"

// IntN returns one of 0 … n-1. n must be at least 1 and at most 1<<31.
func (s *Source) IntN(n int) int {
	return int(uint64(s.next()) * uint64(n) >> 32)
}

// StackHash returns one of 0 … n-1, as a rule the same one each time the same
// goroutine asks, and different ones for different goroutines: it hashes where
// the caller's stack lies. A stack that grows moves, and its place with it.
// n must be at least 1 and at most 1<<31.
func StackHash(n int) int {
	if n == 1 {
		return 0
	}
	var here byte
	// A stack is at least 2 KiB, so the bits below 2^11 say how deep the caller
	// is, not which goroutine it is. The multiplier is 2^64 over the golden
	// ratio: its product's high bits depend on all bits of the address.
	h := uint64(uintptr(unsafe.Pointer(&here))>>11) * 0x9e3779b97f4a7c15
	return int(h >> 32 * uint64(n) >> 32)
}

// expand is never called; see internal/atomics.
func expand() int { return StackHash(2) }

var _ = expand
