package pool

import (
	"context"
	"time"
)

// An observation is what a record keeps for histograms and hooks. It belongs to
// whoever the record belongs to.
type observation struct {
	queued time.Time       // when it was submitted, or was due to run again
	waited time.Duration   // from then to the present run
	ctx    context.Context // of the present run, for the hook of its end
}

// observes decides whether a task with a record is observed.
func (p *WorkerPool) observes(d draw) bool {
	if d == undecided {
		return p.observeAll || p.histograms != nil && p.histograms.draw()
	}
	return d == drawn
}

// A draw says whether a task is one of those that histograms are made of. It is made
// once for each task.
type draw uint8

const (
	undecided draw = iota
	drawn
	notDrawn
)

// goesBare decides whether a task that needs no record of its own goes without one.
func (p *WorkerPool) goesBare() (bare bool, d draw) {
	if p.plain {
		return true, notDrawn
	}
	return p.drawBare()
}

// drawBare is goesBare for a pool that is not plain.
func (p *WorkerPool) drawBare() (bare bool, d draw) {
	switch {
	case !p.bare:
		return false, undecided
	case p.histograms.draw():
		return false, drawn
	}
	return true, notDrawn
}

// observe begins to observe a record that is about to be submitted.
func (r *record) observe() {
	r.observed = &observation{queued: time.Now()}
	if r.pool.observeAll && r.id == "" {
		if r.number == 0 {
			r.number = taskNumber.Add(1)
		}
		r.id = r.taskID() // once: it will be asked for again and again
	}
}

// observeReturn notes that the record comes back to the queue.
func (r *record) observeReturn() {
	if r.observed != nil {
		r.observed.queued = time.Now()
	}
}

// observeStart notes that a run begins.
func (r *record) observeStart() {
	o := r.observed
	if o == nil {
		return
	}
	o.waited = r.runAt.Sub(o.queued)
	if h := r.pool.histograms; h != nil {
		h.queueWait.Record(o.waited)
	}
}

// observeEnd notes that the function of a run has returned.
func (r *record) observeEnd(took time.Duration) {
	if h := r.pool.histograms; h != nil && r.observed != nil {
		h.runTime.Record(took)
	}
}
