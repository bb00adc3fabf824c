package pool

import (
	"time"

	"github.com/user/millrace/sched"
)

// Stats contains pool statistics.
//
// Each field is read at an instant of its own, without stopping anything. No field is
// ever negative or beyond its bound. When nothing moves,
//
//	SubmittedTasks = CompletedTasks + FailedTasks + DroppedTasks + CancelledTasks + QueuedTasks + RunningTasks +
//	                 WaitingRetries
type Stats struct {
	// Workers is the number of workers wanted.
	Workers int
	// ActiveWorkers is the number of workers inside a task, overdue tasks included.
	ActiveWorkers int
	// QueuedTasks is the number of waiting tasks, those past the bound included.
	QueuedTasks int
	// CompletedTasks is the number of tasks that ended without an error.
	CompletedTasks int64
	// FailedTasks is the number of tasks that ended with an error, a panic, a call of
	// runtime.Goexit or a timeout.
	FailedTasks int64
	// TotalDuration is the time that all workers together were busy with tasks.
	TotalDuration time.Duration

	// SubmittedTasks is the number of accepted tasks.
	SubmittedTasks int64
	// RejectedTasks is the number of refused submissions: the queue was full, the pool
	// stopped, the submitter gave up waiting, or the policy dropped the task.
	RejectedTasks int64
	// DroppedTasks is the number of accepted tasks that never ran because an overflow
	// policy gave them up or Stop handed them back.
	DroppedTasks int64
	// CancelledTasks is the number of accepted tasks that never ran because they were
	// cancelled or their context ended.
	CancelledTasks int64
	// RunningTasks is the number of tasks that have started and have no outcome yet.
	RunningTasks int
	// WaitingRetries is the number of tasks that failed and wait for their next run.
	WaitingRetries int
	// Retries is the number of retries scheduled.
	Retries int64
	// RateLimited is the number of waits for the rate limit. Tasks that waited for the
	// same instant may count as one.
	RateLimited int64
	// PanickedTasks is the number of tasks that panicked, which are also in FailedTasks.
	PanickedTasks int64
	// OverdueTasks is the number of functions still running after their task timed out.
	OverdueTasks int
	// LongTasks is the number of runs the watchdog reported.
	LongTasks int64
	// Goroutines is the number of goroutines of the pool's workers.
	Goroutines int
	// Parks is the number of times a worker found no task and went to sleep.
	Parks int64
	// Steals is the number of tasks a worker took from another queue than the one before.
	Steals int64
	// ContainedPanics is the number of callbacks, handlers, hooks, collectors and
	// reports that panicked or called runtime.Goexit.
	ContainedPanics int64
}

// Stats returns pool statistics. It costs a few loads for each worker there ever was.
func (p *WorkerPool) Stats() Stats {
	if p.err != nil {
		return Stats{}
	}
	// In this order: a value read later can only be ahead.
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

// queued returns the number of waiting tasks.
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
