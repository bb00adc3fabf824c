package pool

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/puzpuzpuz/xsync/v3"

	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/pool/internal/taskctx"
	"github.com/user/millrace/pool/ratelimit"
	"github.com/user/millrace/sched"
)

// Pool manages worker goroutines. WorkerPool, which New returns, has it and more.
type Pool interface {
	// Submit adds a task to the pool
	Submit(task Task) error

	// SubmitFunc adds a function as a task
	SubmitFunc(fn func(context.Context) error) error

	// SubmitWait submits and waits for result
	SubmitWait(ctx context.Context, task Task) (interface{}, error)

	// Start starts the worker pool
	Start(ctx context.Context) error

	// Stop gracefully stops the pool
	Stop(ctx context.Context) error

	// Resize changes the number of workers
	Resize(n int)

	// Stats returns pool statistics
	Stats() Stats

	// Wait waits for all tasks to complete
	Wait() error
}

var _ Pool = (*WorkerPool)(nil)

// A WorkerPool runs tasks on a bounded number of workers. Use New.
//
// If a submission returns nil, exactly one of two things happens, exactly once: the
// task runs to an outcome, or it is handed back as never run. Stats shows the sum.
//
// Any goroutine may call any method at any time, also inside tasks, unless the
// method's comment says otherwise.
//
// Progress: submitting and running a task takes no lock, but a goroutine stopped in
// the middle of a push or a pop holds up its own ring of the queue. So a WorkerPool
// is not lock-free in the strict sense.
//
// In the terms of the Go memory model, submitting a task synchronizes before its run.
// The end of the run synchronizes before its callback, before the return of a
// SubmitWait or Future.Wait for the task, and before the return of a Wait that waited
// for it. A task that timed out is the exception: its outcome precedes its end.
type WorkerPool struct {
	engine  engine
	items   *sched.Scheduler[item] // the engine; nil in a FuncPool
	mode    mode
	nextAge func() uint64 // of a queue with priorities; nil if there are none
	cfg     poolConfig
	err     error // the result of Validate

	tickets   tickets
	waiters   waiters
	workers   registry
	inline    inlineRuns
	unclaimed unclaimedErrors
	retries   retries

	resizing   sync.Mutex   // keeps size and engine in agreement
	size       atomic.Int64 // workers wanted
	tombstones atomic.Int64 // tickets in the queue whose record is gone
	overdue    atomic.Int64
	rejected   *xsync.Counter // counters of callers without identity
	userPanics *xsync.Counter
	panicked   *xsync.Counter
	throttled  *xsync.Counter // waits for the rate limit by goroutines other than workers

	limiter *ratelimit.Limiter // limits the starts of runs; nil without a rate limit

	life     sync.Mutex // guards Start and Stop; no task takes it
	started  atomic.Bool
	stopping bool
	root     taskctx.Root // of the tasks' contexts; set before started
	cancel   context.CancelCauseFunc
	unwatch  func() bool // stops watching the context given to Start

	watchdog   *poolWatchdog    // nil without one
	histograms *histograms      // nil without them
	collector  MetricsCollector // nil without one

	forcedStop forcedStop
}

// New returns a pool that accepts tasks and runs them once it is started. It starts
// no goroutine and never fails: Validate, Start and every submission report an invalid
// configuration.
//
// A pool made and started inside a testing/synctest bubble works there in full. A
// pool made outside must not be used inside.
func New(cfg Config, opts ...Option) *WorkerPool {
	p := newPool(cfg, opts)
	if p.err != nil {
		return p
	}
	c := engineConfig(p, item.priority)
	c.Run = runItem
	if p.cfg.labels {
		c.Run = labelled(c.Run, item.ticket)
	}
	c.Crashed = func(w *sched.Worker[item], i item, recovered any) {
		p.crashed(localOf(w), i, recovered)
	}
	c.Discard = p.handBack
	p.items = sched.New(c)
	p.engine = p.items
	return p
}

// newPool returns a pool without an engine.
func newPool(cfg Config, opts []Option) *WorkerPool {
	p := &WorkerPool{
		cfg:        newPoolConfig(cfg, opts),
		rejected:   xsync.NewCounter(),
		userPanics: xsync.NewCounter(),
		panicked:   xsync.NewCounter(),
		throttled:  xsync.NewCounter(),
	}
	p.inline.init()
	p.forcedStop.init()
	p.retries.init()
	if p.err = p.cfg.validate(); p.err != nil {
		return p
	}
	p.limiter = p.cfg.newLimiter()
	p.watchdog = newWatchdog(p)
	p.histograms = p.cfg.newHistograms()
	if c := p.cfg.metrics; c != nil {
		p.collector = *c
	}
	p.mode = p.chooseMode()
	p.size.Store(int64(p.cfg.Workers))
	return p
}

// Validate reports what is wrong with the configuration: an error that wraps
// ErrInvalidConfig and names each bad field with its value, or nil.
func (p *WorkerPool) Validate() error { return p.err }

// Start lets the pool run tasks. The tasks' contexts have the values and the deadline
// of ctx. When ctx ends, the pool stops as if Stop were called with an ended context:
// no task starts any more, and then the tasks' contexts end with the error of ctx as
// their cause (see context.Cause).
//
// The errors are ErrStarted if the pool was started before, ErrStopped if it was
// stopped, and that of Validate.
func (p *WorkerPool) Start(ctx context.Context) error {
	if p.err != nil {
		return p.err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	p.life.Lock()
	defer p.life.Unlock()
	switch {
	case p.stopping:
		return ErrStopped
	case p.started.Load():
		return ErrStarted
	}
	p.root.Context, p.cancel = context.WithCancelCause(startContext{context.WithoutCancel(ctx), ctx})
	p.started.Store(true)
	p.engine.Start()
	p.unwatch = context.AfterFunc(ctx, func() { p.forceStop(ctx.Err()) })
	return nil
}

// A startContext is the context given to Start without its cancellation. If running
// tasks saw its end before the pool did, workers would start queued tasks whose
// context has already ended.
type startContext struct {
	context.Context // without its cancellation
	given           context.Context
}

func (c startContext) Deadline() (time.Time, bool) { return c.given.Deadline() }

// Resize sets the number of workers to n, cut to [1, 1048575]. It never blocks. With
// more workers, queued tasks start at once. With fewer, running tasks continue, and no
// task starts while n or more are running. After Stop it changes nothing.
func (p *WorkerPool) Resize(n int) {
	if p.err != nil {
		return
	}
	n = min(max(n, 1), sched.MaxWorkers)
	p.resizing.Lock()
	defer p.resizing.Unlock()
	if p.engine.Workers() == 0 {
		return // stopped
	}
	p.size.Store(int64(n))
	if invariant.Enabled && invariant.Sometimes(10) {
		runtime.Gosched() // another call could come between here
	}
	p.engine.Resize(n)
}
