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

// observes decides whether a task that has a record anyway is observed. It is
// asked once for each task.
func (p *WorkerPool) observes() bool {
	return p.observeAll || p.histograms != nil && p.histograms.draw()
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
		h.queueWait.record(o.waited)
	}
}

// observeEnd notes that the function of a run has returned.
func (r *record) observeEnd(took time.Duration) {
	if h := r.pool.histograms; h != nil && r.observed != nil {
		h.runTime.record(took)
	}
}
