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

// A workerLocal is what the pool keeps for each worker.
type workerLocal struct {
	pool   *WorkerPool
	worker settler
	ctx    taskctx.Worker

	token ratelimit.Token // for the next start, under a rate limit; only the worker uses it

	// taskReturned says that the recordless task at hand has returned. Only the worker uses it.
	taskReturned bool

	// What the worker is running, for those who ask from outside; only tasks that
	// have an id are kept.
	record atomics.Pointer[record]
	task   atomics.Pointer[funcTask]

	base    time.Time    // what since counts from; never changes
	since   atomic.Int64 // ns after base, when it went to work; 0 if idle
	workFor atomic.Int64 // ns before that

	// For the watchdog.
	goroutine atomic.Uint64 // its number, if there is one
	returns   atomic.Uint64 // of tasks without a record that were not settled, but are to run again
}

// A settler is a sched.Worker, seen without the type of its items.
type settler interface {
	Settle(sched.Outcome)
	Settled() uint64
}

func newWorkerLocal(p *WorkerPool, w settler) *workerLocal {
	return &workerLocal{pool: p, worker: w, ctx: p.root.NewWorker(w), base: time.Now()}
}

// shift is called when the worker goes to work and when it has none left.
func (l *workerLocal) shift(begins bool) {
	now := int64(time.Since(l.base)) + 1 // 0 means idle
	if begins {
		l.since.Store(now)
	} else {
		l.workFor.Add(now - l.since.Swap(0))
	}
}

// busyFor returns how long the worker has been at work, up to now.
func (l *workerLocal) busyFor() time.Duration {
	total := l.workFor.Load()
	if since := l.since.Load(); since != 0 {
		total += max(int64(time.Since(l.base))-since, 0)
	}
	return time.Duration(total)
}

// A registry is a list of the locals of all workers there ever were.
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
