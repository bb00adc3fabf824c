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

// WithWorkers sets how many tasks may run at a time. 0 means 10.
func WithWorkers(n int) Option { return poolOption(func(c *poolConfig) { c.Workers = n }) }

// WithQueueSize sets how many tasks may wait. 0, the default, means no bound.
func WithQueueSize(size int) Option { return poolOption(func(c *poolConfig) { c.QueueSize = size }) }

// WithPanicHandler sets a function that is called with the value of each panic
// of a task, on the goroutine that panicked and before the task's callback. A
// panic of its own is contained and counted.
func WithPanicHandler(fn func(interface{})) Option {
	return poolOption(func(c *poolConfig) { c.PanicHandler = fn })
}

// WithCrashOnPanic lets a panic in a task end the process, as one in a plain
// goroutine does, with the task's own stack. By default it becomes a PanicError.
func WithCrashOnPanic() Option { return poolOption(func(c *poolConfig) { c.crashOnPanic = true }) }

// WithSearch sets for how long at most an idle worker searches for the next task, on its
// processor, before it sleeps. It does so only while tasks come in half of that as a rule,
// one worker at a time, not on a single processor, and not while goroutines wait for one.
// The default is 600 µs; 0 means not at all. Before Go 1.26 the runtime does not report
// waiting goroutines, and the limit has no effect.
//
// It trades processor time for latency: on two processors, with a task every 20 or 200 µs,
// half of all start within a microsecond instead of 15 to 100, at the price of up to one
// processor; with a task every 2 ms it costs nothing, and does nothing. go run ./bench -cases latency
// measures it.
func WithSearch(limit time.Duration) Option {
	return poolOption(func(c *poolConfig) { c.search = limit })
}

// WithHandover decides what a submitter does that woke a worker while all others slept.
// With true, the default, it yields to that worker, so that the task starts at once on
// the submitter's processor, and the submitter goes on elsewhere or when the task has
// ended. Where that took it long as of late, more than 100 µs, it goes on at once. With
// false it always does.
//
// It trades the submitter's time for the task's: with a task every 2 ms and a submitter
// that computes on, half of all start within 10 µs instead of 110.
func WithHandover(on bool) Option {
	return poolOption(func(c *poolConfig) { c.keepProcessor = !on })
}

// WithProfilerLabels lets a task given to SubmitContext run with the profiler
// labels of that context (see runtime/pprof.WithLabels), and clears the worker's
// labels after each task. Without it a task that sets labels on its goroutine
// must clear them, or they stay on the worker.
func WithProfilerLabels() Option { return poolOption(func(c *poolConfig) { c.labels = true }) }

// A TimeoutOption is both an Option and a TaskOption; see WithTaskTimeout.
type TimeoutOption struct{ timeout time.Duration }

func (o TimeoutOption) applyPool(c *poolConfig) { c.TaskTimeout = o.timeout }

func (o TimeoutOption) applyTask(c *taskConfig) { c.timeout, c.ownTimeout = o.timeout, true }

// WithTaskTimeout bounds how long each run of a task may take: of all tasks of a
// pool, given to New, or of one task, given to NewTask or Go, for which it then
// wins over the pool's. 0, the default, means no bound.
//
// At the deadline the context of the run is cancelled and the task's outcome is
// context.DeadlineExceeded. A function that ignores its context runs on: it
// keeps its worker, and is counted as overdue until it returns.
func WithTaskTimeout(timeout time.Duration) TimeoutOption { return TimeoutOption{timeout} }

// WithTaskID sets the task's id. Without it a task has an id unique in the process.
func WithTaskID(id string) TaskOption { return taskOption(func(c *taskConfig) { c.id = id }) }

// WithTaskPriority sets the task's priority; larger runs first, the default is
// 0. It has an effect in a pool with priorities only.
func WithTaskPriority(priority int) TaskOption {
	return taskOption(func(c *taskConfig) { c.priority = priority })
}

// WithTaskRetry sets how often the task is run again after it failed, in place of
// what WithRetry says; 0 means never. In a pool without WithRetry the delay is
// 100 ms.
func WithTaskRetry(attempts int) TaskOption {
	return taskOption(func(c *taskConfig) { c.retries, c.ownRetries = attempts, true })
}

// WithTaskCallback sets a function that is called once with the task's outcome:
// on the worker that ran it, on the timer's goroutine if it timed out, or on the
// goroutine that resolved it if it never ran. A panic of its own is contained and
// counted. Wait returns after it.
func WithTaskCallback(fn func(Result)) TaskOption {
	return taskOption(func(c *taskConfig) { c.callback = fn })
}

// WithTaskContext submits the task as SubmitContext(ctx, task) does: the task's
// context carries the values and the cancellation of ctx, and a submission from
// inside a task never blocks. It is meant for Go, which takes no context.
func WithTaskContext(ctx context.Context) TaskOption {
	return taskOption(func(c *taskConfig) { c.ctx = ctx })
}
