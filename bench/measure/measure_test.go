package measure

import (
	"encoding/json"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
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
	if n := c.Sum(); n != goroutines*each {
		t.Errorf("%d, want %d", n, goroutines*each)
	}
}

// Goal: no quantile is reported with fewer than ten samples beyond it.
func TestQuantilesThatAreReported(t *testing.T) {
	h := NewHistogram()
	for i := range 1000 {
		h.Add(time.Duration(i+1) * time.Microsecond)
	}
	if _, ok := h.Quantile(0.999); ok {
		t.Error("p99.9 of 1000 samples")
	}
	nearly := NewHistogram()
	for range 999 {
		nearly.Add(time.Microsecond)
	}
	if _, ok := nearly.Quantile(0.99); ok {
		t.Error("p99 of 999 samples")
	}
	if d, ok := h.Quantile(0.99); !ok || d < 989*time.Microsecond || d > 991*time.Microsecond {
		t.Errorf("p99 = %v, %v", d, ok)
	}
}

// Goal: the values of a histogram are exactly the quantiles that it reports.
func TestHistogramValuesAreTheReportedQuantiles(t *testing.T) {
	h := NewHistogram()
	for range 200 {
		h.Add(time.Millisecond)
	}
	values := h.Values()
	for _, name := range []string{"p50-ns", "p90-ns"} {
		if v := values[name]; v < 999e3 || v > 1001e3 {
			t.Errorf("%s = %v", name, v)
		}
	}
	if len(values) != 2 {
		t.Errorf("%v", values)
	}
}

// Goal: operations of zero duration count, and missing operations are an error.
func TestTimesReportMissingOperations(t *testing.T) {
	times := NewTimes(3)
	times.Since(0, time.Now().Add(-time.Second))
	times.Since(2, time.Now().Add(time.Hour))
	if h, err := times.Histogram(); err == nil || h.Count() != 2 {
		t.Errorf("%d counted, %v", h.Count(), err)
	}
	times.Since(1, time.Now())
	if h, err := times.Histogram(); err != nil || h.Count() != 3 {
		t.Errorf("%d counted, %v", h.Count(), err)
	}
}

// Goal: a Sleeper never wakes early, so that no task starts before it is due.
func TestSleeperIsNeverEarly(t *testing.T) {
	s, err := NewSleeper()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{-time.Second, 0, 1, time.Microsecond, 300 * time.Microsecond, 2 * time.Millisecond} {
		until := time.Now().Add(d)
		s.Until(until)
		if early := time.Until(until); early > 0 {
			t.Errorf("woken %v early", early)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestWorkIsProportional(t *testing.T) {
	short, long := NewWork(time.Microsecond), NewWork(time.Millisecond)
	if ratio := float64(long) / float64(short); short < 1 || ratio < 900 || ratio > 1200 {
		t.Errorf("%d and %d steps", short, long)
	}
	if short.Time(2) <= 0 {
		t.Error("work that takes no time")
	}
}

// Goal: the difference of two measurements is about the memory allocated in between.
func TestUsedMemoryHasWhatIsHeld(t *testing.T) {
	const size = 10 << 20
	before := UsedMemory()
	held := make([]byte, size)
	after := UsedMemory()
	if got := after.Heap - before.Heap; got < size*9/10 || got > size*2 {
		t.Errorf("%d bytes more, %d held", got, len(held))
	}
	runtime.KeepAlive(held)
}

func TestHistogramSurvivesJSON(t *testing.T) {
	h := NewHistogram()
	for _, d := range []time.Duration{0, 1, 777, time.Millisecond, time.Second, time.Hour} {
		h.Add(d)
	}
	data, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	back := new(Histogram)
	if err := json.Unmarshal(data, back); err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(back)
	if string(again) != string(data) || back.Count() != 6 {
		t.Errorf("%s\n%s", data, again)
	}
}

func TestAHistogramThatIsCutOffIsRefused(t *testing.T) {
	var h Histogram
	if err := h.UnmarshalJSON([]byte("[5,1,7]")); err == nil || !strings.Contains(err.Error(), "no count") {
		t.Errorf("%v", err)
	}
}
