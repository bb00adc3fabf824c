package histogram_test

import (
	"fmt"
	"time"

	"github.com/user/millrace/pool/histogram"
)

// The median of the durations recorded since an earlier Histogram.
func ExampleHistogram_Since() {
	var recorder histogram.Recorder
	for range 1000 {
		recorder.Record(50)
	}
	before := recorder.Histogram()
	for range 10 {
		recorder.Record(20)
	}
	now := recorder.Histogram()
	recent := now.Since(before)
	fmt.Println(now.Count(), recent.Count(), recent.Quantile(0.5))
	// Output: 1010 10 20ns
}

// The ranges that hold durations.
func ExampleHistogram_Buckets() {
	var recorder histogram.Recorder
	recorder.Record(5 * time.Nanosecond)
	recorder.Record(101 * time.Nanosecond)
	recorder.Record(101 * time.Nanosecond)
	for b := range recorder.Histogram().Buckets() {
		fmt.Println(b.Count, "in", b.Shortest, "to", b.Longest)
	}
	// Output:
	// 1 in 5ns to 5ns
	// 2 in 100ns to 101ns
}
