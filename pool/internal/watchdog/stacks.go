package watchdog

import (
	"bytes"
	"fmt"
	"runtime"
)

// Stacks are the stacks of all goroutines, as runtime.Stack prints them, separated by
// empty lines.
type Stacks []byte

// Sizes of the buffer for all stacks, in the first try and the last. Each try stops
// all goroutines for as long as it takes.
const (
	firstSize = 64 << 10
	lastSize  = 16 << 20
)

// allStacks returns the stacks of all goroutines, or as many as there is room for.
func allStacks() Stacks {
	for size := firstSize; ; size *= 4 {
		stacks := make([]byte, size)
		if n := runtime.Stack(stacks, true); n < size || size == lastSize {
			return stacks[:n]
		}
	}
}

// Of returns the stack of the goroutine with that number, or nil.
func (s Stacks) Of(goroutine uint64) []byte {
	header := fmt.Appendf(nil, "goroutine %d [", goroutine)
	return s.find(func(stack []byte) bool { return bytes.HasPrefix(stack, header) })
}

// Containing returns the first stack that contains text, or nil.
func (s Stacks) Containing(text []byte) []byte {
	return s.find(func(stack []byte) bool { return bytes.Contains(stack, text) })
}

func (s Stacks) find(matches func(stack []byte) bool) []byte {
	for stack := range bytes.SplitSeq(s, []byte("\n\n")) {
		if matches(stack) {
			return bytes.Clone(stack)
		}
	}
	return nil
}

// GoroutineNumber returns the number of the calling goroutine, for Stacks.Of. It costs
// some microseconds.
func GoroutineNumber() (number uint64) {
	var start [len("goroutine 18446744073709551615 [")]byte
	runtime.Stack(start[:], false)
	_, _ = fmt.Sscanf(string(start[:]), "goroutine %d", &number)
	return number
}
