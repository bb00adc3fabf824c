package pool

import (
	"context"
	"time"
)

// An Option configures a pool; see New. Options win over the Config.
type Option interface{ applyPool(*poolConfig) }

// A TaskOption configures a task; see NewTask and Go.
type TaskOption interface{ applyTask(*taskConfig) }

type poolOption func(*poolConfig)

func (o poolOption) applyPool(c *poolConfig) { o(c) }

type taskOption func(*taskConfig)

func (o taskOption) applyTask(c *taskConfig) { o(c) }

// WithWorkers sets the number of workers: so many tasks run at a time. 0 means 10.
func WithWorkers(n int) Option { return poolOption(func(c *poolConfig) { c.Workers = n }) }

// WithQueueSize sets the number of tasks that may wait. 0, the default, means no
// bound.
func WithQueueSize(size int) Option { return poolOption(func(c *poolConfig) { c.QueueSize = size }) }

// WithPanicHandler sets a function that is called with the value of each panic of a
// task, on the goroutine that panicked and before the task's callback. Its own panics
// are recovered and counted in Stats.ContainedPanics.
func WithPanicHandler(fn func(interface{})) Option {
	return poolOption(func(c *poolConfig) { c.PanicHandler = fn })
}

// WithCrashOnPanic lets a panic in a task end the process with the task's own stack,
// as in a plain goroutine. By default a panic becomes a PanicError.
func WithCrashOnPanic() Option { return poolOption(func(c *poolConfig) { c.crashOnPanic = true }) }

// WithSearch bounds how long an idle worker polls for the next task before it sleeps.
// At most one worker polls at a time, and only while tasks usually come within half of
// the limit. No worker polls on a single processor, nor while goroutines wait for a
// processor. The default is 600 µs; 0 means no polling. Before Go 1.26 the runtime does
// not report waiting goroutines, and the limit has no effect.
//
// Polling trades processor time for latency. On two processors with a task every 20 or
// 200 µs, half of all tasks start within a microsecond instead of 15 to 100, for up to
// one processor. With a task every 2 ms it costs and changes nothing. Measure it with
// go run ./bench -cases latency.
func WithSearch(limit time.Duration) Option {
	return poolOption(func(c *poolConfig) { c.search = limit })
}

// WithHandover sets whether a submitter that wakes a worker while all others sleep
// yields to that worker. With true, the default, the task starts at once on the
// submitter's processor, and the submitter continues on another one or after the task.
// A submitter whose recent yields took more than 100 µs does not yield. With false no
// submitter yields.
//
// Handover trades the submitter's time for the task's. With a task every 2 ms and a
// submitter that keeps computing, half of all tasks start within 10 µs instead of 110.
func WithHandover(on bool) Option {
	return poolOption(func(c *poolConfig) { c.keepProcessor = !on })
}

// WithProfilerLabels runs each task with the profiler labels of its submitter's context
// (see runtime/pprof.WithLabels) and clears the worker's labels after the task. Without
// it, a task that sets labels on its goroutine must clear them, or they stay on the
// worker.
func WithProfilerLabels() Option { return poolOption(func(c *poolConfig) { c.labels = true }) }

// A TimeoutOption is both an Option and a TaskOption; see WithTaskTimeout.
type TimeoutOption struct{ timeout time.Duration }

func (o TimeoutOption) applyPool(c *poolConfig) { c.TaskTimeout = o.timeout }

func (o TimeoutOption) applyTask(c *taskConfig) { c.timeout, c.ownTimeout = o.timeout, true }

// WithTaskTimeout bounds the time of each run of a task. Given to New it holds for all
// tasks of the pool; given to NewTask or Go it holds for that task and overrides the
// pool's. 0, the default, means no bound.
//
// At the deadline the context of the run is cancelled, and the task's outcome is
// context.DeadlineExceeded. A function that ignores its context keeps its worker, and
// is counted as overdue until it returns.
func WithTaskTimeout(timeout time.Duration) TimeoutOption { return TimeoutOption{timeout} }

// WithTaskID sets the task's id. The default is an id unique in the process.
func WithTaskID(id string) TaskOption { return taskOption(func(c *taskConfig) { c.id = id }) }

// WithTaskPriority sets the task's priority. Larger ones start first; the default is
// 0. It has an effect only in a pool with priorities.
func WithTaskPriority(priority int) TaskOption {
	return taskOption(func(c *taskConfig) { c.priority = priority })
}

// WithTaskRetry sets how often the task runs again after it failed, and overrides
// WithRetry; 0 means never. In a pool without WithRetry the delay is 100 ms.
func WithTaskRetry(attempts int) TaskOption {
	return taskOption(func(c *taskConfig) { c.retries, c.ownRetries = attempts, true })
}

// WithTaskCallback sets a function that is called once with the task's outcome: on the
// worker that ran the task, on a timer's goroutine if the task timed out, or on the
// goroutine that resolved it if it never ran. Its own panics are recovered and counted
// in Stats.ContainedPanics. Wait returns after the callback.
func WithTaskCallback(fn func(Result)) TaskOption {
	return taskOption(func(c *taskConfig) { c.callback = fn })
}

// WithTaskContext submits the task as SubmitContext(ctx, task) does: the task's context
// has the values and the cancellation of ctx, and a submission from inside a task never
// blocks. It is meant for Go, which takes no context.
func WithTaskContext(ctx context.Context) TaskOption {
	return taskOption(func(c *taskConfig) { c.ctx = ctx })
}
