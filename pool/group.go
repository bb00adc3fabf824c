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

// A Group runs tasks that belong together on a pool it may share with others. The
// first error ends it: its context is cancelled and members that have not started
// never do; see WithAllErrors for another way. A Group is used once; use NewGroup.
//
// Its methods may be called by any goroutine at any time, inside its members too,
// but a member must not Wait for its own group. What a member did synchronizes
// before the return of Wait.
type Group struct {
	pool   *WorkerPool
	ctx    context.Context // of all members
	cancel context.CancelCauseFunc
	scope  *taskctx.Context // between ctx and the task of the pool from which it derives; nil if there is none
	all    bool             // WithAllErrors
	team   *loopTeam        // whose tasks the members are, or nil

	// pending is what is to come: of each member its outcome and the end of its
	// function, which come in either order. It grows under mu, and not once closed.
	pending atomic.Int64

	mu      sync.Mutex
	closed  bool      // a Wait found nothing pending
	err     error     // the one that ended the group
	errs    []error   // with all: in the order in which members failed
	changed broadcast // pending became 0, or a member waits that a Wait inside a task may run
	waiting *record   // members that have not started, a list through inGroup
	unwatch func() bool
}

// errGroupOver is why a member is refused once a Wait has returned.
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
		// Members are bound to what the task was submitted with, not to its end.
		g.scope = new(taskctx.Context)
		g.scope.Init(&p.root)
		g.scope.Bind(outer, ancestor)
		outer = g.scope
	}
	g.ctx, g.cancel = context.WithCancelCause(outer)
	if outer.Done() != nil {
		// Not after outer: that ends before ctx has its cause.
		g.unwatch = context.AfterFunc(g.ctx, func() { g.cancelWaiting(g.ctx.Err()) })
	}
	return g
}

// Go submits fn as a member, as Submit does. If it is refused, the reason is an
// error of the group. Once an error ended the group Go does nothing, and once a
// Wait has returned it is refused with ErrNotStarted.
func (g *Group) Go(fn func(ctx context.Context) error) {
	if err := g.add(fn, (*WorkerPool).admit); err != nil {
		g.failed(err)
	}
}

// TryGo submits fn as a member if that is possible at once, as TrySubmit does. If
// not it returns the reason, which is no error of the group: ErrQueueFull,
// ErrStopped, ErrNilTask, the error of Validate, or ErrNotStarted with the cause
// if the group has ended.
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
// WithAllErrors all of them. No member runs any more then. It may be called again,
// and by many at once; members added before it returns are waited for too. If a
// member that it runs itself calls runtime.Goexit, that ends the caller too; see
// WithGroupContext.
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
		runtime.Gosched() // what comes to the group here must be refused
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
		r.run(nil) // it may call runtime.Goexit, which must not find mu held
	}
	g.mu.Lock()
}

// A GroupOption configures a group; see NewGroup.
type GroupOption interface{ applyGroup(*Group) }

type groupOption func(*Group)

func (o groupOption) applyGroup(g *Group) { o(g) }

// WithGroupContext makes the members' context derive from ctx. If ctx derives
// from a task of the pool, Go never waits for room, and Wait runs members that
// have not started itself.
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

// WithAllErrors lets errors end nothing: every member of a group runs, and Wait
// returns all errors joined (see errors.Join), one for each member that failed or
// never ran, in the order in which they came. Each is kept until then.
func WithAllErrors() AllErrorsOption { return AllErrorsOption{} }
