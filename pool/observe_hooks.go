package pool

import (
	"context"
	"time"
)

// A TaskRun is one run of a task; see WithTaskHooks.
type TaskRun struct {
	// TaskID is the task's id. A task without one gets one here.
	TaskID string
	// Priority is the task's priority.
	Priority int
	// Run is 1 for the first run, and more for retries.
	Run int
	// QueueWait is how long the run had to wait since its task was submitted, or
	// since it was due to run again. What its submitter waited for room counts.
	QueueWait time.Duration
	// StartedAt is when the run began.
	StartedAt time.Time
	// Duration is how long it took; 0 before its end.
	Duration time.Duration
}

// WithTaskHooks calls started before each run of a task and ended after it, on the
// goroutine that runs the task. Either may be nil.
//
// The task runs with the context that started returns, which must derive from the
// one it was given, or with that one if it returns nil. So a tracer puts its span
// there; what the task submits with it inherits the span, and a task that submits
// itself again and again so has a context that grows.
//
// ended gets the same context, which has ended by then but has its values, and the
// error of the run: of one that timed out context.DeadlineExceeded, also if its
// function returned something else later, of one that panicked a *PanicError. It
// is called before the outcome of the task is given, but for a task that timed
// out, where that did not wait for the function. What started takes counts as part
// of the run, what ended takes does not.
//
// A panic in a hook is contained and counted. After runtime.Goexit in a hook the
// task runs and has its outcome, but then the goroutine ends, as far as it is not
// a worker's. With hooks every task has an id and is timed, which costs some
// hundred nanoseconds and a few allocations.
func WithTaskHooks(started func(context.Context, TaskRun) context.Context, ended func(context.Context, TaskRun, error)) Option {
	return poolOption(func(c *poolConfig) { c.hooks = taskHooks{started, ended} })
}

// taskHooks is what WithTaskHooks was given.
type taskHooks struct {
	started func(context.Context, TaskRun) context.Context
	ended   func(context.Context, TaskRun, error)
}

// callBetweenHooks calls the function and then what is to follow, and the hook for
// its start before.
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

// callEnded calls the hook for the end of a run. What must follow is deferred by
// the caller.
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
