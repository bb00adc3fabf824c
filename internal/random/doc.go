// Package random is the only source of randomness in ringbuffer, pheap and sched: which ring a
// submitter uses, where a thief begins.
//
// A Source is seeded and repeats itself. StackHash tells callers apart without their identity.
// Under the build tag model an explorer makes every draw.
package random

// A Source yields pseudo-random numbers by Marsaglia's xorshift with the multiplier of
// xorshift64* (Vigna, 2016): enough to spread load, in a nanosecond and without a lock. One
// goroutine at a time may use it.
type Source struct{ state uint64 }

// NewSource returns a Source that repeats itself for the same seed.
func NewSource(seed uint64) Source {
	// One step of splitmix64: neighboring seeds give unlike sequences. Zero, which xorshift cannot
	// leave, is avoided.
	seed += 0x9e3779b97f4a7c15
	seed = (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
	seed = (seed ^ seed>>27) * 0x94d049bb133111eb
	return Source{state: seed ^ seed>>31 | 1}
}

func (s *Source) next() uint32 {
	s.state ^= s.state >> 12
	s.state ^= s.state << 25
	s.state ^= s.state >> 27
	return uint32(s.state * 0x2545f4914f6cdd1d >> 32)
}
