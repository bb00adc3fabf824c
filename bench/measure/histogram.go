package measure

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Histogram counts durations in nanoseconds, up to a minute, with an error of at most 1 in
// 1000. Longer ones count as a minute. It must not be used concurrently.
type Histogram struct{ h *hdrhistogram.Histogram }

// NewHistogram returns an empty histogram.
func NewHistogram() *Histogram {
	return &Histogram{hdrhistogram.New(1, int64(time.Minute), 3)}
}

// Add counts a duration.
func (h *Histogram) Add(d time.Duration) {
	_ = h.h.RecordValue(min(max(int64(d), 1), int64(time.Minute)))
}

// Merge adds the durations of another histogram.
func (h *Histogram) Merge(other *Histogram) { h.h.Merge(other.h) }

// Count returns the number of durations.
func (h *Histogram) Count() int64 { return h.h.TotalCount() }

// beyond is the least number of samples beyond a quantile that is reported.
const beyond = 10

// Quantile returns the duration that a share of the durations does not exceed. It reports
// false if fewer than ten samples lie beyond it.
func (h *Histogram) Quantile(share float64) (d time.Duration, ok bool) {
	if float64(h.Count())*(1-share) < beyond {
		return 0, false
	}
	return time.Duration(h.h.ValueAtQuantile(100 * share)), true
}

// Values returns the quantiles that are reported, in nanoseconds.
func (h *Histogram) Values() Values {
	values := Values{}
	for name, share := range map[string]float64{"p50-ns": 0.5, "p90-ns": 0.9, "p99-ns": 0.99, "p99.9-ns": 0.999} {
		if d, ok := h.Quantile(share); ok {
			values[name] = float64(d)
		}
	}
	return values
}

// MarshalJSON writes two numbers for each bucket that is not empty: the increase of its upper
// bound over that of the one before, in nanoseconds, and its count.
func (h *Histogram) MarshalJSON() ([]byte, error) {
	pairs, last := []int64{}, int64(0)
	for _, bar := range h.h.Distribution() {
		if bar.Count > 0 {
			pairs = append(pairs, bar.To-last, bar.Count)
			last = bar.To
		}
	}
	return json.Marshal(pairs)
}

// UnmarshalJSON reads the format of MarshalJSON.
func (h *Histogram) UnmarshalJSON(data []byte) error {
	var pairs []int64
	if err := json.Unmarshal(data, &pairs); err != nil {
		return err
	}
	*h = *NewHistogram()
	bound := int64(0)
	for pair := range slices.Chunk(pairs, 2) {
		if len(pair) < 2 {
			return errors.New("the last bucket of the histogram has no count")
		}
		bound += pair[0]
		if err := h.h.RecordValues(bound, pair[1]); err != nil {
			return err
		}
	}
	return nil
}
