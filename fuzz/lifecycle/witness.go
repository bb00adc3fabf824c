package lifecycle

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/user/millrace/pool"
)

// A witness is a collector and a pair of hooks. It compares the events it receives with the
// pool's counts.
type witness struct {
	started, ended   atomic.Int64 // runs
	refused, retried atomic.Int64

	mu    sync.Mutex
	tasks map[string]*testimony
}

// A testimony counts the events of one task: accepted and done.
type testimony struct{ accepted, done int }

func newWitness() *witness { return &witness{tasks: map[string]*testimony{}} }

func (w *witness) options() []pool.Option {
	return []pool.Option{pool.WithMetrics(w), pool.WithTaskHooks(
		func(context.Context, pool.TaskRun) context.Context { w.started.Add(1); return nil },
		func(context.Context, pool.TaskRun, error) { w.ended.Add(1) },
	)}
}

func (w *witness) note(id string, accepted, done int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tasks[id]
	if t == nil {
		t = new(testimony)
		w.tasks[id] = t
	}
	t.accepted += accepted
	t.done += done
}

// TaskDone implements pool.MetricsCollector.
func (w *witness) TaskDone(r pool.Result) { w.note(r.TaskID, 0, 1) }

// TaskEvent implements pool.MetricsCollector.
func (w *witness) TaskEvent(e pool.Event) {
	switch e.Kind {
	case pool.EventAccepted:
		w.note(e.TaskID, 1, 0)
	case pool.EventRefused:
		w.refused.Add(1)
	case pool.EventRetry:
		w.retried.Add(1)
	}
}

// check compares the events with the statistics of a terminated pool. The witness may be
// nil.
func (w *witness) check(errs *mistakes, s pool.Stats) {
	if w == nil {
		return
	}
	for id, t := range w.tasks {
		if t.accepted != 1 || t.done != 1 {
			errs.add("task %q was told to be accepted %d times, done %d times", id, t.accepted, t.done)
		}
	}
	if n := int64(len(w.tasks)); n != s.SubmittedTasks || w.refused.Load() != s.RejectedTasks || w.retried.Load() != s.Retries {
		errs.add("told of %d accepted, %d refused, %d retries: %+v", n, w.refused.Load(), w.retried.Load(), s)
	}
	if w.started.Load() != w.ended.Load() {
		errs.add("%d runs began, %d ended", w.started.Load(), w.ended.Load())
	}
}
