package pool

import (
	"time"

	"github.com/user/millrace/sched"
)

// A MetricsCollector is told what happens to tasks; see WithMetrics. For figures
// that are read now and then, Stats, QueueWait and RunTime do without one.
//
// Its methods are called by many goroutines at once, under no lock, and may call
// any method of the pool that does not wait for tasks: the worker they are called
// by may be the one that would have to run them. They should be quick: the task,
// the worker or the submitter waits for them. A panic in one is contained and
// counted, and changes nothing else; after runtime.Goexit the goroutine ends, as far
// as it is the submitter's, and the task has its outcome all the same.
type MetricsCollector interface {
	// TaskDone is called once for each accepted task, with its outcome, after its
	// callback and before the outcome is counted and waiters return: by the time
	// that Wait returns the collector knows all that Stats does.
	TaskDone(Result)

	// TaskEvent is called when a task is accepted or refused, by its submitter, and
	// when one failed and is to run again. An accepted task may be done before.
	TaskEvent(Event)
}

// An Event is a step of a task; see MetricsCollector.
type Event struct {
	Kind     EventKind
	TaskID   string        // "" for a refused task that is a bare function
	Priority int           // of the task
	Queued   int           // tasks waiting in the queue just now
	Err      error         // of EventRefused what the submitter is told, of EventRetry why the run failed
	Delay    time.Duration // of EventRetry until the task is to run again
}

// An EventKind says what happened to a task.
type EventKind uint8

const (
	// EventAccepted is counted in Stats.SubmittedTasks.
	EventAccepted EventKind = iota
	// EventRefused is counted in Stats.RejectedTasks.
	EventRefused
	// EventRetry is counted in Stats.Retries.
	EventRetry
)

// String returns a word.
func (k EventKind) String() string { return word(k, "accepted", "refused", "retry") }

// An Outcome is the column of Stats in which a task with an outcome is counted.
type Outcome uint8

const (
	// Completed is a task that ended without an error.
	Completed = Outcome(sched.Completed)
	// Failed is a task that ran and has an error.
	Failed = Outcome(sched.Failed)
	// Dropped is a task that never ran since an overflow policy gave it up or Stop
	// handed it back.
	Dropped = Outcome(sched.Dropped)
	// Cancelled is a task that never ran since it was cancelled or its context
	// ended.
	Cancelled = Outcome(sched.Cancelled)
)

// String returns a word.
func (o Outcome) String() string { return word(o, "completed", "failed", "dropped", "cancelled") }

func word[K ~uint8](k K, words ...string) string {
	if int(k) < len(words) {
		return words[k]
	}
	return "unknown"
}

// WithMetrics sets a collector. Every task then has an id and is timed, which
// costs some hundred nanoseconds and a few allocations; without this option it costs
// nothing. The collector must not be nil.
func WithMetrics(collector MetricsCollector) Option {
	return poolOption(func(c *poolConfig) { c.metrics = &collector })
}

// tellAccepted tells the collector of a task that was accepted.
func (p *WorkerPool) tellAccepted(r *record) {
	if p.collector != nil {
		p.tell(r, Event{Kind: EventAccepted})
	}
}

// tellRefused tells the collector of a task that was not; it may have no record.
func (p *WorkerPool) tellRefused(r *record, err error) {
	if p.collector != nil {
		p.tell(r, Event{Kind: EventRefused, Err: err})
	}
}

// tellRetry tells the collector of a task that is to run again.
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
