package pool

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrQueueFull is returned by TrySubmit, and by every Submit under the
	// overflow policy Reject: each ring of the queue was full during the call.
	ErrQueueFull = errors.New("pool: queue is full")

	// ErrStopped is returned by every submission once Stop began, and by Start
	// after Stop. It is the outcome of a task that Stop handed back.
	ErrStopped = errors.New("pool: stopped")

	// ErrStarted is returned by Start if the pool was started before.
	ErrStarted = errors.New("pool: already started")

	// ErrNotStarted says that something has not started: the pool, for calls that
	// could only block before Start, or a task, in the outcome of one whose
	// context ended or that was cancelled before it ran. The latter also unwraps
	// to the cause.
	ErrNotStarted = errors.New("pool: not started")

	// ErrInvalidConfig is wrapped by what Validate, Start and every submission
	// return for a configuration that cannot work. The message names each field
	// and its value.
	ErrInvalidConfig = errors.New("pool: invalid configuration")

	// ErrNilTask is returned for a nil task and for a nil function.
	ErrNilTask = errors.New("pool: nil task")

	// ErrGoexit is the outcome of a task that called runtime.Goexit, as
	// testing.T.FailNow does.
	ErrGoexit = errors.New("pool: task called runtime.Goexit")

	// ErrInsideTask is returned by Stop and WaitContext if their context derives
	// from a task of the pool, which would wait for itself.
	ErrInsideTask = errors.New("pool: called from inside a task")

	// ErrDropped is the outcome of a task that an overflow policy gave up, or
	// what Submit returns for it if it is the one being submitted.
	ErrDropped = errors.New("pool: task dropped")

	// ErrRetryBudget is the Cause of a RetryError if the pool had no budget left
	// for another run; see WithRetryBudget.
	ErrRetryBudget = errors.New("pool: retry budget is spent")
)

// A PanicError is the outcome of a task that panicked.
type PanicError struct {
	Value any    // what the task panicked with
	Stack []byte // of the task's goroutine, as runtime/debug.Stack prints it
}

// Error returns the value and the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("pool: task panicked: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap returns the value if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// A RetryError is the outcome of a task that failed and was, or should have been,
// run again.
type RetryError struct {
	Runs  int   // how often the task ran
	Err   error // of the last run
	Cause error // why it does not run again, if not for the number of runs, else nil
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

// A StopError says what Stop could not finish.
type StopError struct {
	Cause    error    // why the grace ended: the context's error, or ErrNotStarted
	NeverRun TaskList // accepted, and resolved as ErrStopped without having run
	Running  TaskList // still running when Stop returned; their contexts are cancelled
}

// A TaskList names tasks. Those submitted as bare functions have no id, and are
// only counted.
type TaskList struct {
	Count int
	IDs   []string
}

// Error says how many tasks there are of each kind, and names some.
func (e *StopError) Error() string {
	return fmt.Sprintf("pool: stop: %v: %s never ran, %s still running", e.Cause, e.NeverRun, e.Running)
}

// Unwrap returns the cause.
func (e *StopError) Unwrap() error { return e.Cause }

// namedTasks is how many ids a message shows.
const namedTasks = 5

// String returns the count, and the first few ids.
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
	end   error // what ended it; of a context its Err
	cause error // of a context its cause, else the same
}

// notRun returns the error of a task that err kept from running. Where its
// submitter's context, which may be nil, has ended, the cause is told too.
func notRun(err error, ctx context.Context) error {
	e := &notRunError{end: err, cause: err}
	if ctx != nil && ctx.Err() != nil {
		e.cause = context.Cause(ctx)
	}
	return e
}

func (e *notRunError) Error() string   { return ErrNotStarted.Error() + ": " + e.cause.Error() }
func (e *notRunError) Unwrap() []error { return []error{ErrNotStarted, e.end, e.cause} }
