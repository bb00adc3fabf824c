package ringbuffer

// NewMPMCAt returns a ring whose positions start at or just below origin, so
// that a test can begin right before they wrap.
func NewMPMCAt[T any](capacity int, origin uint64) *MPMC[T] { return newMPMC[T](capacity, origin) }
