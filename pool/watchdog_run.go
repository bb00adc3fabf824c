package pool

import "weak"

// A runInSight is what a goroutine that runs tasks is at.
type runInSight struct {
	worker *workerLocal // nil for a goroutine that is no worker's
	ended  uint64       // tasks the worker has settled, or has let run again
	task   *funcTask    // nil for a task without id, and one with a record
	record *record      // nil for a task without
	ctx    *taskContext // of the record's run
}

// runsInSight yields what the workers are at, and what runs on other goroutines.
// A worker between two tasks counts as at a bare function.
func (p *WorkerPool) runsInSight(yield func(runInSight) bool) {
	for _, w := range p.workers.all() {
		if w.since.Load() == 0 {
			continue
		}
		run := runInSight{worker: w, ended: w.worker.Settled() + w.returns.Load(), task: w.task.Load(), record: w.record.Load()}
		if run.record != nil {
			run.ctx = run.record.runContext()
		}
		if !yield(run) {
			return
		}
	}
	p.inline.records.Range(func(ctx *taskContext, r *record) bool {
		return yield(runInSight{record: r, ctx: ctx})
	})
}

// A runKey tells runs apart: what a worker is at is the same run for as long as
// its key is the same, since ending a run changes the context or the number of
// those that have ended. It keeps nothing of a task alive.
type runKey struct {
	worker *workerLocal
	ended  uint64
	ctx    weak.Pointer[taskContext]
}

func (r *runInSight) key() runKey {
	return runKey{r.worker, r.ended, weak.Make(r.ctx)}
}

func (r *runInSight) taskID() string {
	switch {
	case r.record != nil:
		return r.record.taskID()
	case r.task != nil:
		return r.task.ID()
	}
	return ""
}

func (r *runInSight) stackIn(stacks stackDump) []byte {
	switch {
	case stacks == nil:
		return nil
	case r.worker != nil:
		return stacks.of(r.worker.goroutine.Load())
	}
	return stacks.running(r.record)
}
