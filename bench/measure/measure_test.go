package measure

import (
	"encoding/json"
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

// Goal: no quantile is told with fewer than ten samples beyond it.
func TestQuantilesThatAreTold(t *testing.T) {
	h := NewHistogram()
	for i := range 1000 {
		h.Add(time.Duration(i+1) * time.Microsecond)
	}
	if _, ok := h.Quantile(0.999); ok {
		t.Error("p99.9 of 1000 samples")
	}
	if d, ok := h.Quantile(0.99); !ok || d < 989*time.Microsecond || d > 991*time.Microsecond {
		t.Errorf("p99 = %v, %v", d, ok)
	}
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
