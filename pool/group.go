package pool

import (
	"context"
	"sync"
)

// A Group runs tasks that belong together on a pool it may share with others. The
// first error ends it: its context is cancelled and members that have not started
// never do. A Group is used once; use NewGroup.
type Group struct {
	pool   *WorkerPool
	ctx    context.Context // of all members
	cancel context.CancelCauseFunc
	scope  *taskContext // between ctx and the task of the pool it derives from, if it does

	mu      sync.Mutex
	err     error // the first
	pending int   // members that have not ended
	ended   chan struct{}
	waiting *record // members that have not started, a list through inGroup
	unwatch func() bool
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

// NewGroup returns a group of tasks on p.
func NewGroup(p *WorkerPool, opts ...GroupOption) *Group {
	g := &Group{pool: p, ctx: context.Background()}
	for _, opt := range opts {
		if opt != nil {
			opt.applyGroup(g)
		}
	}
	outer := g.ctx
	if o := p.originOf(outer); o != nil {
		// Members are bound to what the task was submitted with, not to its end.
		g.scope = &taskContext{pool: p}
		g.scope.submittedFrom(outer, o)
		outer = g.scope
	}
	g.ctx, g.cancel = context.WithCancelCause(outer)
	if outer.Done() != nil {
		g.unwatch = context.AfterFunc(outer, func() { g.cancelWaiting(outer.Err()) })
	}
	return g
}

// Go submits fn as a member, as Submit does. If it is refused, the reason is the
// group's error. Once the group has an error Go does nothing.
func (g *Group) Go(fn func(ctx context.Context) error) {
	if g.pool.err != nil {
		g.fail(g.pool.err)
		return
	}
	if fn == nil {
		g.fail(ErrNilTask)
		return
	}
	r := g.pool.newRecord(errFunc(fn))
	r.group = g
	r.errorTo = toOwner
	if _, err := g.pool.bind(r, g.ctx); err != nil {
		g.fail(err) // of no effect if a member's error ended ctx
		return
	}
	g.mu.Lock()
	if g.err != nil {
		g.mu.Unlock()
		return
	}
	g.pending++
	g.mu.Unlock()

	sub := submission{ctx: g.ctx, nested: g.scope != nil, waits: true}
	sub.recorded(r)
	if err := g.pool.admit(&sub); err != nil {
		g.fail(err)
		g.memberEnded(r)
		return
	}
	g.list(r)
}

// Wait waits until every member has ended and returns the first error. No member
// runs any more then.
func (g *Group) Wait() error {
	for g.scope != nil && g.runWaiting() {
	}
	g.mu.Lock()
	if g.pending > 0 {
		if g.ended == nil {
			g.ended = make(chan struct{})
		}
		ended := g.ended
		g.mu.Unlock()
		<-ended
		g.mu.Lock()
	}
	err := g.err
	g.mu.Unlock()
	if g.unwatch != nil {
		g.unwatch()
	}
	g.cancel(context.Canceled)
	if g.scope != nil {
		g.scope.end(context.Canceled, false)
	}
	return err
}

// memberLink is a record's place in its group. The group's mu guards it.
type memberLink struct {
	prev, next *record
	listed     bool
	over       bool // it started, or will not
}

// list keeps an accepted member until it starts.
func (g *Group) list(r *record) {
	g.mu.Lock()
	failed := g.err
	if l := &r.inGroup; !l.over {
		l.listed = true
		if l.next = g.waiting; l.next != nil {
			l.next.inGroup.prev = r
		}
		g.waiting = r
	}
	g.mu.Unlock()
	if failed == nil {
		failed = g.ctx.Err()
	}
	if failed != nil {
		r.cancelUnstarted(failed)
	}
}

// unlist forgets a member that started or will not. The caller holds mu.
func (g *Group) unlist(r *record) {
	l := &r.inGroup
	l.over = true
	if !l.listed {
		return
	}
	l.listed = false
	if l.prev != nil {
		l.prev.inGroup.next = l.next
	} else {
		g.waiting = l.next
	}
	if l.next != nil {
		l.next.inGroup.prev = l.prev
	}
	l.prev, l.next = nil, nil
}

// skips is asked before a claimed member runs. If the group has failed it
// resolves the member unrun and reports true.
func (g *Group) skips(r *record) bool {
	g.mu.Lock()
	g.unlist(r)
	err := g.err
	g.mu.Unlock()
	if err == nil {
		return false
	}
	r.cancelClaimed(err)
	return true
}

// memberFailed takes note of a member's error.
func (g *Group) memberFailed(err error) {
	if err != nil {
		g.fail(err)
	}
}

// memberEnded counts a member out.
func (g *Group) memberEnded(r *record) {
	g.mu.Lock()
	g.unlist(r)
	g.pending--
	var ended chan struct{}
	if g.pending == 0 {
		ended, g.ended = g.ended, nil
	}
	g.mu.Unlock()
	if ended != nil {
		close(ended)
	}
}

// fail ends the group with its first error.
func (g *Group) fail(err error) {
	g.mu.Lock()
	first := g.err == nil
	if first {
		g.err = err
	}
	g.mu.Unlock()
	if first {
		g.cancel(err)
		g.cancelWaiting(err)
	}
}

// cancelWaiting resolves the members that have not started.
func (g *Group) cancelWaiting(cause error) {
	for r := g.takeWaiting(); r != nil; r = g.takeWaiting() {
		r.cancelUnstarted(cause)
	}
}

// runWaiting runs a member that has not started, and reports false if there is
// none.
func (g *Group) runWaiting() bool {
	r := g.takeWaiting()
	if r == nil {
		return false
	}
	if r.claim() {
		r.run(nil)
	}
	return true
}

func (g *Group) takeWaiting() *record {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.waiting
	if r != nil {
		g.unlist(r)
	}
	return r
}
