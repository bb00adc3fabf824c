package pool

import (
	"context"
	"time"
)

// An Option configures a pool; see New. Options override the Config.
type Option interface{ applyPool(*poolConfig) }

// A TaskOption configures a task; see NewTask and Go.
type TaskOption interface{ applyTask(*taskConfig) }

type poolOption func(*poolConfig)

func (o poolOption) applyPool(c *poolConfig) { o(c) }

type taskOption func(*taskConfig)

func (o taskOption) applyTask(c *taskConfig) { o(c) }

// WithWorkers sets the number of tasks that may run at a time. 0 means 10.
func WithWorkers(n int) Option { return poolOption(func(c *poolConfig) { c.Workers = n }) }

// WithQueueSize sets the number of tasks that may wait in the queue. 0, the default,
// means no bound.
func WithQueueSize(size int) Option { return poolOption(func(c *poolConfig) { c.QueueSize = size }) }

// WithPanicHandler sets a function that is called with the value of each panic in a
// task, on the goroutine that panicked and before the task's callback. If the handler
// itself panics, the pool recovers that panic and counts it in
// Stats.ContainedPanics.
func WithPanicHandler(fn func(interface{})) Option {
	return poolOption(func(c *poolConfig) { c.PanicHandler = fn })
}

// WithCrashOnPanic makes a panic in a task end the process, as a panic in a plain
// goroutine does, with the task's own stack. By default the panic becomes a
// PanicError.
func WithCrashOnPanic() Option { return poolOption(func(c *poolConfig) { c.crashOnPanic = true }) }

// WithSearch sets the longest time for which an idle worker polls for the next task
// before it sleeps. The default is 600 µs. 0 means that idle workers sleep at once.
//
// At most one worker polls at a time, and it occupies a processor while it does. It
// polls only
//
//   - while the usual gap between tasks is at most half the limit,
//   - with more than one processor, and
//   - while no goroutine waits for a processor.
//
// Before Go 1.26 the runtime does not report waiting goroutines, and the limit has no
// effect.
//
// Polling trades processor time for latency. On two processors with a task every 20 or
// 200 µs, half of all tasks start within 1 µs instead of 15 to 100 µs, at the price of
// up to one processor. With a task every 2 ms no worker polls. To measure it, run
// go run ./bench -cases latency.
func WithSearch(limit time.Duration) Option {
	return poolOption(func(c *poolConfig) { c.search = limit })
}

// WithHandover decides whether a submitter yields to the worker it woke if all other
// workers slept. With true, the default, it yields: the task starts at once on the
// submitter's processor, and the submitter continues on another processor or when the
// task has ended. If yielding recently took longer than 100 µs, the submitter does not
// yield. With false it never yields.
//
// Yielding trades the submitter's time for the task's latency. With a task every 2 ms
// and a submitter that continues to compute, half of all tasks start within 10 µs
// instead of 110 µs.
func WithHandover(on bool) Option {
	return poolOption(func(c *poolConfig) { c.keepProcessor = !on })
}

// WithProfilerLabels runs each task with the profiler labels of its submitter's context
// (see runtime/pprof.WithLabels), and clears the worker's labels after the task. Without this option, a task that sets labels on its
// goroutine must clear them; otherwise they stay on the worker.
func WithProfilerLabels() Option { return poolOption(func(c *poolConfig) { c.labels = true }) }

// A TimeoutOption is both an Option and a TaskOption; see WithTaskTimeout.
type TimeoutOption struct{ timeout time.Duration }

func (o TimeoutOption) applyPool(c *poolConfig) { c.TaskTimeout = o.timeout }

func (o TimeoutOption) applyTask(c *taskConfig) { c.timeout, c.ownTimeout = o.timeout, true }

// WithTaskTimeout bounds each run of a task. Given to New, it applies to all tasks of
// the pool. Given to NewTask or Go, it applies to that task and overrides the pool's.
// 0, the default, means no timeout.
//
// At the deadline the context of the run ends, and the task's outcome is
// context.DeadlineExceeded. A function that ignores its context continues: it keeps
// its worker and counts as overdue until it returns.
func WithTaskTimeout(timeout time.Duration) TimeoutOption { return TimeoutOption{timeout} }

// WithTaskID sets the task's id. The default is an id that is unique in the process.
func WithTaskID(id string) TaskOption { return taskOption(func(c *taskConfig) { c.id = id }) }

// WithTaskPriority sets the task's priority. Tasks with a larger priority run first.
// The default is 0. It has an effect only in a pool with Config.Priority.
func WithTaskPriority(priority int) TaskOption {
	return taskOption(func(c *taskConfig) { c.priority = priority })
}

// WithTaskRetry sets how many times the task may run again after a failed run. It
// overrides WithRetry; 0 means never. In a pool without WithRetry the delay is 100 ms.
func WithTaskRetry(attempts int) TaskOption {
	return taskOption(func(c *taskConfig) { c.retries, c.ownRetries = attempts, true })
}

// WithTaskCallback sets a function that is called exactly once with the task's
// outcome. It is called on
//
//   - the goroutine that ran the task, or
//   - the timer's goroutine if the task timed out, or
//   - the goroutine that settled the task if it never ran.
//
// Wait returns only after the callback has. If the callback panics, the pool recovers
// that panic and counts it in Stats.ContainedPanics.
func WithTaskCallback(fn func(Result)) TaskOption {
	return taskOption(func(c *taskConfig) { c.callback = fn })
}

// WithTaskContext submits the task as SubmitContext(ctx, task) does: the task's
// context has the values and the cancellation of ctx, and a submission from inside a
// task never blocks. It is meant for Go, which takes no context.
func WithTaskContext(ctx context.Context) TaskOption {
	return taskOption(func(c *taskConfig) { c.ctx = ctx })
}
