// Package cacheline keeps words that different goroutines write apart.
package cacheline

// Size is how far apart two words must lie so that a write to one does not
// slow down the other. It is 128, twice the line of most processors: the
// prefetchers of x86-64 fetch lines in pairs, and arm64 has lines of 128.
const Size = 128

// A Pad stands between two fields of a struct to keep them apart. Go gives no
// say in where a value starts, so a pad stands on both sides of what it
// protects.
type Pad [Size]byte
