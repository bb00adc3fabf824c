package pool

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrQueueFull is returned by TrySubmit, and by every submission under the
	// overflow policy Reject, if each ring of the queue was full at some instant of
	// the call.
	ErrQueueFull = errors.New("pool: queue is full")

	// ErrStopped is returned by every submission after Stop has begun, and by Start
	// after Stop. It is also the outcome of a task that never ran because the pool
	// stopped.
	ErrStopped = errors.New("pool: stopped")

	// ErrStarted is returned by Start if the pool was started before.
	ErrStarted = errors.New("pool: already started")

	// ErrNotStarted says that the pool or a task has not started. Calls that could
	// only block before Start return it. It is also the outcome of a task that was
	// cancelled, or whose context ended, before it ran; that error unwraps to the
	// cause too.
	ErrNotStarted = errors.New("pool: not started")

	// ErrInvalidConfig is wrapped by the error that Validate, Start and every
	// submission return for an invalid configuration. The message names each invalid
	// field and its value.
	ErrInvalidConfig = errors.New("pool: invalid configuration")

	// ErrNilTask is returned for a nil task and for a nil function.
	ErrNilTask = errors.New("pool: nil task")

	// ErrGoexit is the outcome of a task that called runtime.Goexit, for example
	// through testing.T.FailNow.
	ErrGoexit = errors.New("pool: task called runtime.Goexit")

	// ErrInsideTask is returned by Stop and WaitContext if their context derives from
	// a task of the pool: the task would wait for itself.
	ErrInsideTask = errors.New("pool: called from inside a task")

	// ErrDropped is the outcome of an accepted task that an overflow policy dropped.
	// Submissions return it if the policy drops the task being submitted.
	ErrDropped = errors.New("pool: task dropped")

	// ErrRetryBudget is the Cause of a RetryError if the pool's retry budget allowed
	// no further run; see WithRetryBudget.
	ErrRetryBudget = errors.New("pool: retry budget is spent")
)

// A PanicError is the outcome of a task that panicked.
type PanicError struct {
	Value any    // argument of panic
	Stack []byte // stack of the task's goroutine, as runtime/debug.Stack formats it
}

// Error returns the value and the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("pool: task panicked: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap returns the value if it is an error, otherwise nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// A RetryError is the outcome of a task that failed after retries, or that failed
// and could not be retried.
type RetryError struct {
	Runs  int   // number of runs
	Err   error // error of the last run
	Cause error // why the task was not retried; nil if its retries were used up
}

// Error returns the number of runs and both errors.
func (e *RetryError) Error() string {
	runs := "once"
	if e.Runs > 1 {
		runs = fmt.Sprintf("%d times", e.Runs)
	}
	if e.Cause == nil {
		return fmt.Sprintf("pool: ran %s: %v", runs, e.Err)
	}
	return fmt.Sprintf("pool: ran %s: %v (not again: %v)", runs, e.Err, e.Cause)
}

// Unwrap returns Err, and Cause if there is one.
func (e *RetryError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

// A StopError lists the tasks that Stop could not finish.
type StopError struct {
	Cause    error    // why the grace period ended: the context's error, or ErrNotStarted
	NeverRun TaskList // accepted tasks that never ran; their outcome is ErrStopped
	Running  TaskList // tasks still running when Stop returned; their contexts are cancelled
}

// A TaskList names tasks. Tasks submitted as plain functions have no id and are only
// counted.
type TaskList struct {
	Count int      // number of tasks
	IDs   []string // ids of the tasks that have one
}

// Error returns the cause, the number of tasks of each kind, and the first few ids.
func (e *StopError) Error() string {
	return fmt.Sprintf("pool: stop: %v: %s never ran, %s still running", e.Cause, e.NeverRun, e.Running)
}

// Unwrap returns the cause.
func (e *StopError) Unwrap() error { return e.Cause }

// namedTasks is the largest number of ids in a message.
const namedTasks = 5

// String returns the count and the first few ids.
func (l TaskList) String() string {
	s := fmt.Sprintf("%d tasks", l.Count)
	if l.Count == 1 {
		s = "1 task"
	}
	if len(l.IDs) == 0 {
		return s
	}
	shown := l.IDs[:min(len(l.IDs), namedTasks)]
	more := ""
	if len(shown) < l.Count {
		more = ", …"
	}
	return s + " (" + strings.Join(shown, ", ") + more + ")"
}

func (l *TaskList) add(id string) {
	l.Count++
	if id != "" {
		l.IDs = append(l.IDs, id)
	}
}

// A notRunError is the error of a task that never ran.
type notRunError struct {
	end   error // reason; if a context ended, its Err
	cause error // if a context ended, its cause; otherwise end
}

// notRun returns the error of a task that err kept from running. If the submitter's
// context ctx is not nil and has ended, the error has its cause too.
func notRun(err error, ctx context.Context) error {
	e := &notRunError{end: err, cause: err}
	if ctx != nil && ctx.Err() != nil {
		e.cause = context.Cause(ctx)
	}
	return e
}

func (e *notRunError) Error() string   { return ErrNotStarted.Error() + ": " + e.cause.Error() }
func (e *notRunError) Unwrap() []error { return []error{ErrNotStarted, e.end, e.cause} }
