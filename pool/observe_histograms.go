package pool

import (
	"math/bits"
	"math/rand/v2"

	"github.com/user/millrace/pool/histogram"
)

// histograms holds the histograms of a pool and their sampling.
type histograms struct {
	every     uint64
	queueWait histogram.Recorder
	runTime   histogram.Recorder
}

// draw reports whether the next task is sampled. A shared counter would cost more than the
// task.
func (h *histograms) draw() bool {
	drawn, _ := bits.Mul64(rand.Uint64(), h.every) // in [0, every), close to uniform
	return drawn == 0
}

// defaultSampling is the number of tasks for each sampled one.
const defaultSampling = 64

// WithHistograms keeps histograms of waiting and run times for QueueWait and RunTime. It
// times one task in every, chosen at random: an every of 0 means 64, and 1 times all. The
// other tasks are not affected: a plain function still allocates nothing. With a collector
// or hooks every task is timed. The histograms take 30 KiB.
func WithHistograms(every int) Option {
	return poolOption(func(c *poolConfig) {
		if every == 0 {
			every = defaultSampling
		}
		c.sampling = &every
	})
}

// newHistograms returns the histograms of the options, or nil without WithHistograms.
func (c *poolConfig) newHistograms() *histograms {
	if c.sampling == nil {
		return nil
	}
	return &histograms{every: uint64(*c.sampling)}
}

// QueueWait returns the waiting times of runs so far: from the submission, or from the end
// of the retry delay, to the run. The submitter's wait for room counts. Without
// WithHistograms it is empty.
func (p *WorkerPool) QueueWait() histogram.Histogram {
	if p.histograms == nil {
		return histogram.Histogram{}
	}
	return p.histograms.queueWait.Histogram()
}

// RunTime returns the times of runs so far, failed ones included. A run that timed out
// counts until its function returned. Without WithHistograms it is empty.
func (p *WorkerPool) RunTime() histogram.Histogram {
	if p.histograms == nil {
		return histogram.Histogram{}
	}
	return p.histograms.runTime.Histogram()
}
