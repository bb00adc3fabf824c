package measure

import (
	"fmt"
	"time"
)

// Times notes a duration for each of a number of operations, which may run at the
// same time.
type Times []time.Duration

// NewTimes returns room for n operations.
func NewTimes(n int) Times { return make(Times, n) }

// Since notes for operation i how long ago t was. Nobody else may note the same i.
func (t Times) Since(i int, at time.Time) { t[i] = max(1, time.Since(at)) }

// Histogram counts what was noted. It fails if an operation is missing.
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
