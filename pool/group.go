package pool

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/pool/internal/taskctx"
)

// A Group runs tasks that belong together on a pool shared with others. The first error
// ends the group: its context is cancelled, and members that have not started never do.
// WithAllErrors changes that. A Group is used once; use NewGroup.
//
// Any goroutine may call its methods at any time, its members included, but a member must
// not Wait for its own group. In the terms of the Go memory model, the end of a member
// synchronizes before the return of Wait.
type Group struct {
	pool   *WorkerPool
	ctx    context.Context // parent of the members' contexts
	cancel context.CancelCauseFunc
	scope  *taskctx.Context // between ctx and the task of the pool from which it derives; nil if there is none
	all    bool             // WithAllErrors
	team   *loopTeam        // the team whose tasks the members are; nil without one

	// pending counts two events of each member: its outcome and the end of its function,
	// which come in either order. It grows only under mu, and not once closed.
	pending atomic.Int64

	mu      sync.Mutex
	closed  bool      // a Wait found nothing pending
	err     error     // the error that ended the group
	errs    []error   // with all: in the order of the members' failures
	changed broadcast // pending became 0, or a member waits that a Wait inside a task may run
	waiting *record   // list of the members that have not started, linked by inGroup
	unwatch func() bool
}

// errGroupOver is the error of Go and TryGo once a Wait has returned.
var errGroupOver = errors.New("pool: the group's Wait has returned")

// NewGroup returns a group of tasks on p.
func NewGroup(p *WorkerPool, opts ...GroupOption) *Group {
	g := &Group{pool: p, ctx: context.Background()}
	for _, opt := range opts {
		if opt != nil {
			opt.applyGroup(g)
		}
	}
	outer := g.ctx
	if ancestor := p.root.AncestorOf(outer); ancestor != nil {
		// Members end with the task's submitter, not with the task.
		g.scope = new(taskctx.Context)
		g.scope.Init(&p.root)
		g.scope.Bind(outer, ancestor)
		outer = g.scope
	}
	g.ctx, g.cancel = context.WithCancelCause(outer)
	if outer.Done() != nil {
		// Not after outer, which ends before ctx has its cause.
		g.unwatch = context.AfterFunc(g.ctx, func() { g.cancelWaiting(g.ctx.Err()) })
	}
	return g
}

// Go submits fn as a member, as Submit does. If the submission is refused, its error is an
// error of the group. Once an error has ended the group, Go does nothing. Once a Wait has
// returned, fn never runs and the error is ErrNotStarted.
func (g *Group) Go(fn func(ctx context.Context) error) {
	if err := g.add(fn, (*WorkerPool).admit); err != nil {
		g.failed(err)
	}
}

// TryGo submits fn as a member if that is possible at once, as TrySubmit does. Otherwise it
// returns an error, which is not an error of the group: ErrQueueFull, ErrStopped,
// ErrNilTask, that of Validate, or ErrNotStarted with the cause if the group has ended.
func (g *Group) TryGo(fn func(ctx context.Context) error) error {
	return g.add(fn, (*WorkerPool).admitNow)
}

func (g *Group) add(fn func(ctx context.Context) error, admit func(*WorkerPool, *submission) error) error {
	if g.pool.err != nil {
		return g.pool.err
	}
	if fn == nil {
		return ErrNilTask
	}
	if err := g.enter(); err != nil {
		return err
	}
	r := g.pool.newRecord(errFunc(fn))
	r.group = g
	r.errorTo = toOwner
	_, err := g.pool.bind(r, g.ctx)
	if err == nil {
		sub := submission{ctx: g.ctx, nested: g.scope != nil, waits: true}
		sub.recorded(r, g.pool.sample())
		err = admit(g.pool, &sub)
	}
	if err != nil {
		g.leave(2)
		return err
	}
	g.list(r)
	return nil
}

// Wait waits until every member has ended and returns the first error, or with
// WithAllErrors all errors. No member runs after that. It may be called again and by many
// goroutines, and waits for members added before it returns. With WithGroupContext it may
// run members itself; if one of them calls runtime.Goexit, that ends the caller.
func (g *Group) Wait() error {
	g.mu.Lock()
	for g.pending.Load() > 0 {
		if g.scope != nil && g.waiting != nil {
			g.runWaiting()
		} else {
			changed := g.changed.next() // under mu, so as not to miss a change
			g.mu.Unlock()
			<-changed
			g.mu.Lock()
		}
	}
	g.closed = true
	err := g.err
	if g.all {
		err = errors.Join(g.errs...)
	}
	g.mu.Unlock()
	if invariant.Enabled && invariant.Sometimes(10) {
		runtime.Gosched() // a member added here must be refused
	}
	if g.unwatch != nil {
		g.unwatch()
	}
	g.cancel(context.Canceled)
	if g.scope != nil {
		g.scope.End(context.Canceled)
	}
	return err
}

// runWaiting runs a member that has not started. The caller holds mu.
func (g *Group) runWaiting() {
	r := g.waiting
	g.unlist(r)
	g.mu.Unlock()
	if r.claim() {
		r.run(nil) // without mu: it may call runtime.Goexit
	}
	g.mu.Lock()
}

// A GroupOption configures a group; see NewGroup.
type GroupOption interface{ applyGroup(*Group) }

type groupOption func(*Group)

func (o groupOption) applyGroup(g *Group) { o(g) }

// WithGroupContext makes the members' contexts derive from ctx. If ctx derives from a task
// of the pool, Go never waits for room, and Wait itself runs members that have not
// started.
func WithGroupContext(ctx context.Context) GroupOption {
	return groupOption(func(g *Group) {
		if ctx != nil {
			g.ctx = ctx
		}
	})
}

// An AllErrorsOption is a GroupOption, an EachOption and a StreamOption; see WithAllErrors.
type AllErrorsOption struct{}

func (AllErrorsOption) applyGroup(g *Group) { g.all = true }

// WithAllErrors lets a group continue after errors. Every member runs, and Wait joins all
// errors (see errors.Join): one for each member that failed or never ran, in the order of
// their occurrence. The group keeps all of them until Wait.
func WithAllErrors() AllErrorsOption { return AllErrorsOption{} }
