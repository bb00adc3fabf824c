package measure

import (
	"sync/atomic"
	"unsafe"
)

// A Counter counts tasks that ran. It has many words, and a goroutine picks one by the address
// of its stack, so that concurrent goroutines rarely share one. To count costs as much as an
// uncontended atomic add. The zero Counter is ready.
type Counter struct {
	stripes [stripes]struct {
		n atomic.Int64
		_ [120]byte // two cache lines, because processors fetch them in pairs
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

// Sum returns the count, which is exact if no goroutine counts meanwhile.
func (c *Counter) Sum() (sum int) {
	for i := range c.stripes {
		sum += int(c.stripes[i].n.Load())
	}
	return sum
}
