package pool

import (
	"context"

	"github.com/user/millrace/sched"
)

// Submit adds a task. If the queue is full, it waits for room or applies the overflow
// policy. A nil error means that the task is accepted and will have exactly one outcome.
//
// Inside a task of the same pool, use SubmitContext, SubmitWait, Go or a Group with the
// task's context: they never wait for room. Submit may block forever there if every
// worker waits for room.
//
// Submit returns ErrStopped, ErrNilTask, the errors of the overflow policy, or the
// error of Validate. It returns ErrNotStarted if it would have to wait before Start.
func (p *WorkerPool) Submit(task Task) error {
	if p.mode == recordless {
		if i, ok := p.recordlessItem(task); ok {
			return p.admitFast(i)
		}
	}
	return p.submit(task, p.sample())
}

// submit is Submit for a task that may need a record.
func (p *WorkerPool) submit(task Task, sampled bool) error {
	sub, err := p.prepare(task, nil, sampled)
	if err != nil {
		return err
	}
	return p.admit(&sub)
}

// SubmitFunc adds a function as a task, as Submit does. It allocates nothing.
func (p *WorkerPool) SubmitFunc(fn func(context.Context) error) error {
	if p.mode == recordless && fn != nil {
		i := errFuncItem(fn)
		if p.items.TryFast(i) { // admitFast, inlined
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
	needed, sampled := p.needsRecord()
	if !needed {
		return p.admitFast(errFuncItem(fn))
	}
	var sub submission
	sub.recorded(p.newRecord(errFunc(fn)), sampled)
	return p.admit(&sub)
}

// TrySubmit adds a task without waiting. It returns ErrQueueFull if every ring of the
// queue was full at some instant of the call. Its other errors are ErrStopped,
// ErrNilTask and the error of Validate.
func (p *WorkerPool) TrySubmit(task Task) error {
	sub, err := p.prepare(task, nil, p.sample())
	if err != nil {
		return err
	}
	return p.admitNow(&sub)
}

// SubmitContext adds a task whose context has the values of ctx and ends when ctx
// ends. If ctx ends while the call waits for room, the task is not accepted and the
// error is ErrNotStarted with the cause. If ctx ends while the task waits in the
// queue, that error is the task's outcome.
//
// If ctx derives from a task of the same pool, the call never waits. A task that finds
// the queue full is queued past the bound and usually starts before the tasks in the
// queue. The new task's context follows the context that the outer task was submitted
// with, and whatever was derived from the outer task's context since. It does not
// follow the outer task's own timeout or end.
//
// A task of another pool is a submitter like any other: its context may end when it
// returns. Submit a task that must outlive it with context.WithoutCancel.
//
// The other errors are those of Submit.
func (p *WorkerPool) SubmitContext(ctx context.Context, task Task) error {
	if w := p.root.WorkerOf(ctx); w != nil && p.mode == recordless {
		if i, ok := p.recordlessItem(task); ok { // the outer task has no submitter's context to pass on
			return p.answer(nil, w.(*sched.Worker[item]).SubmitNested(i))
		}
	}
	if ctx == context.Background() {
		ctx = nil
	}
	sub, err := p.prepare(task, ctx, p.sample())
	if err != nil {
		return err
	}
	return p.admit(&sub)
}

// SubmitBatch adds tasks in order and returns the number n of accepted tasks, which are
// tasks[:n]. If n < len(tasks), err says why tasks[n] was not accepted; it is one of the
// errors of Submit. SubmitBatch waits for room as Submit does.
func (p *WorkerPool) SubmitBatch(tasks []Task) (n int, err error) {
	if p.err != nil {
		return 0, p.err
	}
	for n < len(tasks) {
		accepted, sampled, err := p.submitRecordless(tasks[n:])
		n += accepted
		if err != nil || n == len(tasks) {
			return n, err
		}
		if err := p.submit(tasks[n], sampled); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// submitRecordless submits tasks in batches, up to the first that needs a record.
// sampled reports whether that one is sampled.
func (p *WorkerPool) submitRecordless(tasks []Task) (n int, sampled bool, err error) {
	var batch [64]item
	for n < len(tasks) && !sampled {
		run := p.recordlessItems(batch[:], tasks[n:])
		if run == 0 {
			return n, p.sample(), nil
		}
		for i := 0; i < run && p.mode != recordless; i++ {
			if p.histograms.draw() {
				run, sampled = i, true
			}
		}
		accepted, err := p.admitBatch(batch[:run])
		n += accepted
		if err != nil {
			return n, false, err
		}
	}
	return n, sampled, nil
}

// SubmitWait adds a task, waits for its outcome and returns it.
//
// If ctx ends before the task has started, the task never runs, and the error is
// ErrNotStarted with the cause. If ctx ends later, the task's context ends and
// SubmitWait returns the error of ctx; the worker stays busy until the function
// returns.
//
// If ctx derives from a task of the pool, the new task runs at once on the caller's
// goroutine, so nested calls never wait for a worker. If the new task calls
// runtime.Goexit, the caller's goroutine ends too.
//
// The other errors are those of Submit, and ErrNotStarted before Start.
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
	sub.recorded(r, p.sample())
	if nested {
		return p.runAndWait(ctx, &sub)
	}
	if !p.started.Load() {
		return nil, p.answer(&sub, sched.NotStarted)
	}
	w := p.waiters.borrow()
	r.completion.add(w)
	if err := p.admit(&sub); err != nil {
		p.waiters.giveBack(w)
		return nil, err
	}
	if done := ctx.Done(); done == nil {
		<-w.wake // cheaper than the select
	} else {
		select {
		case <-w.wake:
		case <-done:
			if !r.cancel(ctx.Err()) && !r.state.neverRuns() && r.completion.remove(w) {
				p.waiters.giveBack(w)
				return nil, ctx.Err()
			}
			<-w.wake // sent by the goroutine that cancelled or claimed the task, or by an earlier outcome
		}
	}
	p.waiters.giveBack(w)
	return r.value, r.err
}

// runAndWait is SubmitWait from inside a task.
func (p *WorkerPool) runAndWait(ctx context.Context, sub *submission) (interface{}, error) {
	if !p.engine.AcceptInline() {
		return nil, p.answer(sub, sched.Stopped)
	}
	r := sub.record
	p.runOnSubmitter(sub)
	if err := r.awaitInside(ctx); err != nil {
		if !r.cancel(err) {
			return nil, err
		}
		p.waiters.wait(&r.completion) // another goroutine may be settling it
	}
	return r.value, r.err
}
