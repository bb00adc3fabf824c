package pool

import (
	"time"

	"github.com/user/millrace/sched"
)

// A MetricsCollector receives the events and outcomes of tasks; see WithMetrics. Figures
// that are read occasionally need none: see Stats, QueueWait and RunTime.
//
// Many goroutines call its methods at once, under no lock. The methods may call any method
// of the pool that does not wait for tasks, because the calling worker may be the one that
// would have to run them. They should be quick: the task, the worker or the submitter
// waits for them. A panic is recovered and counted in Stats.ContainedPanics. After
// runtime.Goexit the goroutine ends if it is the submitter's, and the task still has its
// outcome.
type MetricsCollector interface {
	// TaskDone is called once for each accepted task, with its outcome: after the task's
	// callback, and before the outcome is counted and waiters return. When Wait returns,
	// the collector knows everything that Stats does.
	TaskDone(Result)

	// TaskEvent is called by the submitter when a task is accepted or refused, and when a
	// failed task is to run again. TaskDone may precede the event of an accepted task.
	TaskEvent(Event)
}

// An Event is a step of a task; see MetricsCollector.
type Event struct {
	Kind     EventKind
	TaskID   string        // "" for a refused plain function
	Priority int           // priority of the task
	Queued   int           // number of tasks waiting in the queue at that time
	Err      error         // for EventRefused the submitter's error, for EventRetry the error of the run
	Delay    time.Duration // for EventRetry the time until the next run
}

// An EventKind is the kind of an Event.
type EventKind uint8

const (
	// EventAccepted is counted in Stats.SubmittedTasks.
	EventAccepted EventKind = iota
	// EventRefused is counted in Stats.RejectedTasks.
	EventRefused
	// EventRetry is counted in Stats.Retries.
	EventRetry
)

// String returns the kind in lower case.
func (k EventKind) String() string { return word(k, "accepted", "refused", "retry") }

// An Outcome is the column of Stats that counts a task with an outcome.
type Outcome uint8

const (
	// Completed is a task that ended without an error.
	Completed = Outcome(sched.Completed)
	// Failed is a task that ran and has an error.
	Failed = Outcome(sched.Failed)
	// Dropped is a task that never ran because an overflow policy gave it up or Stop
	// handed it back.
	Dropped = Outcome(sched.Dropped)
	// Cancelled is a task that never ran because it was cancelled or its context ended.
	Cancelled = Outcome(sched.Cancelled)
)

// String returns the outcome in lower case.
func (o Outcome) String() string { return word(o, "completed", "failed", "dropped", "cancelled") }

func word[K ~uint8](k K, words ...string) string {
	if int(k) < len(words) {
		return words[k]
	}
	return "unknown"
}

// WithMetrics sets a collector, which must not be nil. With it every task has an id and is
// timed, which costs some hundred nanoseconds and a few allocations.
func WithMetrics(collector MetricsCollector) Option {
	return poolOption(func(c *poolConfig) { c.metrics = &collector })
}

// tellAccepted tells the collector of an accepted task.
func (p *WorkerPool) tellAccepted(r *record) {
	if p.collector != nil {
		p.tell(r, Event{Kind: EventAccepted})
	}
}

// tellRefused tells the collector of a refused task; r is nil if it has no record.
func (p *WorkerPool) tellRefused(r *record, err error) {
	if p.collector != nil {
		p.tell(r, Event{Kind: EventRefused, Err: err})
	}
}

// tellRetry tells the collector of a retry.
func (p *WorkerPool) tellRetry(r *record, err error, delay time.Duration) {
	if p.collector != nil {
		p.tell(r, Event{Kind: EventRetry, Err: err, Delay: delay})
	}
}

func (p *WorkerPool) tell(r *record, e Event) {
	if r != nil {
		e.TaskID, e.Priority = r.taskID(), r.priority
	}
	e.Queued = p.queued()
	p.callUser(func() { p.collector.TaskEvent(e) })
}
