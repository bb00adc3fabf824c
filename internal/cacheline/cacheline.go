// Package cacheline keeps apart words that different goroutines write.
package cacheline

// Size is the distance in bytes at which a write to one word does not slow down the other. It is
// 128, twice the line of most processors: the prefetchers of x86-64 fetch lines in pairs, and
// arm64 has lines of 128.
const Size = 128

// A Pad between two fields of a struct keeps them apart. Go does not let a program choose where
// a value starts, so both sides of the protected fields need a pad.
type Pad [Size]byte
