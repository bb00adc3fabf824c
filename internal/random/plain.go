//go:build !model

package random

import "unsafe"

// IntN returns a number in [0, n). n must be in [1, 1<<31].
func (s *Source) IntN(n int) int {
	return int(uint64(s.next()) * uint64(n) >> 32)
}

// StackHash returns a number in [0, n). It hashes the address of the caller's stack: stable per
// goroutine, spread across goroutines. A stack that grows moves and changes its hash. n must be
// in [1, 1<<31].
func StackHash(n int) int {
	if n == 1 {
		return 0
	}
	var here byte
	// A stack is at least 2 KiB, so the bits below 2^11 say how deep the caller is, not which
	// goroutine it is. The multiplier is 2^64 over the golden ratio: the high bits of its product
	// depend on all bits of the address.
	h := uint64(uintptr(unsafe.Pointer(&here))>>11) * 0x9e3779b97f4a7c15
	return int(h >> 32 * uint64(n) >> 32)
}

// expand is never called; see internal/atomics.
func expand() int { return StackHash(2) }

var _ = expand
