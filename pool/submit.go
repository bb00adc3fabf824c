package pool

import (
	"context"

	"github.com/user/millrace/sched"
)

// Submit adds a task. If the queue is full it waits for room, or does what the
// overflow policy says. A nil error means that the task is accepted: it will be
// resolved exactly once.
//
// Called from inside a task of the same pool, Submit may wait for ever if every
// worker does; use SubmitContext, SubmitWait, Go or a Group with the task's
// context there, which never wait for room.
//
// The errors are ErrStopped, ErrNilTask, ErrNotStarted if it would have to wait
// before Start, those of the overflow policy, and that of Validate.
func (p *WorkerPool) Submit(task Task) error {
	if p.plain {
		if i, ok := p.recordlessItem(task); ok {
			return p.admitFast(i)
		}
	}
	return p.submit(task, undecided)
}

// submit is Submit for a task that may need a record.
func (p *WorkerPool) submit(task Task, d draw) error {
	sub, err := p.prepare(task, nil, d)
	if err != nil {
		return err
	}
	return p.admit(&sub)
}

// SubmitFunc adds a function as a task, as Submit does. It allocates nothing.
func (p *WorkerPool) SubmitFunc(fn func(context.Context) error) error {
	if p.plain && fn != nil {
		i := errFuncItem(fn)
		if p.items.TryFast(i) { // as admitFast, but inlined
			return nil
		}
		return p.admitSlow(i)
	}
	return p.submitFunc(fn)
}

// submitFunc is SubmitFunc for a function that may need a record.
func (p *WorkerPool) submitFunc(fn func(context.Context) error) error {
	if p.err != nil {
		return p.err
	}
	if fn == nil {
		return ErrNilTask
	}
	bare, d := p.goesBare()
	if bare {
		return p.admitFast(errFuncItem(fn))
	}
	sub := submission{draw: d}
	sub.recorded(p.newRecord(errFunc(fn)))
	return p.admit(&sub)
}

// TrySubmit adds a task if that is possible at once. If not it returns
// ErrQueueFull: every ring of the queue was seen full during the call. Its other
// errors are ErrStopped, ErrNilTask and that of Validate.
func (p *WorkerPool) TrySubmit(task Task) error {
	sub, err := p.prepare(task, nil, undecided)
	if err != nil {
		return err
	}
	return p.answer(&sub, p.engine.TrySubmit(sub.item))
}

// SubmitContext adds a task whose context has the values of ctx and ends when ctx
// does. If ctx ends while the call waits for room, the task is not accepted and
// the error is ErrNotStarted with the cause; if it ends while the task waits in
// the queue, that is the task's outcome.
//
// If ctx derives from a task of the same pool the call never waits: when the
// queue is full the task goes past its bound, and as a rule starts before those in
// the queue. The new task is then bound to what the other was submitted with, and
// to what was added to ctx since, and not to the other's own timeout or end.
//
// A task of another pool is a submitter like any other: its context may end with
// it, and a task that is to outlive it is submitted with context.WithoutCancel.
//
// The errors are otherwise those of Submit.
func (p *WorkerPool) SubmitContext(ctx context.Context, task Task) error {
	if c, ok := ctx.(*workerContext); ok && c.pool == p && p.plain {
		if i, ok := p.recordlessItem(task); ok { // the task c is of has nothing from outside to hand on
			return p.answerStatus(c.worker.(*sched.Worker[item]).SubmitNested(i))
		}
	}
	if ctx == context.Background() {
		ctx = nil
	}
	sub, err := p.prepare(task, ctx, undecided)
	if err != nil {
		return err
	}
	return p.admit(&sub)
}

// SubmitBatch adds tasks in order, and returns how many were accepted: those of
// tasks[:n]. If that is not all of them, err says why tasks[n] was not; it is one
// of those Submit returns. It waits for room as Submit does.
func (p *WorkerPool) SubmitBatch(tasks []Task) (n int, err error) {
	if p.err != nil {
		return 0, p.err
	}
	for n < len(tasks) {
		accepted, d, err := p.submitRecordless(tasks[n:])
		n += accepted
		if err != nil || n == len(tasks) {
			return n, err
		}
		if err := p.submit(tasks[n], d); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// submitRecordless submits tasks up to the first that needs a record, many at a time.
// Where it returns no error and some are left, the next one is for submit, with the
// draw that was made for it.
func (p *WorkerPool) submitRecordless(tasks []Task) (n int, d draw, err error) {
	var batch [64]item
	for n < len(tasks) && d != drawn {
		bare := p.recordlessItems(batch[:], tasks[n:])
		for i := 0; i < bare && !p.plain; i++ {
			if p.histograms.draw() {
				bare, d = i, drawn
			}
		}
		if bare == 0 {
			return n, d, nil
		}
		accepted, err := p.admitBatch(batch[:bare])
		n += accepted
		if err != nil {
			return n, undecided, err
		}
	}
	return n, d, nil
}

// admitBatch is admitFast for many: it returns how many were accepted, and why not
// the next one.
func (p *WorkerPool) admitBatch(items []item) (n int, err error) {
	if p.cfg.overflow == Block {
		n, status := p.items.SubmitBatch(items, nil)
		if status != sched.Accepted {
			return n, p.answer(&submission{}, status)
		}
		return n, nil
	}
	for n < len(items) {
		accepted, status := p.items.TrySubmitBatch(items[n:])
		n += accepted
		switch status {
		case sched.Accepted:
		case sched.Full:
			if err := p.overflow(&submission{item: items[n]}); err != nil {
				return n, err
			}
			n++
		default:
			return n, p.answer(&submission{}, status)
		}
	}
	return n, nil
}

// SubmitWait adds a task and waits for its outcome, which it returns.
//
// If ctx ends before the task has started, it never runs, and the error is
// ErrNotStarted with the cause. If ctx ends later, the task's context ends,
// SubmitWait returns the error of ctx, and the worker is busy until the function
// returns.
//
// If ctx derives from a task of the pool, the new task runs at once on the
// caller's goroutine, so that no depth of nesting waits for a worker. If it calls
// runtime.Goexit, that ends the caller too.
//
// The errors are otherwise those of Submit, and ErrNotStarted before Start.
func (p *WorkerPool) SubmitWait(ctx context.Context, task Task) (interface{}, error) {
	if p.err != nil {
		return nil, p.err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if err := check(task); err != nil {
		return nil, err
	}
	r := p.newRecord(task)
	r.errorTo = toOwner
	nested, err := p.bind(r, ctx)
	if err != nil {
		return nil, err
	}
	sub := submission{ctx: ctx, nested: nested, waits: true}
	sub.recorded(r)
	if nested {
		if !p.engine.AcceptInline() {
			return nil, p.answer(&sub, sched.Stopped)
		}
		p.runOnSubmitter(&sub)
		if err := r.awaitInside(ctx); err != nil {
			if !r.cancel(err) {
				return nil, err
			}
			p.waiters.wait(&r.completion) // who called it off may not be who resolves it
		}
		return r.value, r.err
	}
	if !p.started.Load() {
		return nil, p.answer(&sub, sched.NotStarted)
	}
	l := p.waiters.borrow()
	r.completion.add(l)
	if err := p.admit(&sub); err != nil {
		p.waiters.giveBack(l)
		return nil, err
	}
	if done := ctx.Done(); done == nil {
		<-l.wake // as below, for less
	} else {
		select {
		case <-l.wake:
		case <-done:
			if !r.cancel(ctx.Err()) && !r.state.neverRuns() && r.completion.remove(l) {
				p.waiters.giveBack(l)
				return nil, ctx.Err()
			}
			<-l.wake // by who cancelled or claimed it, or by an outcome that came first
		}
	}
	p.waiters.giveBack(l)
	return r.value, r.err
}

// A submission is a task on its way into the queue.
type submission struct {
	item   item            // what stands in the queue
	record *record         // of the task, nil if it needs none
	ctx    context.Context // the submitter's, nil if it has none
	nested bool            // ctx derives from a task of the pool
	waits  bool            // the submitter waits for the outcome, and watches ctx itself
	draw   draw
}

// recorded makes a ticket for r what stands in the queue.
func (sub *submission) recorded(r *record) {
	sub.record = r
	r.follows = sub.ctx != nil && !sub.waits
	if next := r.pool.nextAge; next != nil {
		r.age = next()
	}
	if r.pool.observes(sub.draw) {
		r.observe()
	}
	sub.item = ticketItem(r.pool.tickets.issue(r))
}

// prepare makes a submission of task with ctx, which may be nil. It has a record if
// it needs one, or was drawn to be observed.
func (p *WorkerPool) prepare(task Task, ctx context.Context, d draw) (submission, error) {
	if p.err != nil {
		return submission{}, p.err
	}
	if ctx == nil && d == undecided {
		if i, ok := p.recordlessItem(task); ok {
			var bare bool
			if bare, d = p.goesBare(); bare {
				return submission{item: i}, nil
			}
		}
	}
	if err := check(task); err != nil {
		return submission{}, err
	}
	r := p.newRecord(task)
	if ctx == nil {
		ctx = r.ctx.outer
	}
	sub := submission{ctx: ctx, draw: d}
	if ctx != nil {
		var err error
		if sub.nested, err = p.bind(r, ctx); err != nil {
			return submission{}, err
		}
	}
	sub.recorded(r)
	return sub, nil
}

// bind makes ctx the submitter's context of r, and reports whether it derives
// from a task of the pool. If ctx has ended it returns the error for that; the
// end of the task from which it derives does not count.
func (p *WorkerPool) bind(r *record, ctx context.Context) (nested bool, err error) {
	o := p.originOf(ctx)
	r.ctx.submittedFrom(ctx, o)
	if err := r.ctx.outerErr(); err != nil {
		return false, notRun(err, r.ctx.outer)
	}
	return o != nil, nil
}

// check refuses what is no task.
func check(task Task) error {
	switch t := task.(type) {
	case nil:
		return ErrNilTask
	case TaskFunc:
		if t == nil {
			return ErrNilTask
		}
	case *funcTask:
		if t.fn == nil {
			return ErrNilTask
		}
		return t.cfg.validate()
	}
	return nil
}

// newRecord returns a record of one submission of task.
func (p *WorkerPool) newRecord(task Task) *record {
	r := &record{task: task}
	r.init(p)
	switch t := task.(type) {
	case errFunc, TaskFunc:
	case *funcTask:
		r.number = t.number
		r.configure(&t.cfg)
	default:
		if r.id = task.ID(); r.id == "" {
			r.number = taskNumber.Add(1)
		}
		r.priority = task.Priority() // asked for once, as promised, in a pool without priorities too
	}
	return r
}

// admitFast submits a task that needs no record.
func (p *WorkerPool) admitFast(i item) error {
	if p.items.TryFast(i) {
		return nil
	}
	return p.admitSlow(i)
}

// admitSlow is admitFast for a task for which there was no room at once.
func (p *WorkerPool) admitSlow(i item) error {
	if p.cfg.overflow == Block {
		return p.answerStatus(p.items.SubmitSlow(i, nil))
	}
	return p.admit(&submission{item: i})
}

// admit submits: past the bound from inside a task, else as the overflow policy
// says.
func (p *WorkerPool) admit(sub *submission) error {
	if sub.nested {
		return p.answer(sub, p.engine.SubmitNested(sub.item))
	}
	if p.cfg.overflow == Block {
		var done <-chan struct{}
		if sub.ctx != nil {
			done = sub.ctx.Done()
		}
		return p.answer(sub, p.engine.Submit(sub.item, done))
	}
	status := p.engine.TrySubmit(sub.item)
	if status == sched.Full {
		return p.overflow(sub)
	}
	return p.answer(sub, status)
}

// overflow submits what found the queue full.
func (p *WorkerPool) overflow(sub *submission) error {
	switch p.cfg.overflow {
	case DropNewest:
		return p.refuse(sub, ErrDropped)
	case DropOldest:
		return p.answer(sub, p.dropOldest(sub))
	case CallerRuns:
		if !p.started.Load() {
			return p.answer(sub, sched.NotStarted)
		}
		if !p.engine.AcceptInline() {
			return p.answer(sub, sched.Stopped)
		}
		p.runOnSubmitter(sub)
		return nil
	}
	return p.answer(sub, sched.Full)
}

func (p *WorkerPool) dropOldest(sub *submission) sched.Status {
	for {
		if victim, ok := p.engine.Evict(); ok {
			p.dropItem(victim, ErrDropped)
		}
		if status := p.engine.TrySubmit(sub.item); status != sched.Full {
			return status
		}
	}
}

// runOnSubmitter runs a task that was accepted without a place in the queue, on the
// goroutine of its submitter.
func (p *WorkerPool) runOnSubmitter(sub *submission) {
	r := sub.record
	if r == nil {
		r = p.newRecord(sub.item.task())
	} else {
		p.tickets.withdraw(r)
	}
	defer r.run(nil) // deferred: the collector may call runtime.Goexit
	p.tellAccepted(r)
}

// answerStatus is answer for a task without a record.
func (p *WorkerPool) answerStatus(status sched.Status) error {
	if status == sched.Accepted {
		return nil
	}
	return p.answer(&submission{}, status)
}

// answer turns the status of a submission into what its caller is told, and does
// what follows from it.
func (p *WorkerPool) answer(sub *submission, status sched.Status) error {
	if status == sched.Accepted {
		if sub.record != nil && sub.record.follows {
			sub.record.watchOuter(&sub.record.ctx)
		}
		p.tellAccepted(sub.record)
		return nil
	}
	switch {
	case status == sched.Full:
		return p.refuse(sub, ErrQueueFull)
	case status == sched.Abandoned:
		return p.refuse(sub, notRun(sub.ctx.Err(), sub.ctx))
	case status == sched.NotStarted && !p.engine.Closed():
		return p.refuse(sub, ErrNotStarted)
	}
	return p.refuse(sub, ErrStopped)
}

// refuse lets go of a task that was not accepted, and returns why.
func (p *WorkerPool) refuse(sub *submission, err error) error {
	p.rejected.Inc()
	if sub.record != nil {
		p.tickets.withdraw(sub.record)
	}
	p.tellRefused(sub.record, err)
	return err
}
