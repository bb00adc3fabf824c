package measure

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// A Memory is what the process has in use, in bytes.
type Memory struct {
	Heap     int64 // of Go's heap and stacks, without what it keeps for later
	Resident int64 // as the system counts; 0 where it does not tell
}

// Less returns by how much m exceeds other.
func (m Memory) Less(other Memory) Memory {
	return Memory{Heap: m.Heap - other.Heap, Resident: m.Resident - other.Resident}
}

// UsedMemory returns what is in use after garbage was collected and given back. It
// collects twice: a sync.Pool gives up its content in two steps.
func UsedMemory() Memory {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Memory{Heap: int64(m.HeapInuse + m.StackInuse), Resident: resident()}
}

// resident reads /proc/self/statm, of Linux: its second number is in pages.
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
