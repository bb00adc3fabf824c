package measure

import (
	"encoding/json"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCounterCountsAll(t *testing.T) {
	const goroutines, each = 50, 1000
	var c Counter
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for range each {
				c.Inc()
			}
		})
	}
	all.Wait()
	assert.Equal(t, goroutines*each, c.Sum())
}

// Goal: no quantile is reported with fewer than ten samples beyond it.
func TestQuantilesThatAreReported(t *testing.T) {
	h := NewHistogram()
	for i := range 1000 {
		h.Add(time.Duration(i+1) * time.Microsecond)
	}
	_, ok := h.Quantile(0.999)
	assert.False(t, ok, "p99.9 of 1000 samples")
	nearly := NewHistogram()
	for range 999 {
		nearly.Add(time.Microsecond)
	}
	_, ok = nearly.Quantile(0.99)
	assert.False(t, ok, "p99 of 999 samples")
	d, ok := h.Quantile(0.99)
	assert.True(t, ok)
	assert.GreaterOrEqual(t, d, 989*time.Microsecond)
	assert.LessOrEqual(t, d, 991*time.Microsecond)
}

// Goal: the values of a histogram are exactly the quantiles that it reports.
func TestHistogramValuesAreTheReportedQuantiles(t *testing.T) {
	h := NewHistogram()
	for range 200 {
		h.Add(time.Millisecond)
	}
	values := h.Values()
	for _, name := range []string{"p50-ns", "p90-ns"} {
		v := values[name]
		assert.GreaterOrEqual(t, v, 999e3, name)
		assert.LessOrEqual(t, v, 1001e3, name)
	}
	assert.Len(t, values, 2)
}

// Goal: operations of zero duration count, and missing operations are an error.
func TestTimesReportMissingOperations(t *testing.T) {
	times := NewTimes(3)
	times.Since(0, time.Now().Add(-time.Second))
	times.Since(2, time.Now().Add(time.Hour))
	h, err := times.Histogram()
	assert.Error(t, err)
	assert.Equal(t, int64(2), h.Count())
	times.Since(1, time.Now())
	h, err = times.Histogram()
	if assert.NoError(t, err) {
		assert.Equal(t, int64(3), h.Count())
	}
}

// Goal: a Sleeper never wakes early, so that no task starts before it is due.
func TestSleeperIsNeverEarly(t *testing.T) {
	s, err := NewSleeper()
	require.NoError(t, err)
	for _, d := range []time.Duration{-time.Second, 0, 1, time.Microsecond, 300 * time.Microsecond, 2 * time.Millisecond} {
		until := time.Now().Add(d)
		s.Until(until)
		assert.LessOrEqual(t, time.Until(until), time.Duration(0), "woken early")
	}
	assert.NoError(t, s.Close())
}

func TestWorkIsProportional(t *testing.T) {
	short, long := NewWork(time.Microsecond), NewWork(time.Millisecond)
	if ratio := float64(long) / float64(short); short < 1 || ratio < 900 || ratio > 1200 {
		t.Errorf("%d and %d steps", short, long)
	}
	assert.Positive(t, short.Time(2), "work that takes no time")
}

// Goal: the difference of two measurements is about the memory allocated in between.
func TestUsedMemoryHasWhatIsHeld(t *testing.T) {
	const size = 10 << 20
	before := UsedMemory()
	held := make([]byte, size)
	after := UsedMemory()
	got := after.Heap - before.Heap
	assert.GreaterOrEqual(t, got, int64(size*9/10), "%d bytes more, %d held", got, len(held))
	assert.LessOrEqual(t, got, int64(size*2), "%d bytes more, %d held", got, len(held))
	runtime.KeepAlive(held)
}

func TestHistogramSurvivesJSON(t *testing.T) {
	h := NewHistogram()
	for _, d := range []time.Duration{0, 1, 777, time.Millisecond, time.Second, time.Hour} {
		h.Add(d)
	}
	data, err := json.Marshal(h)
	require.NoError(t, err)
	back := new(Histogram)
	require.NoError(t, json.Unmarshal(data, back))
	again, _ := json.Marshal(back)
	assert.Equal(t, string(data), string(again))
	assert.Equal(t, int64(6), back.Count())
}

func TestAHistogramThatIsCutOffIsRefused(t *testing.T) {
	var h Histogram
	err := h.UnmarshalJSON([]byte("[5,1,7]"))
	if assert.Error(t, err) {
		assert.Contains(t, err.Error(), "no count")
	}
}
