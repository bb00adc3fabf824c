package pool

import (
	"math/bits"
	"math/rand/v2"

	"github.com/user/millrace/pool/histogram"
)

// histograms are the histograms of a pool, and which tasks they sample.
type histograms struct {
	every     uint64
	queueWait histogram.Recorder
	runTime   histogram.Recorder
}

// draw decides whether one task is observed. A counter shared by all would cost
// more than the task.
func (h *histograms) draw() bool {
	drawn, _ := bits.Mul64(rand.Uint64(), h.every) // one of 0 … every-1, as good as even
	return drawn == 0
}

// defaultSampling is how many tasks there are for each that is observed, unless
// WithHistograms says otherwise.
const defaultSampling = 64

// WithHistograms keeps histograms of how long tasks wait and run, for QueueWait
// and RunTime. One in every tasks is timed, chosen at random; 0 means 64, 1 is
// all. The others stay as they are: a bare function allocates nothing. With a
// collector or hooks, which need every task timed, all of them count.
//
// The histograms take 30 KiB.
func WithHistograms(every int) Option {
	return poolOption(func(c *poolConfig) {
		if every == 0 {
			every = defaultSampling
		}
		c.sampling = &every
	})
}

// newHistograms returns the histograms that the options ask for, nil if they ask
// for none.
func (c *poolConfig) newHistograms() *histograms {
	if c.sampling == nil {
		return nil
	}
	return &histograms{every: uint64(*c.sampling)}
}

// QueueWait returns how long runs have waited since their task was submitted, or
// since it was due to run again, up to now. What a submitter waited for room
// counts. Without WithHistograms it is empty.
func (p *WorkerPool) QueueWait() histogram.Histogram {
	if p.histograms == nil {
		return histogram.Histogram{}
	}
	return p.histograms.queueWait.Histogram()
}

// RunTime returns how long runs have taken, up to now; those that failed and those
// that timed out until their function returned. Without WithHistograms it is
// empty.
func (p *WorkerPool) RunTime() histogram.Histogram {
	if p.histograms == nil {
		return histogram.Histogram{}
	}
	return p.histograms.runTime.Histogram()
}
