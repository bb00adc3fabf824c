package histogram_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/pool/histogram"
)

// A sortedDurations is the slow model of a Histogram: all durations, sorted.
type sortedDurations []time.Duration

func modelOf(durations []time.Duration) sortedDurations {
	sorted := make(sortedDurations, len(durations))
	for i, d := range durations {
		sorted[i] = max(d, 0)
	}
	slices.Sort(sorted)
	return sorted
}

// quantile is the nearest rank.
func (s sortedDurations) quantile(share float64) time.Duration {
	rank := int(math.Ceil(share * float64(len(s))))
	return s[min(max(rank, 1), len(s))-1]
}

func (s sortedDurations) mean() float64 {
	mean := 0.0
	for _, d := range s {
		mean += float64(d) / float64(len(s))
	}
	return mean
}

// wantNear checks that got is within the precision of a Histogram for want.
func wantNear(t *testing.T, what string, got time.Duration, want float64) {
	t.Helper()
	// One for the fraction of a nanosecond, 2⁻⁴⁰ for the sums of float64s.
	off := math.Abs(float64(got) - want)
	assert.LessOrEqual(t, off, want*(1.0/64+0x1p-40)+1,
		"%s is %d, want %.0f: off by %.0f, allowed are %.0f", what, got, want, off, want/64)
}

// sameAsModel compares a Histogram with the durations that are in it.
func sameAsModel(t *testing.T, h histogram.Histogram, durations []time.Duration) {
	t.Helper()
	require.Equal(t, int64(len(durations)), h.Count())
	if len(durations) == 0 {
		return
	}
	model := modelOf(durations)
	for _, share := range []float64{0, 1e-9, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1} {
		wantNear(t, "a quantile", h.Quantile(share), float64(model.quantile(share)))
	}
	wantNear(t, "the mean", h.Mean(), model.mean())

	left := model
	for b := range h.Buckets() {
		require.Positive(t, b.Count, "bucket %+v, and %d durations are left", b, len(left))
		require.LessOrEqual(t, b.Count, int64(len(left)), "bucket %+v, and %d durations are left", b, len(left))
		for _, d := range left[:b.Count] {
			if d < b.Shortest || d > b.Longest {
				t.Fatalf("%d is counted in bucket %+v", d, b)
			}
		}
		left = left[b.Count:]
	}
	assert.Empty(t, left, "durations are in no bucket")
}

// Goal: for any durations, each result is within 1/64 of the exact one, and each
// duration is counted in a bucket that contains it.
func TestHistogramIsWithinOneInSixtyFour(t *testing.T) {
	const seed = 7
	random := rand.New(rand.NewPCG(seed, seed))
	spreads := map[string]func() time.Duration{
		"the same":         func() time.Duration { return 12345 },
		"nanoseconds":      func() time.Duration { return time.Duration(random.IntN(200)) },
		"all magnitudes":   func() time.Duration { return time.Duration(random.Uint64() >> (1 + random.IntN(63))) },
		"negative too":     func() time.Duration { return time.Duration(random.IntN(2000) - 1000) },
		"about a microsec": func() time.Duration { return time.Duration(1000 * random.ExpFloat64()) },
		"two humps": func() time.Duration {
			return time.Millisecond + time.Duration(random.IntN(2))*time.Hour
		},
	}
	for name, spread := range spreads {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 1, 2, 3, 100, 5000} {
				var r histogram.Recorder
				durations := make([]time.Duration, n)
				for i := range durations {
					durations[i] = spread()
					r.Record(durations[i])
				}
				sameAsModel(t, r.Histogram(), durations)
			}
		})
	}
}

// Goal: around each power of two, where the width of the ranges changes, and at the
// limits of the type, a duration lies in the range in which it is counted.
func TestHistogramHasNoGapBetweenRanges(t *testing.T) {
	previous := time.Duration(-1)
	for power := range 63 {
		for off := range time.Duration(5) {
			d := max(1<<power+off-2, 0)
			var r histogram.Recorder
			r.Record(d)
			sameAsModel(t, r.Histogram(), []time.Duration{d})
		}
	}
	var r histogram.Recorder
	for power := range 63 {
		for step := range 64 {
			r.Record(time.Duration(math.Ldexp(1+float64(step)/64, power)))
		}
	}
	r.Record(math.MaxInt64)
	r.Record(0)
	r.Record(math.MinInt64)
	longest := time.Duration(0)
	for b := range r.Histogram().Buckets() {
		require.Equal(t, previous+1, b.Shortest, "bucket %+v follows one that ends at %d", b, previous)
		require.GreaterOrEqual(t, b.Longest, b.Shortest, "bucket %+v follows one that ends at %d", b, previous)
		previous, longest = b.Longest, b.Longest
	}
	assert.Equal(t, time.Duration(math.MaxInt64), longest, "the last bucket ends at %d", longest)
}

func TestHistogramOfNothingAnswersZero(t *testing.T) {
	var h histogram.Histogram
	assert.Zero(t, h.Count())
	assert.Zero(t, h.Mean())
	assert.Zero(t, h.Quantile(0.5))
	assert.Zero(t, h.Quantile(math.NaN()))
	for b := range h.Buckets() {
		t.Errorf("has bucket %+v", b)
	}
}

func TestHistogramTakesAnyShare(t *testing.T) {
	var r histogram.Recorder
	for d := range time.Duration(60) { // counted exactly
		r.Record(d)
	}
	h := r.Histogram()
	for _, c := range []struct {
		share float64
		want  time.Duration
	}{
		{math.NaN(), 0},
		{math.Inf(-1), 0},
		{-0.5, 0},
		{0, 0},
		{0.5, 29},
		{1, 59},
		{1.5, 59},
		{math.Inf(1), 59},
		{math.MaxFloat64, 59},
	} {
		assert.Equal(t, c.want, h.Quantile(c.share), "Quantile(%v)", c.share)
	}
}

func TestHistogramNeverChanges(t *testing.T) {
	var r histogram.Recorder
	r.Record(time.Second)
	before := r.Histogram()
	r.Record(time.Second)
	r.Record(time.Hour)
	sameAsModel(t, before, []time.Duration{time.Second})
}

func TestHistogramSinceIsWhatCameLater(t *testing.T) {
	var r histogram.Recorder
	r.Record(time.Second)
	r.Record(time.Minute)
	before := r.Histogram()
	later := []time.Duration{time.Second, time.Millisecond, time.Hour}
	for _, d := range later {
		r.Record(d)
	}
	after := r.Histogram()
	sameAsModel(t, after.Since(before), later)
	sameAsModel(t, after.Since(histogram.Histogram{}), append(later, time.Second, time.Minute))
	sameAsModel(t, after.Since(after), nil)
	sameAsModel(t, before.Since(after), nil) // a mistake, and no negative count
}

func TestHistogramBucketsMayBeLeftEarly(t *testing.T) {
	var r histogram.Recorder
	r.Record(1)
	r.Record(2)
	for b := range r.Histogram().Buckets() {
		assert.Equal(t, time.Duration(1), b.Shortest, "the first bucket is %+v", b)
		break
	}
}

// Goal: a panic of the loop's body reaches the caller, and the Histogram can be used
// afterwards.
func TestHistogramBucketsPassesPanicsOn(t *testing.T) {
	var r histogram.Recorder
	r.Record(1)
	h := r.Histogram()
	assert.PanicsWithValue(t, "odd", func() {
		for range h.Buckets() {
			panic("odd")
		}
	})
	sameAsModel(t, h, []time.Duration{1})
}

func TestHistogramRecordDoesNotAllocate(t *testing.T) {
	var r histogram.Recorder
	n := testing.AllocsPerRun(100, func() { r.Record(time.Millisecond) })
	assert.Zero(t, n, "allocates %v times", n)
	const kib = 15
	size := unsafe.Sizeof(r)
	assert.LessOrEqual(t, size, uintptr(kib<<10), "takes %d bytes, said are %d KiB", size, kib)
}

// rounds is reduced for slow runs: under -short, and with invariants checked, which
// -race turns on.
func rounds() int {
	n := 1_000_000
	if testing.Short() {
		n /= 10
	}
	if invariant.Enabled {
		n /= 5
	}
	return n
}

// Goal: no recorded duration is lost, and successive Histograms only grow, in every
// bucket, while many goroutines record.
//
// Method: all record the same few durations for long, because a duration is lost only
// if two change one word at the same instant.
func TestHistogramLosesNothingUnderManyRecorders(t *testing.T) {
	const recorders, durations = 4, 2
	each := rounds()
	var r histogram.Recorder
	var all sync.WaitGroup
	for range recorders {
		all.Go(func() {
			for range each {
				for d := range time.Duration(durations) {
					r.Record(d)
				}
			}
		})
	}
	recorded := make(chan struct{})
	go func() { all.Wait(); close(recorded) }()
	before := r.Histogram()
	for done := false; !done; {
		select {
		case <-recorded:
			done = true
		default:
		}
		now := r.Histogram()
		if now.Since(before).Count() != now.Count()-before.Count() {
			t.Fatal("a bucket has shrunk")
		}
		before = now
	}
	for b := range before.Buckets() {
		assert.Equal(t, int64(recorders*each), b.Count, b)
	}
}

// FuzzHistogram decodes eight bytes for each duration, and compares with the model.
func FuzzHistogram(f *testing.F) {
	seed := func(durations ...int64) (data []byte) {
		for _, d := range durations {
			data = binary.LittleEndian.AppendUint64(data, uint64(d))
		}
		return data
	}
	f.Add(seed(), 0.5)                                          // nothing
	f.Add(seed(0, 1, 63, 64, 65, 127, 128), 0.99)               // where ranges of more than one begin
	f.Add(seed(math.MaxInt64, math.MaxInt64-1, 1<<62), 1.0)     // the last range, and the largest mean
	f.Add(seed(math.MinInt64, -1), 0.0)                         // none is negative
	f.Add(seed(1e9, 1e9, 1e9, 1e3), math.Nextafter(0.25, 0.26)) // just above a rank
	f.Fuzz(func(t *testing.T, data []byte, share float64) {
		var r histogram.Recorder
		var durations []time.Duration
		for len(data) >= 8 && len(durations) < 1000 {
			d := time.Duration(binary.LittleEndian.Uint64(data))
			data = data[8:]
			durations = append(durations, d)
			r.Record(d)
		}
		h := r.Histogram()
		sameAsModel(t, h, durations)
		if len(durations) > 0 && share >= 0 && share <= 1 {
			wantNear(t, "the quantile", h.Quantile(share), float64(modelOf(durations).quantile(share)))
		}
		_ = h.Quantile(share)
	})
}

// BenchmarkRecord measures recording one duration, by one goroutine, and by all
// concurrently into the same range: the worst case, since they share one word.
func BenchmarkRecord(b *testing.B) {
	b.Run("by=one", func(b *testing.B) {
		var r histogram.Recorder
		for b.Loop() {
			r.Record(time.Millisecond)
		}
	})
	b.Run("by=all", func(b *testing.B) {
		var r histogram.Recorder
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				r.Record(time.Millisecond)
			}
		})
	})
}
