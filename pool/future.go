package pool

import "context"

// A Future is the pending outcome of a task with a result of type T; see Go.
//
// Any goroutine may call its methods at any time. In the terms of the Go memory model, the
// end of the task synchronizes before the return of Wait and the closing of Done.
type Future[T any] struct {
	r     record
	fn    func(context.Context) (T, error)
	value T // written by fn's goroutine; valid after an outcome without an error
}

// Go submits fn as a task and returns a Future for its outcome. It is a function, not a
// method, because methods cannot have type parameters. It allocates nothing but the
// Future.
//
// With WithTaskContext it submits as SubmitContext does. The errors are those of
// SubmitContext.
func Go[T any](p *WorkerPool, fn func(context.Context) (T, error), opts ...TaskOption) (*Future[T], error) {
	if p.err != nil {
		return nil, p.err
	}
	if fn == nil {
		return nil, ErrNilTask
	}
	f := &Future[T]{fn: fn}
	r := &f.r
	r.init(p)
	r.typed = f
	r.errorTo = toOwner
	var sub submission
	if len(opts) > 0 {
		cfg := newTaskConfig(opts)
		if err := cfg.validate(); err != nil {
			return nil, err
		}
		r.configure(&cfg)
		if sub.ctx = cfg.ctx; sub.ctx != nil {
			var err error
			if sub.nested, err = p.bind(r, sub.ctx); err != nil {
				return nil, err
			}
		}
	}
	sub.recorded(r, p.sample())
	if err := p.admit(&sub); err != nil {
		return nil, err
	}
	return f, nil
}

// Wait waits for the outcome and returns it. If ctx ends first, Wait returns the error of
// ctx, and the task continues. Wait may be called any number of times.
//
// If ctx derives from a task of the pool and the awaited task has not started, it runs at
// once on the caller's goroutine. So tasks may wait for tasks to any depth. If it calls
// runtime.Goexit there, that ends the caller too.
func (f *Future[T]) Wait(ctx context.Context) (T, error) {
	r := &f.r
	if !r.completion.isDone() {
		if ctx == nil {
			ctx = context.Background()
		}
		if err := f.await(ctx); err != nil {
			var zero T
			return zero, err
		}
	}
	if r.err != nil {
		var zero T
		return zero, r.err
	}
	return f.value, nil
}

func (f *Future[T]) await(ctx context.Context) error {
	r := &f.r
	p := r.pool
	if ctx.Err() == nil && p.root.AncestorOf(ctx) != nil {
		return r.awaitInside(ctx)
	}
	if ctx.Done() == nil {
		p.waiters.wait(&r.completion)
		return nil
	}
	return r.awaitOutcome(ctx, nil)
}

// Done returns a channel that is closed when the task has its outcome.
func (f *Future[T]) Done() <-chan struct{} { return f.r.completion.done() }

// Cancel cancels the task. It reports true if the task will never run: its outcome is then
// ErrNotStarted with context.Canceled. If the task is running, its context ends and Cancel
// reports false.
func (f *Future[T]) Cancel() bool { return f.r.cancel(context.Canceled) }

func (f *Future[T]) call(ctx context.Context) (err error) {
	f.value, err = f.fn(ctx)
	return err
}

func (f *Future[T]) result() any { return f.value }

func (f *Future[T]) forget() { f.fn = nil }
