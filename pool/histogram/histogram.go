// Package histogram counts durations. A Recorder takes them from any number of
// goroutines; a Histogram is what it counted up to one instant.
package histogram

import (
	"iter"
	"math"
	"time"
)

// A Histogram holds the number of durations in each of its ranges. It never changes;
// the zero Histogram is empty.
//
// The ranges are those of an HDR histogram (Tene): one for each nanosecond up to
// 64, then 32 for each power of two. A duration returned by Quantile or Mean is off
// by at most 1/64 of itself. A Histogram holds any duration; a negative one counts
// as 0.
type Histogram struct {
	counts []uint64 // by range, up to that of the longest duration
	total  uint64
}

// A Bucket is one range of a Histogram.
type Bucket struct {
	Shortest, Longest time.Duration // inclusive
	Count             int64
}

// Count returns how many durations there are.
func (h Histogram) Count() int64 { return int64(h.total) }

// Quantile returns a duration that the given share of all durations does not
// exceed: the shortest for 0, the median for 0.5, the longest for 1. A share below 0
// or NaN counts as 0, one above 1 as 1. An empty Histogram returns 0.
func (h Histogram) Quantile(share float64) time.Duration {
	if h.total == 0 {
		return 0
	}
	rank := uint64(1) // of the duration to return, in order of length
	if share >= 1 {
		rank = h.total
	} else if share > 0 {
		rank = min(max(uint64(math.Ceil(share*float64(h.total))), 1), h.total)
	}
	for i, n := range h.counts {
		if rank <= n {
			return middleOf(i)
		}
		rank -= n
	}
	panic("unreachable: the counts add up to the total")
}

// Mean returns the average, or 0 if the Histogram is empty.
func (h Histogram) Mean() time.Duration {
	if h.total == 0 {
		return 0
	}
	mean := 0.0
	for i, n := range h.counts {
		mean += float64(middleOf(i)) * (float64(n) / float64(h.total))
	}
	return time.Duration(mean)
}

// Buckets yields the ranges that hold durations, the shortest first.
func (h Histogram) Buckets() iter.Seq[Bucket] {
	return func(yield func(Bucket) bool) {
		for i, n := range h.counts {
			if n == 0 {
				continue
			}
			shortest := shortestOf(i)
			if !yield(Bucket{shortest, shortest + widthOf(i) - 1, int64(n)}) {
				return
			}
		}
	}
}

// Since returns the durations recorded after earlier, an older Histogram of the same
// Recorder. If the two were taken a minute apart, it is the Histogram of that minute.
func (h Histogram) Since(earlier Histogram) Histogram {
	var d Histogram
	for i, n := range h.counts {
		if i < len(earlier.counts) {
			n -= min(n, earlier.counts[i])
		}
		d.add(i, n)
	}
	return d
}

// add counts n durations in range i. Ranges must be added in ascending order.
func (h *Histogram) add(i int, n uint64) {
	if n == 0 {
		return
	}
	if missing := i + 1 - len(h.counts); missing > 0 {
		h.counts = append(h.counts, make([]uint64, missing)...)
	}
	h.counts[i] += n
	h.total += n
}
