package pool

import (
	"bytes"
	"fmt"
	"runtime"
)

// A stackDump is the stacks of all goroutines, as runtime.Stack prints them, with
// an empty line between any two.
type stackDump []byte

// The size of the first try to hold all stacks, and of the last one: each stops
// all goroutines for as long as it takes.
const (
	firstDump = 64 << 10
	lastDump  = 16 << 20
)

// allStacks returns the stacks of all goroutines, or as many as there is room for.
func allStacks() stackDump {
	for size := firstDump; ; size *= 4 {
		dump := make([]byte, size)
		if n := runtime.Stack(dump, true); n < size || size == lastDump {
			return dump[:n]
		}
	}
}

// of returns the stack of the goroutine with that number, or nil.
func (d stackDump) of(goroutine uint64) []byte {
	header := fmt.Appendf(nil, "goroutine %d [", goroutine)
	return d.find(func(stack []byte) bool { return bytes.HasPrefix(stack, header) })
}

// running returns the stack on which r.runHere was called, or nil.
func (d stackDump) running(r *record) []byte {
	call := fmt.Appendf(nil, ".(*record).runHere(%p", r)
	return d.find(func(stack []byte) bool { return bytes.Contains(stack, call) })
}

func (d stackDump) find(isIt func(stack []byte) bool) []byte {
	for stack := range bytes.SplitSeq(d, []byte("\n\n")) {
		if isIt(stack) {
			return bytes.Clone(stack)
		}
	}
	return nil
}

// goroutineNumber returns the number of the calling goroutine, by which its stack
// can be found among all. It costs some microseconds.
func goroutineNumber() (number uint64) {
	var start [len("goroutine 18446744073709551615 [")]byte
	runtime.Stack(start[:], false)
	_, _ = fmt.Sscanf(string(start[:]), "goroutine %d", &number)
	return number
}
