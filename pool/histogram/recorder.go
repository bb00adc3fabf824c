package histogram

import (
	"sync/atomic"
	"time"
)

// A Recorder counts durations for a Histogram. The zero Recorder is ready for use.
// It takes 15 KiB, never allocates, and must not be copied after first use. Any
// goroutine may use it at any time.
//
// Progress: Record is one atomic addition, wait-free.
type Recorder struct{ counts [ranges]atomic.Uint64 }

// Record counts d.
func (r *Recorder) Record(d time.Duration) { r.counts[rangeOf(d)].Add(1) }

// Histogram returns the durations recorded up to now: all whose Record returned
// before the call, and none whose Record began after it. Each Record concurrent with
// the call is counted or not. A duration counted once is in every later Histogram.
func (r *Recorder) Histogram() Histogram {
	var h Histogram
	for i := range r.counts {
		h.add(i, r.counts[i].Load())
	}
	return h
}
