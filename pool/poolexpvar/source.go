package poolexpvar

import (
	"expvar"
	"time"

	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/histogram"
)

// A Source is a pool. If it has the methods QueueWait and RunTime, as
// *pool.WorkerPool does, their histograms are shown, too.
type Source interface {
	Stats() pool.Stats
}

// A timed is a Source with histograms.
type timed interface {
	QueueWait() histogram.Histogram
	RunTime() histogram.Histogram
}

// Var returns the variable that Publish publishes, for an expvar.Map of your own.
func Var(s Source) expvar.Var { return expvar.Func(func() any { return snapshot(s) }) }

// A shown is the value encoded as JSON.
type shown struct {
	pool.Stats
	QueueWait *quantiles `json:",omitempty"`
	RunTime   *quantiles `json:",omitempty"`
}

// quantiles is the summary of a Histogram.
type quantiles struct {
	Count                    int64
	Mean, P50, P90, P99, Max time.Duration
}

func snapshot(s Source) shown {
	v := shown{Stats: s.Stats()}
	if t, ok := s.(timed); ok {
		v.QueueWait, v.RunTime = quantilesOf(t.QueueWait()), quantilesOf(t.RunTime())
	}
	return v
}

// quantilesOf returns nil for an empty Histogram.
func quantilesOf(h histogram.Histogram) *quantiles {
	if h.Count() == 0 {
		return nil
	}
	return &quantiles{
		Count: h.Count(),
		Mean:  h.Mean(),
		P50:   h.Quantile(0.5),
		P90:   h.Quantile(0.9),
		P99:   h.Quantile(0.99),
		Max:   h.Quantile(1),
	}
}
