package pool

import (
	"fmt"
	"time"
	"weak"

	"github.com/user/millrace/pool/internal/taskctx"
	"github.com/user/millrace/pool/internal/watchdog"
)

// A LongTask is a task whose run lasts long; see WithWatchdog.
type LongTask struct {
	// TaskID is the task's id; "" for a plain function.
	TaskID string
	// RunningFor is the observed time of the run. The run may have begun earlier, by up to
	// a quarter of the time given to WithWatchdog.
	RunningFor time.Duration
	// Stack is the stack of the task's goroutine, as runtime.Stack prints it. It is nil if
	// the process has too many goroutines to find it.
	Stack []byte
}

// WithWatchdog reports each run of a task that lasts longer than after, most likely because
// it hangs. Each run is reported once, within another quarter of that time, and continues.
// Stats.LongTasks counts the reported runs, even if report is nil.
//
// The watchdog observes workers and the goroutines of submitters and waiters. On a worker,
// the time right before and after a task, such as its callback, counts as part of the task
// or as a plain function. Tasks pay nothing for the watchdog. A report stops all goroutines
// of the process while their stacks are read.
//
// Reports are made one at a time on a goroutine of the pool. A panic of report is recovered
// and counted in Stats.ContainedPanics. Stop waits for a report in progress, at most until
// its context ends.
func WithWatchdog(after time.Duration, report func(LongTask)) Option {
	return poolOption(func(c *poolConfig) { c.watchdog = &watchdogConfig{after, report} })
}

type watchdogConfig struct {
	after  time.Duration
	report func(LongTask)
}

func (c *watchdogConfig) validate(refuse func(field string, value any, why string)) {
	if c != nil && c.after <= 0 {
		refuse("Watchdog", c.after, "must be above 0")
	}
}

type poolWatchdog = watchdog.Watchdog[runKey, activeRun]

// newWatchdog returns the watchdog of p, or nil if it has none.
func newWatchdog(p *WorkerPool) *poolWatchdog {
	c := p.cfg.watchdog
	if c == nil {
		return nil
	}
	cfg := watchdog.Config[runKey, activeRun]{After: c.after, Runs: p.activeRuns, CallUser: p.callUser}
	if c.report != nil {
		cfg.Report = func(l watchdog.LongRun) { c.report(LongTask(l)) }
	}
	return watchdog.New(cfg)
}

// An activeRun is the current run of a goroutine that runs tasks.
type activeRun struct {
	worker *workerLocal     // nil if the goroutine is not a worker's
	ended  uint64           // number of tasks the worker has settled or requeued
	task   *funcTask        // nil for a task without id, and for one with a record
	record *record          // nil for a task without one
	ctx    *taskctx.Context // of the record's run
}

// activeRuns yields the current runs of workers and of other goroutines. A worker between
// two tasks counts as running a plain function.
func (p *WorkerPool) activeRuns(yield func(activeRun) bool) {
	for _, w := range p.workers.all() {
		if w.since.Load() == 0 {
			continue
		}
		run := activeRun{worker: w, ended: w.worker.Settled() + w.requeues.Load(), task: w.task.Load(), record: w.record.Load()}
		if run.record != nil {
			run.ctx = run.record.runContext()
		}
		if !yield(run) {
			return
		}
	}
	p.inline.records.Range(func(ctx *taskctx.Context, r *record) bool {
		return yield(activeRun{record: r, ctx: ctx})
	})
}

// A runKey tells runs apart: the end of a run changes the worker's context or its
// number of ended tasks. It keeps nothing of a task alive.
type runKey struct {
	worker *workerLocal
	ended  uint64
	ctx    weak.Pointer[taskctx.Context]
}

func (r activeRun) Key() runKey {
	return runKey{r.worker, r.ended, weak.Make(r.ctx)}
}

func (r activeRun) TaskID() string {
	switch {
	case r.record != nil:
		return r.record.taskID()
	case r.task != nil:
		return r.task.ID()
	}
	return ""
}

func (r activeRun) Stack(stacks watchdog.Stacks) []byte {
	if r.worker != nil {
		return stacks.Of(r.worker.goroutine.Load())
	}
	return stacks.Containing(fmt.Appendf(nil, ".(*record).runInline(%p", r.record))
}
