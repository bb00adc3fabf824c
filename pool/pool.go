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

// Pool manages worker goroutines. WorkerPool, the type that New returns, implements
// it and has further methods.
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

// A WorkerPool runs tasks on a bounded number of workers. Create one with New.
//
// If a submission returns nil, exactly one of two things happens, exactly once: the
// task runs to an outcome, or its outcome says that it never ran. Stats tells how
// the counts of tasks add up.
//
// Any goroutine may call any method at any time. A task may too, unless the method's
// comment says otherwise.
//
// Submitting and running a task takes no lock. A goroutine that is preempted in the
// middle of a push or a pop delays its own ring of the queue and no other.
//
// In the terms of the Go memory model, submitting a task synchronizes before its run.
// The end of the run synchronizes before
//
//   - the call of the task's callback,
//   - the return of a SubmitWait or Future.Wait for the task, and
//   - the return of a Wait that waited for the task.
//
// A task that timed out is the exception: its outcome precedes the end of its run.
type WorkerPool struct {
	engine  engine
	items   *sched.Scheduler[item] // the engine as its concrete type; nil in a FuncPool
	mode    mode
	nextAge func() uint64 // the age of the next task in a priority queue; nil without priorities
	cfg     poolConfig
	err     error // what Validate returns

	tickets   tickets
	waiters   waiters
	workers   registry // the locals of all workers
	inline    inlineRuns
	unclaimed unclaimedErrors
	retries   retries

	resizing   sync.Mutex     // makes size and engine agree after concurrent calls of Resize
	size       atomic.Int64   // requested number of workers
	tombstones atomic.Int64   // tickets in the queue whose record was claimed elsewhere
	overdue    atomic.Int64   // functions that continue after their task timed out
	rejected   *xsync.Counter // refused submissions
	userPanics *xsync.Counter // panics and Goexits of callbacks, handlers, hooks, collectors and reports
	panicked   *xsync.Counter // tasks that panicked
	throttled  *xsync.Counter // waits for the rate limit outside workers

	limiter *ratelimit.Limiter // limits the starts of runs; nil without a rate limit

	life     sync.Mutex // guards Start and Stop; no submission or run takes it
	started  atomic.Bool
	stopping bool
	root     taskctx.Root // parent of the tasks' contexts; set before started
	cancel   context.CancelCauseFunc
	unwatch  func() bool // stops watching the context given to Start

	watchdog   *poolWatchdog    // nil without a watchdog
	histograms *histograms      // nil without histograms
	collector  MetricsCollector // nil without a collector

	forcedStop forcedStop
}

// New returns a pool that accepts tasks at once and runs them after Start. It starts
// no goroutine and never fails: Validate, Start and every submission report an
// invalid configuration.
//
// A pool created and started inside a testing/synctest bubble works there fully. A
// pool from outside must not be used inside a bubble.
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

// Validate returns nil if the configuration is valid. Otherwise it returns an error
// that wraps ErrInvalidConfig and names each invalid field with its value.
func (p *WorkerPool) Validate() error { return p.err }

// Start starts the workers. The tasks' contexts have the values and the deadline of
// ctx. When ctx ends, the pool stops like a Stop whose context has ended: no further
// task starts. Then the tasks' contexts are cancelled, with the error of ctx as
// their cause (see context.Cause). A nil ctx is context.Background.
//
// Start returns ErrStarted if the pool was started before, ErrStopped if it was
// stopped, and the error of Validate if the configuration is invalid.
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

// A startContext has the values and the deadline of the context given to Start, but
// not its cancellation. If running tasks saw the cancellation before the pool did,
// workers would start queued tasks whose context has already ended.
type startContext struct {
	context.Context // without its cancellation
	given           context.Context
}

func (c startContext) Deadline() (time.Time, bool) { return c.given.Deadline() }

// Resize sets how many tasks may run at a time. n is clamped to
// [1, 1048575]. Resize does not block and may be called concurrently. If n grows, queued tasks start at once. If n
// shrinks, running tasks continue, and none starts while n or more are running. After
// Stop it has no effect.
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
		runtime.Gosched() // a concurrent call would come between here
	}
	p.engine.Resize(n)
}
