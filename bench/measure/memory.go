package measure

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// A Memory is the memory in use by the process, in bytes.
type Memory struct {
	Heap     int64 // Go's heap and stacks, without free spans
	Resident int64 // resident set size; 0 if unknown
}

// Less returns m - other.
func (m Memory) Less(other Memory) Memory {
	return Memory{Heap: m.Heap - other.Heap, Resident: m.Resident - other.Resident}
}

// UsedMemory returns the memory in use after a collection. It collects twice, because a
// sync.Pool drops its content in two steps.
func UsedMemory() Memory {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Memory{Heap: int64(m.HeapInuse + m.StackInuse), Resident: resident()}
}

// resident reads the second number of /proc/self/statm on Linux, which is in pages.
func resident() int64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(data)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
