package pool

import (
	"time"

	"github.com/user/millrace/sched"
)

// Stats contains pool statistics.
//
// They are read without stopping anything, each at an instant of its own, and no
// field is ever negative or beyond its bound. When nothing moves,
//
//	SubmittedTasks = CompletedTasks + FailedTasks + DroppedTasks + CancelledTasks + QueuedTasks + RunningTasks +
//	                 WaitingRetries
type Stats struct {
	// Workers is how many tasks may run at a time.
	Workers int
	// ActiveWorkers is how many workers are inside a task, overdue ones too.
	ActiveWorkers int
	// QueuedTasks is how many tasks are waiting, those past the bound too.
	QueuedTasks int
	// CompletedTasks is how many tasks ended without an error.
	CompletedTasks int64
	// FailedTasks is how many tasks ended with an error, a panic, a call of
	// runtime.Goexit or a timeout.
	FailedTasks int64
	// TotalDuration is how long workers were busy with tasks.
	TotalDuration time.Duration

	// SubmittedTasks is how many tasks were accepted.
	SubmittedTasks int64
	// RejectedTasks is how many submissions were refused: the queue was full, the
	// pool stopped, the submitter gave up waiting or the policy dropped the task.
	RejectedTasks int64
	// DroppedTasks is how many accepted tasks never ran since an overflow policy
	// gave them up or Stop handed them back.
	DroppedTasks int64
	// CancelledTasks is how many accepted tasks never ran since they were
	// cancelled or their context ended.
	CancelledTasks int64
	// RunningTasks is how many tasks have started and have no outcome yet.
	RunningTasks int
	// WaitingRetries is how many tasks failed and wait for the time to run again.
	WaitingRetries int
	// Retries is how often a task that failed was to run again.
	Retries int64
	// RateLimited is how often starts had to wait for the rate limit. Those that
	// waited for the same instant may count as one.
	RateLimited int64
	// PanickedTasks is how many tasks panicked; they are among those that failed.
	PanickedTasks int64
	// OverdueTasks is how many functions run on after their task timed out.
	OverdueTasks int
	// LongTasks is how many runs the watchdog found to take long.
	LongTasks int64
	// Goroutines is how many goroutines the pool's workers have.
	Goroutines int
	// Parks is how often workers went to sleep for want of a task.
	Parks int64
	// Steals is how many tasks a worker took from elsewhere than the one before.
	Steals int64
	// ContainedPanics is how many functions of the user's that are no tasks panicked
	// or called runtime.Goexit: callbacks, handlers, hooks, collectors and reports.
	ContainedPanics int64
}

// Stats returns pool statistics. It may be called at any time and costs a few
// loads for each worker there ever was.
func (p *WorkerPool) Stats() Stats {
	if p.err != nil {
		return Stats{}
	}
	// In this order: what is read later may only be ahead.
	settled := p.engine.Settled()
	overdue := max(int(p.overdue.Load()), 0)
	active := p.engine.Active()
	inline := p.inline.count()
	queued := p.queued()
	submitted := p.engine.Accepted()
	stats := Stats{
		Workers:         int(p.size.Load()),
		ActiveWorkers:   active,
		QueuedTasks:     queued,
		CompletedTasks:  int64(settled[sched.Completed]),
		FailedTasks:     int64(settled[sched.Failed]),
		TotalDuration:   p.totalDuration(),
		SubmittedTasks:  int64(submitted),
		RejectedTasks:   p.rejected.Value(),
		DroppedTasks:    int64(settled[sched.Dropped]),
		CancelledTasks:  int64(settled[sched.Cancelled]),
		RunningTasks:    max(active+inline-overdue, 0),
		WaitingRetries:  p.retries.waiting.Size(),
		Retries:         p.retries.count.Value(),
		RateLimited:     int64(p.engine.Throttled()) + p.throttled.Value(),
		PanickedTasks:   p.panicked.Value(),
		OverdueTasks:    overdue,
		Goroutines:      p.engine.Alive(),
		Parks:           int64(p.engine.Parks()),
		Steals:          int64(p.engine.Steals()),
		ContainedPanics: p.userPanics.Value(),
	}
	if p.watchdog != nil {
		stats.LongTasks = p.watchdog.Found()
	}
	return stats
}

// queued returns how many tasks are waiting.
func (p *WorkerPool) queued() int {
	return max(p.engine.Queued()-max(int(p.tombstones.Load()), 0), 0)
}

func (p *WorkerPool) totalDuration() time.Duration {
	var total time.Duration
	for _, local := range p.workers.all() {
		total += local.busyFor()
	}
	return total
}
