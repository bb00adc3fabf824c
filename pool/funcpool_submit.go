package pool

import (
	"context"

	"github.com/user/millrace/sched"
)

// Submit adds a call of fn with v. If the queue is full it waits for room, or follows the
// overflow policy. It is WorkerPool.Submit for a value, with the same errors. It allocates
// nothing unless calls have a timeout or are observed.
//
// Called from inside a call of the same pool, Submit may wait forever if every worker
// does. SubmitContext and SubmitWait with the call's context never wait for room.
func (p *FuncPool[T]) Submit(v T) error {
	if needed, sampled := p.core.needsRecord(); needed {
		return p.admit(v, sampled)
	}
	if p.s.TryFast(call[T]{v: v}) {
		return nil
	}
	status := submitSlow(p.s, p.core.cfg.overflow, call[T]{v: v})
	if status == sched.Full {
		return p.admit(v, false) // with a record, which the policy may need
	}
	return p.core.answer(nil, status)
}

// TrySubmit adds a call of fn with v if that is possible at once. Otherwise it returns
// ErrQueueFull, or another error of WorkerPool.TrySubmit.
func (p *FuncPool[T]) TrySubmit(v T) error {
	if needed, sampled := p.core.needsRecord(); needed {
		sub, err := p.recorded(v, sampled)
		if err != nil {
			return err
		}
		return p.core.admitNow(&sub)
	}
	return p.core.answer(nil, p.s.TrySubmit(call[T]{v: v}))
}

// SubmitContext adds a call of fn with v and a context that has the values of ctx and ends
// when ctx does. It is WorkerPool.SubmitContext for a value.
func (p *FuncPool[T]) SubmitContext(ctx context.Context, v T) error {
	if ctx == nil || ctx == context.Background() {
		return p.Submit(v)
	}
	if w := p.core.root.WorkerOf(ctx); w != nil && p.core.mode == recordless {
		return p.core.answer(nil, w.(*sched.Worker[call[T]]).SubmitNested(call[T]{v: v}))
	}
	return p.core.SubmitContext(ctx, p.task(v))
}

// SubmitWait adds a call of fn with v, waits for its outcome and returns that. It is
// WorkerPool.SubmitWait for a value.
func (p *FuncPool[T]) SubmitWait(ctx context.Context, v T) error {
	_, err := p.core.SubmitWait(ctx, p.task(v))
	return err
}

// SubmitBatch adds a call of fn for each of vs in order, and returns how many were
// accepted: those of vs[:n]. If that is not all of them, err says why vs[n] was not
// accepted; it is one of those Submit returns. It waits for room as Submit does.
func (p *FuncPool[T]) SubmitBatch(vs []T) (n int, err error) {
	for n < len(vs) {
		if p.core.mode == recordless {
			accepted, err := p.submitAll(vs[n:])
			n += accepted
			if err != nil || n == len(vs) {
				return n, err
			}
		}
		if err := p.Submit(vs[n]); err != nil {
			return n, err
		}
		n++
	}
	return n, p.core.err
}

// submitAll submits values up to the first one that finds the queue full under a policy
// that does not wait. If it returns no error, Submit follows for the rest.
func (p *FuncPool[T]) submitAll(vs []T) (n int, err error) {
	var batch [32]call[T]
	for n < len(vs) {
		part := batch[:min(len(batch), len(vs)-n)]
		for i := range part {
			part[i].v = vs[n+i]
		}
		accepted, status := submitMany(p.s, p.core.cfg.overflow, part)
		n += accepted
		switch status {
		case sched.Accepted:
		case sched.Full:
			return n, nil
		default:
			return n, p.core.answer(nil, status)
		}
	}
	return n, nil
}

// recorded returns a submission of v with a record.
func (p *FuncPool[T]) recorded(v T, sampled bool) (submission, error) {
	if p.core.err != nil {
		return submission{}, p.core.err
	}
	var sub submission
	sub.recorded(p.core.newRecord(p.task(v)), sampled)
	return sub, nil
}

// admit submits a call with a record as the overflow policy says.
func (p *FuncPool[T]) admit(v T, sampled bool) error {
	sub, err := p.recorded(v, sampled)
	if err != nil {
		return err
	}
	return p.core.admit(&sub)
}

// expand is never called. A FuncPool is generic and compiled in the packages that use it.
// They can inline a function only if it was inlined here too: see internal/atomics.
func expand() error { return NewFunc[int](Config{}, nil).Submit(0) }

var _ = expand
