package pool

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/pool/internal/taskctx"
	"github.com/user/millrace/pool/ratelimit"
	"github.com/user/millrace/sched"
)

// A workerLocal is the pool's state of one worker.
type workerLocal struct {
	pool   *WorkerPool
	worker settler
	ctx    taskctx.Worker

	token ratelimit.Token // for the next start, under a rate limit; only the worker uses it

	// taskReturned is true once the current task without a record has returned. Only the
	// worker uses it.
	taskReturned bool

	// The current task, written by the worker and read by Stop and the watchdog. Tasks
	// without an id are not kept.
	record atomics.Pointer[record]
	task   atomics.Pointer[funcTask]

	base       time.Time    // the zero of since; never changes
	since      atomic.Int64 // ns from base to the start of the busy period; 0 if idle
	busyBefore atomic.Int64 // ns of all earlier busy periods

	// For the watchdog.
	goroutine atomic.Uint64 // its number; 0 without a watchdog
	requeues  atomic.Uint64 // number of tasks without a record that were not settled because they run again
}

// A settler is a sched.Worker without the type of its items.
type settler interface {
	Settle(sched.Outcome)
	Settled() uint64
}

func newWorkerLocal(p *WorkerPool, w settler) *workerLocal {
	return &workerLocal{pool: p, worker: w, ctx: p.root.NewWorker(w), base: time.Now()}
}

// setBusy is called when the worker becomes busy and when it becomes idle.
func (l *workerLocal) setBusy(busy bool) {
	now := int64(time.Since(l.base)) + 1 // 0 means idle
	if busy {
		l.since.Store(now)
	} else {
		l.busyBefore.Add(now - l.since.Swap(0))
	}
}

// busyFor returns the busy time of the worker up to now.
func (l *workerLocal) busyFor() time.Duration {
	total := l.busyBefore.Load()
	if since := l.since.Load(); since != 0 {
		total += max(int64(time.Since(l.base))-since, 0)
	}
	return time.Duration(total)
}

// A registry is a list of all workers so far.
type registry struct {
	mu   sync.Mutex
	list []*workerLocal
}

func (r *registry) add(local *workerLocal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, local)
}

func (r *registry) all() []*workerLocal {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list
}
