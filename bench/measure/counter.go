package measure

import (
	"sync/atomic"
	"unsafe"
)

// A Counter counts tasks that ran. It is many words, and who counts takes the one
// that its stack's address falls to, so that goroutines that run tasks at the same
// time seldom meet: to add costs what an uncontended atomic add does. The zero
// Counter is ready.
type Counter struct {
	stripes [stripes]struct {
		n atomic.Int64
		_ [120]byte // two cache lines: processors fetch them in pairs
	}
}

const (
	stripes   = 256
	stackSize = 11 // log2 of the smallest stack
)

// Inc adds one.
func (c *Counter) Inc() {
	var here byte
	c.stripes[uintptr(unsafe.Pointer(&here))>>stackSize%stripes].n.Add(1)
}

// Sum returns how many there were, exactly if nobody counts meanwhile.
func (c *Counter) Sum() (sum int) {
	for i := range c.stripes {
		sum += int(c.stripes[i].n.Load())
	}
	return sum
}
