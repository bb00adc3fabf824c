package pool

import "time"

// A Recorder is a recorder for tests.
type Recorder struct{ r recorder }

func (r *Recorder) Record(d time.Duration) { r.r.record(d) }
func (r *Recorder) Histogram() Histogram   { return r.r.histogram() }
