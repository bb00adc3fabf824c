package pool

import (
	"context"

	"github.com/user/millrace/sched"
)

// Submit has fn called for v. If the queue is full it waits for room, or does what
// the overflow policy says. It is WorkerPool.Submit for a value, with its errors,
// and allocates nothing, unless calls have a timeout or are watched.
//
// Called from inside a call of the same pool, Submit may wait for ever if every
// worker does; SubmitContext and SubmitWait with the call's context never wait for
// room.
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

// TrySubmit has fn called for v if that is possible at once. If not it returns
// ErrQueueFull, or the other errors of WorkerPool.TrySubmit.
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

// SubmitContext has fn called for v with a context that has the values of ctx and
// ends when ctx does. It is WorkerPool.SubmitContext for a value.
func (p *FuncPool[T]) SubmitContext(ctx context.Context, v T) error {
	if ctx == nil || ctx == context.Background() {
		return p.Submit(v)
	}
	if w := p.core.root.WorkerOf(ctx); w != nil && p.core.mode == recordless {
		return p.core.answer(nil, w.(*sched.Worker[call[T]]).SubmitNested(call[T]{v: v}))
	}
	return p.core.SubmitContext(ctx, p.task(v))
}

// SubmitWait has fn called for v and waits for the outcome, which it returns. It is
// WorkerPool.SubmitWait for a value.
func (p *FuncPool[T]) SubmitWait(ctx context.Context, v T) error {
	_, err := p.core.SubmitWait(ctx, p.task(v))
	return err
}

// SubmitBatch has fn called for each of vs, and returns how many were accepted:
// vs[:n]. If that is not all of them, err says why vs[n] was not; it is one of those
// Submit returns. It waits for room as Submit does.
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

// submitAll submits values up to the first for which there is no room and that the
// policy does not let wait. Where it returns no error, what is left is for Submit.
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

// recorded makes a submission of v with a record.
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

// expand is never called. A FuncPool is generic and compiled in the packages that
// use it, which get the bodies of what its calls need only if they were inlined
// here: see internal/atomics.
func expand() error { return NewFunc[int](Config{}, nil).Submit(0) }

var _ = expand
