package pool

import (
	"fmt"

	"github.com/user/millrace/sched"
)

// An Overflow is the policy of a submission that finds the queue full. It applies to
// Submit, SubmitFunc, SubmitWait, SubmitContext, SubmitBatch, Go and Group.Go. It does
// not apply to TrySubmit, which returns ErrQueueFull. Submissions with the context of a
// task of the pool are queued past the bound.
type Overflow uint8

// The overflow policies. Each has a case in whenFull; waits reports true for a policy
// that may wait for room.
const (
	// Block waits for room.
	Block Overflow = iota
	// Reject returns ErrQueueFull at once.
	Reject
	// DropNewest drops the task being submitted: the call returns ErrDropped.
	DropNewest
	// DropOldest drops the oldest task of the ring it tried and takes its slot. The
	// outcome of the dropped task is ErrDropped. A pool with Config.Priority rejects
	// this policy.
	DropOldest
	// CallerRuns runs the task on the submitter's goroutine before the call returns.
	CallerRuns
)

// WithOverflow sets the policy of submissions that find the queue full. The default is
// Block.
func WithOverflow(policy Overflow) Option {
	return poolOption(func(c *poolConfig) { c.overflow = policy })
}

// validateOverflow returns an error for an invalid policy, or nil.
func (c *poolConfig) validateOverflow() error {
	if c.overflow > CallerRuns {
		return fmt.Errorf("%w: unknown overflow policy %d", ErrInvalidConfig, uint8(c.overflow))
	}
	if c.Priority && c.overflow == DropOldest {
		return fmt.Errorf("%w: Overflow = DropOldest: must be another policy in a pool with priorities: the oldest task may be the most urgent", ErrInvalidConfig)
	}
	return nil
}

// waits reports whether a submission waits for room.
func (o Overflow) waits() bool { return o == Block }

// admitFast submits a task that needs no record.
func (p *WorkerPool) admitFast(i item) error {
	if p.items.TryFast(i) {
		return nil
	}
	return p.admitSlow(i)
}

// admitNow submits without waiting for room.
func (p *WorkerPool) admitNow(sub *submission) error {
	return p.answer(sub, p.engine.TrySubmit(sub.item))
}

// admit submits past the bound from inside a task, and by the policy otherwise.
func (p *WorkerPool) admit(sub *submission) error {
	if sub.nested {
		return p.answer(sub, p.engine.SubmitNested(sub.item))
	}
	if p.cfg.overflow.waits() {
		var done <-chan struct{}
		if sub.ctx != nil {
			done = sub.ctx.Done()
		}
		return p.answer(sub, p.engine.Submit(sub.item, done))
	}
	status := p.engine.TrySubmit(sub.item)
	if status == sched.Full {
		return p.whenFull(sub)
	}
	return p.answer(sub, status)
}

// admitSlow submits a task without a record after TryFast has failed.
func (p *WorkerPool) admitSlow(i item) error {
	status := submitSlow(p.items, p.cfg.overflow, i)
	if status == sched.Full {
		return p.whenFull(&submission{item: i})
	}
	return p.answer(nil, status)
}

// admitBatch submits tasks without records. It returns the number of accepted tasks and
// the error of the next one.
func (p *WorkerPool) admitBatch(items []item) (n int, err error) {
	for n < len(items) {
		accepted, status := submitMany(p.items, p.cfg.overflow, items[n:])
		n += accepted
		switch status {
		case sched.Accepted:
		case sched.Full:
			if err := p.whenFull(&submission{item: items[n]}); err != nil {
				return n, err
			}
			n++
		default:
			return n, p.answer(nil, status)
		}
	}
	return n, nil
}

// submitSlow submits v after TryFast has failed. It returns Full only if the policy does
// not wait.
func submitSlow[T any](s *sched.Scheduler[T], policy Overflow, v T) sched.Status {
	if policy.waits() {
		return s.SubmitSlow(v, nil)
	}
	return s.TrySubmit(v)
}

// submitMany submits vs in order. It returns the number of accepted values and the status
// of the next one. The status is Full only if the policy does not wait.
func submitMany[T any](s *sched.Scheduler[T], policy Overflow, vs []T) (int, sched.Status) {
	if policy.waits() {
		return s.SubmitBatch(vs, nil)
	}
	return s.TrySubmitBatch(vs)
}

// whenFull applies the policy to a task that found the queue full.
func (p *WorkerPool) whenFull(sub *submission) error {
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

// runOnSubmitter runs a task on the goroutine of its submitter. The task was accepted
// without entering the queue.
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

// answer returns the error for the status of a submission. It reports the task as
// accepted or refused, and starts to watch the submitter's context if needed. sub is nil
// for a task without a record.
func (p *WorkerPool) answer(sub *submission, status sched.Status) error {
	switch {
	case status == sched.Accepted:
		if sub == nil || sub.record == nil {
			return nil
		}
		if sub.record.follows {
			sub.record.watchSubmitter(&sub.record.ctx)
		}
		p.tellAccepted(sub.record)
		return nil
	case status == sched.Full:
		return p.refuse(sub, ErrQueueFull)
	case status == sched.Abandoned:
		return p.refuse(sub, notRun(sub.ctx.Err(), sub.ctx))
	case status == sched.NotStarted && !p.engine.Closed():
		return p.refuse(sub, ErrNotStarted)
	}
	return p.refuse(sub, ErrStopped)
}

// refuse counts and reports a task that was not accepted, and returns err.
func (p *WorkerPool) refuse(sub *submission, err error) error {
	p.rejected.Inc()
	var r *record
	if sub != nil && sub.record != nil {
		r = sub.record
		p.tickets.withdraw(r)
	}
	p.tellRefused(r, err)
	return err
}
