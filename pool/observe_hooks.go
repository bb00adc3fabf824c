package pool

import (
	"context"
	"time"
)

// A TaskRun is one run of a task; see WithTaskHooks.
type TaskRun struct {
	// TaskID is the task's id, generated if the task has none.
	TaskID string
	// Priority is the task's priority.
	Priority int
	// Run is the number of the run, from 1.
	Run int
	// QueueWait is the time from the submission, or from the end of the retry delay, to
	// the run. The submitter's wait for room counts.
	QueueWait time.Duration
	// StartedAt is the start of the run.
	StartedAt time.Time
	// Duration is the time of the run; 0 before its end.
	Duration time.Duration
}

// WithTaskHooks calls started before each run of a task and ended after it, on the
// goroutine that runs the task. Either may be nil.
//
// The task runs with the context that started returns, which must derive from the given
// one; nil stands for the given one. A tracer puts its span there, and tasks submitted
// with that context inherit the span. The context of a task that submits itself again and
// again grows with each span.
//
// ended gets the same context, which has ended by then but keeps its values, and the error
// of the run. The error of a run that timed out is context.DeadlineExceeded, whatever its
// function returned later; that of a panic is a *PanicError. ended is called before the
// outcome is given, except for a task that timed out: its outcome does not wait for the
// function. The time of started counts as part of the run, that of ended does not.
//
// A panic in a hook is recovered and counted in Stats.ContainedPanics. After
// runtime.Goexit in a hook the task still runs and has its outcome; then the goroutine
// ends, unless it is a worker's. With hooks every task has an id and is timed, which costs
// some hundred nanoseconds and a few allocations.
func WithTaskHooks(started func(context.Context, TaskRun) context.Context, ended func(context.Context, TaskRun, error)) Option {
	return poolOption(func(c *poolConfig) { c.hooks = taskHooks{started, ended} })
}

// taskHooks holds the functions given to WithTaskHooks.
type taskHooks struct {
	started func(context.Context, TaskRun) context.Context
	ended   func(context.Context, TaskRun, error)
}

// callBetweenHooks calls the hook for the start of a run, its function, and then the given
// function.
func (r *record) callBetweenHooks(then func(value any, err error)) {
	o := r.observed
	o.ctx = r.runContext()
	defer func() { then(r.call(o.ctx)) }() // deferred: the hook may call runtime.Goexit
	if started := r.pool.cfg.hooks.started; started != nil {
		r.pool.callUser(func() {
			if ctx := started(o.ctx, r.asTaskRun()); ctx != nil {
				o.ctx = ctx
			}
		})
	}
}

// callEnded calls the hook for the end of a run. The caller defers what must follow.
func (r *record) callEnded(took time.Duration, err error) {
	if r.pool.mode != hookAll {
		return
	}
	ctx := r.observed.ctx
	r.observed.ctx = nil
	ended := r.pool.cfg.hooks.ended
	if ended == nil {
		return
	}
	run := r.asTaskRun()
	run.Duration = took
	r.pool.callUser(func() { ended(ctx, run, err) })
}

func (r *record) asTaskRun() TaskRun {
	return TaskRun{
		TaskID:    r.taskID(),
		Priority:  r.priority,
		Run:       r.runs,
		QueueWait: r.observed.waited,
		StartedAt: r.runAt,
	}
}
