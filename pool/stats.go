package pool

import (
	"time"

	"github.com/user/millrace/sched"
)

// Stats contains pool statistics.
//
// Reading them stops nothing, so each field belongs to an instant of its own. No field
// is ever negative or beyond its bound. While no task changes its state,
//
//	SubmittedTasks = CompletedTasks + FailedTasks + DroppedTasks + CancelledTasks + QueuedTasks + RunningTasks +
//	                 WaitingRetries
type Stats struct {
	// Workers is the number of tasks that may run at a time.
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
	// TotalDuration is the time for which workers were busy, summed over all workers.
	TotalDuration time.Duration

	// SubmittedTasks is the number of accepted tasks.
	SubmittedTasks int64
	// RejectedTasks is the number of refused submissions: the queue was full, the pool
	// was stopped, the submitter gave up waiting or the policy dropped the task.
	RejectedTasks int64
	// DroppedTasks is the number of accepted tasks that never ran because an overflow
	// policy dropped them or the pool stopped.
	DroppedTasks int64
	// CancelledTasks is the number of accepted tasks that never ran because they were
	// cancelled or their context ended.
	CancelledTasks int64
	// RunningTasks is the number of tasks that have started and have no outcome yet.
	RunningTasks int
	// WaitingRetries is the number of failed tasks that wait for their next run to
	// become due.
	WaitingRetries int
	// Retries is the number of further runs granted to failed tasks.
	Retries int64
	// RateLimited is the number of waits for the rate limit before a run. Waits for the
	// same instant may count as one.
	RateLimited int64
	// PanickedTasks is the number of tasks that panicked. FailedTasks includes them.
	PanickedTasks int64
	// OverdueTasks is the number of functions that continue after their task timed out.
	OverdueTasks int
	// LongTasks is the number of runs that the watchdog found to take long.
	LongTasks int64
	// Goroutines is the number of goroutines of the pool's workers.
	Goroutines int
	// Parks is the number of times a worker found no task and went to sleep.
	Parks int64
	// Steals is the number of tasks that a worker took from a different queue than its
	// previous task.
	Steals int64
	// ContainedPanics is the number of recovered panics and calls of runtime.Goexit in
	// callbacks, handlers, hooks, collectors and reports.
	ContainedPanics int64
}

// Stats returns pool statistics. It may be called at any time. It costs a few loads
// for each worker that the pool has ever had.
func (p *WorkerPool) Stats() Stats {
	if p.err != nil {
		return Stats{}
	}
	// The order matters: a count that is read later may only be ahead of the earlier ones.
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
