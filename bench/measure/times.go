package measure

import (
	"fmt"
	"time"
)

// Times has a duration for each of a number of operations, which may run concurrently.
type Times []time.Duration

// NewTimes returns Times for n operations.
func NewTimes(n int) Times { return make(Times, n) }

// Since records the time since at for operation i. It must be called at most once for each i.
func (t Times) Since(i int, at time.Time) { t[i] = max(1, time.Since(at)) }

// Histogram returns the durations. It fails if one is missing.
func (t Times) Histogram() (*Histogram, error) {
	h, missing := NewHistogram(), 0
	for _, d := range t {
		if d == 0 {
			missing++
			continue
		}
		h.Add(d)
	}
	if missing > 0 {
		return h, fmt.Errorf("of %d tasks %d never ran", len(t), missing)
	}
	return h, nil
}
