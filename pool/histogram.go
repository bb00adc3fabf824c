package pool

import (
	"iter"
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// A Histogram is how long something took each time, as counted up to one
// instant: of durations in the same range, how many. It never changes; the zero
// Histogram is empty.
//
// The ranges are those of an HDR histogram (Tene): one for each nanosecond up to
// 64, and from there 32 for each power of two. A single duration taken from it,
// by Quantile or Mean, is off by 1/64 of itself at most. It holds any duration;
// a negative one counts as 0.
type Histogram struct {
	counts []uint64 // by range, up to the longest duration
	total  uint64
}

// A Bucket is one range of a Histogram.
type Bucket struct {
	Shortest, Longest time.Duration // both belong to it
	Count             int64
}

// Count returns how many durations there are.
func (h Histogram) Count() int64 { return int64(h.total) }

// Quantile returns a duration that the given share of all durations does not
// exceed: 0 asks for the shortest, 0.5 for the median, 1 for the longest. A share
// below 0 and NaN count as 0, one above 1 as 1. An empty Histogram answers 0.
func (h Histogram) Quantile(share float64) time.Duration {
	if h.total == 0 {
		return 0
	}
	rank := uint64(1) // of the duration looked for, in order of length
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

// Mean returns the average, 0 if the Histogram is empty.
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

// Buckets yields the ranges in which there are durations, in order of length.
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

// Since returns what was added after earlier, an older Histogram of the same
// pool: that of the last minute, where the two were taken a minute apart.
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

// add counts n durations in range i, which must not be below the last one.
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

// A recorder counts durations for a Histogram. It takes 15 KiB and never
// allocates. Any goroutine may use it at any time.
//
// Progress: record is one atomic addition, wait-free.
//
// A Histogram taken from it holds every duration whose record returned before,
// and none whose record was called after. What is recorded meanwhile is in it
// or not, each by itself; what is in an older Histogram is in a newer one too.
type recorder struct{ counts [ranges]atomic.Uint64 }

func (r *recorder) record(d time.Duration) { r.counts[rangeOf(d)].Add(1) }

// histogram returns what was recorded up to now.
func (r *recorder) histogram() Histogram {
	var h Histogram
	for i := range r.counts {
		h.add(i, r.counts[i].Load())
	}
	return h
}

// The ranges: i is a step above 0 for i < 2·steps, one of a power of two above.
const (
	stepBits = 5
	steps    = 1 << stepBits
	ranges   = (63-stepBits)*steps + steps
)

func rangeOf(d time.Duration) int {
	v := uint64(max(d, 0))
	power := max(bits.Len64(v)-stepBits-1, 0)
	return power<<stepBits + int(v>>power)
}

// powerOf returns the binary logarithm of the width of range i.
func powerOf(i int) int { return max(i>>stepBits-1, 0) }

func shortestOf(i int) time.Duration {
	power := powerOf(i)
	return time.Duration(i-power<<stepBits) << power
}

func widthOf(i int) time.Duration { return 1 << powerOf(i) }

func middleOf(i int) time.Duration { return shortestOf(i) + (widthOf(i)-1)/2 }
