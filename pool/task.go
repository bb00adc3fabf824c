package pool

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

// A Task is a unit of work.
//
// Execute is called by a worker, by a submitter under CallerRuns, or by a task that
// waits for this one. ID and Priority are called once for each submission, by the submitter.
type Task interface {
	// Execute performs the task
	Execute(ctx context.Context) (interface{}, error)

	// ID returns the task identifier
	ID() string

	// Priority returns the task priority
	Priority() int
}

// A TaskFunc is a function that is a Task without an id and of priority 0. Converting
// one to a Task allocates nothing.
type TaskFunc func(ctx context.Context) (interface{}, error)

// Execute calls f.
func (f TaskFunc) Execute(ctx context.Context) (interface{}, error) { return f(ctx) }

// ID returns "".
func (f TaskFunc) ID() string { return "" }

// Priority returns 0.
func (f TaskFunc) Priority() int { return 0 }

// An errFunc is the task that SubmitFunc submits.
type errFunc func(ctx context.Context) error

func (f errFunc) Execute(ctx context.Context) (interface{}, error) { return nil, f(ctx) }
func (f errFunc) ID() string                                       { return "" }
func (f errFunc) Priority() int                                    { return 0 }

// NewTask returns a task that calls fn. The task never changes. It may be submitted any
// number of times, and each submission has its own outcome.
func NewTask(fn func(ctx context.Context) (interface{}, error), opts ...TaskOption) Task {
	return &funcTask{fn: fn, number: taskNumber.Add(1), cfg: newTaskConfig(opts)}
}

// A funcTask is a function with options.
type funcTask struct {
	fn     func(ctx context.Context) (interface{}, error)
	number uint64 // makes the id if none was given
	cfg    taskConfig
}

// taskNumber counts the tasks of the process without an id of their own.
var taskNumber atomic.Uint64

func numberedID(number uint64) string {
	id := append(make([]byte, 0, len("task-18446744073709551615")), "task-"...)
	return string(strconv.AppendUint(id, number, 10))
}

func (t *funcTask) Execute(ctx context.Context) (interface{}, error) { return t.fn(ctx) }

func (t *funcTask) ID() string {
	if t.cfg.id != "" {
		return t.cfg.id
	}
	return numberedID(t.number)
}

func (t *funcTask) Priority() int { return t.cfg.priority }

// A taskConfig holds what TaskOptions set.
type taskConfig struct {
	id         string
	priority   int
	timeout    time.Duration
	ownTimeout bool // timeout overrides the pool's
	retries    int
	ownRetries bool // retries overrides the pool's
	callback   func(Result)
	ctx        context.Context
}

func newTaskConfig(opts []TaskOption) taskConfig {
	var c taskConfig
	for _, opt := range opts {
		if opt != nil {
			opt.applyTask(&c)
		}
	}
	return c
}

// recordless reports whether a task with these options needs no record.
func (c *taskConfig) recordless() bool {
	return c.timeout == 0 && c.callback == nil && c.ctx == nil
}

func (c *taskConfig) validate() error {
	switch {
	case c.timeout < 0:
		return fmt.Errorf("%w: TaskTimeout = %v: must be at least 0", ErrInvalidConfig, c.timeout)
	case c.retries < 0:
		return fmt.Errorf("%w: TaskRetry = %d: must be at least 0", ErrInvalidConfig, c.retries)
	}
	return nil
}

// A Result is the outcome of a task.
type Result struct {
	// TaskID is the task's id, generated if the task has none.
	TaskID string
	// Value is the value that Execute returned.
	Value interface{}
	// Error is the error that Execute returned, or the reason for having no result: a
	// *PanicError, ErrGoexit, context.DeadlineExceeded, ErrDropped, ErrStopped, or
	// ErrNotStarted with the cause. A *RetryError wraps it if the task ran more than
	// once.
	Error error
	// Duration is the time of the last run, up to its deadline at most.
	Duration time.Duration
	// StartedAt is the start of the first run; zero if there was none.
	StartedAt time.Time
	// Runs is the number of runs.
	Runs int
	// Outcome is the column of Stats that counts the task.
	Outcome Outcome
}
