package pool

import (
	"context"
	"time"
)

// An observation is what a record keeps for histograms and hooks. The owner of the
// record owns it too.
type observation struct {
	queued time.Time       // time of the submission, or of the return to the queue
	waited time.Duration   // time from queued to the current run
	ctx    context.Context // context of the current run, for the hook of its end
}

// A mode says which tasks have a record, and which of these are observed. New chooses it
// once.
type mode uint8

const (
	recordAll     mode = iota // every task has a record, and the sampled ones are observed
	observeAll                // every task has a record and is observed, for the collector
	hookAll                   // likewise, and hooks are called around each run
	recordSampled             // a task has a record if it asks for one or is sampled
	recordless                // a task has a record if it asks for one
)

func (p *WorkerPool) chooseMode() mode {
	switch {
	case p.cfg.hooks.started != nil || p.cfg.hooks.ended != nil:
		return hookAll
	case p.collector != nil:
		return observeAll
	case p.cfg.TaskTimeout != 0:
		return recordAll
	case p.histograms != nil:
		return recordSampled
	}
	return recordless
}

// observesAll reports whether each task is observed.
func (m mode) observesAll() bool { return m == observeAll || m == hookAll }

// sample decides whether a task is observed. It is called once for each task.
func (p *WorkerPool) sample() bool {
	return p.mode.observesAll() || p.histograms != nil && p.histograms.draw()
}

// needsRecord reports whether a task that asks for no record gets one, and whether it is
// sampled.
func (p *WorkerPool) needsRecord() (needed, sampled bool) {
	if p.mode == recordless {
		return false, false
	}
	return p.needsRecordSlow()
}

// needsRecordSlow is needsRecord for a pool that is not recordless.
func (p *WorkerPool) needsRecordSlow() (needed, sampled bool) {
	sampled = p.sample()
	return sampled || p.mode < recordSampled, sampled
}

// observe begins the observation of a record before its submission.
func (r *record) observe() {
	r.observed = &observation{queued: time.Now()}
	if r.pool.mode.observesAll() && r.id == "" {
		if r.number == 0 {
			r.number = taskNumber.Add(1)
		}
		r.id = r.taskID() // made once: it is needed several times
	}
}

// observeReturn notes the return of the record to the queue.
func (r *record) observeReturn() {
	if r.observed != nil {
		r.observed.queued = time.Now()
	}
}

// observeStart notes the start of a run.
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

// observeEnd notes the end of a run's function.
func (r *record) observeEnd(took time.Duration) {
	if h := r.pool.histograms; h != nil && r.observed != nil {
		h.runTime.Record(took)
	}
}
