package pool

// A memberLink is the state of a record in its group, guarded by the group's mu.
type memberLink struct {
	prev, next *record
	listed     bool
	over       bool // it has started, or never will
	ended      bool
}

// enter counts a member in, or returns why the group accepts none.
func (g *Group) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.err != nil:
		return notRun(g.err, nil)
	case g.closed:
		return notRun(errGroupOver, nil)
	}
	g.pending.Add(2)
	return nil
}

// leave subtracts n from pending.
func (g *Group) leave(n int64) {
	if g.pending.Add(-n) == 0 {
		g.mu.Lock()
		g.changed.send()
		g.mu.Unlock()
	}
}

// list adds an accepted member to waiting until it starts. By the time its submitter calls
// list, the member may have failed and be listed again.
func (g *Group) list(r *record) {
	g.mu.Lock()
	ended := g.err
	if l := &r.inGroup; !l.over && !l.listed {
		l.listed = true
		if l.next = g.waiting; l.next != nil {
			l.next.inGroup.prev = r
		}
		g.waiting = r
		if g.scope != nil {
			g.changed.send() // a Wait inside a task may have to run it
		}
	}
	g.mu.Unlock()
	if ended == nil {
		ended = g.ctx.Err()
	}
	if ended != nil {
		r.cancelUnstarted(ended)
	}
}

// listAgain adds a failed member to waiting until its next run starts.
func (g *Group) listAgain(r *record) {
	g.mu.Lock()
	r.inGroup.over = r.inGroup.ended
	g.mu.Unlock()
	g.list(r)
}

// unlist removes a member that has started or never will. The caller holds mu.
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

// skips is called before a claimed member runs. If an error has ended the group, it settles
// the member without a run and reports true.
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

// memberFailed records the outcome of a member.
func (g *Group) memberFailed(err error) {
	if err != nil {
		g.failed(err)
	}
	g.leave(1)
}

// memberEnded counts a member out.
func (g *Group) memberEnded(r *record) {
	g.mu.Lock()
	g.unlist(r)
	r.inGroup.ended = true
	g.mu.Unlock()
	g.leave(1)
}

// failed records the error of a member.
func (g *Group) failed(err error) {
	switch {
	case g.team != nil:
		g.team.lost(err)
	case g.all:
		g.mu.Lock()
		g.errs = append(g.errs, err)
		g.mu.Unlock()
	default:
		g.fail(err)
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

// ended returns why no further member may run, or nil.
func (g *Group) ended() error {
	g.mu.Lock()
	err := g.err
	g.mu.Unlock()
	if err == nil && g.ctx.Err() != nil {
		err = notRun(g.ctx.Err(), g.ctx)
	}
	return err
}

// cancelWaiting cancels the members that have not started.
func (g *Group) cancelWaiting(cause error) {
	for r := g.takeWaiting(); r != nil; r = g.takeWaiting() {
		r.cancelUnstarted(cause)
	}
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
