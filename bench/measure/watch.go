// Package measure has the tools of all measurements: a watch for time, processor time and
// allocations, a scalable counter, a histogram, a sleeper and a load.
package measure

import (
	"encoding/json"
	"runtime"
	"strconv"
	"time"

	"github.com/user/millrace/internal/cputime"
)

// A Watch measures the cost of a part of the program.
type Watch struct {
	begin  time.Time
	cpu    time.Duration
	allocs uint64
	bytes  uint64
}

// Start returns a running watch. It collects the garbage of earlier code first.
func Start() Watch {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Watch{allocs: m.Mallocs, bytes: m.TotalAlloc, cpu: cputime.Used(), begin: time.Now()}
}

// A Cost is the measurement of a watch.
type Cost struct {
	Time   time.Duration
	CPU    time.Duration // of all processors, in user and kernel mode
	Allocs int64
	Bytes  int64
}

// Stop returns the cost since Start.
func (w Watch) Stop() Cost {
	c := Cost{Time: time.Since(w.begin), CPU: cputime.Used() - w.cpu}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c.Allocs, c.Bytes = int64(m.Mallocs-w.allocs), int64(m.TotalAlloc-w.bytes)
	return c
}

// Of returns the cost per operation of n operations.
func (c Cost) Of(n int) Values {
	per := func(total float64) float64 { return total / float64(n) }
	return Values{
		"ns/op":     per(float64(c.Time)),
		"cpu-ns/op": per(float64(c.CPU)),
		"cpus":      float64(c.CPU) / float64(c.Time),
		"allocs/op": per(float64(c.Allocs)),
		"B/op":      per(float64(c.Bytes)),
	}
}

// Values are figures by their units, as in Go benchmarks.
type Values map[string]float64

// MarshalJSON rounds each figure to five digits.
func (v Values) MarshalJSON() ([]byte, error) {
	rounded := make(map[string]json.Number, len(v))
	for unit, figure := range v {
		rounded[unit] = json.Number(strconv.FormatFloat(figure, 'g', 5, 64))
	}
	return json.Marshal(rounded)
}
