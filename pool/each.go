package pool

import "context"

// ForEach calls fn for each of items, on the workers of p, and returns once no call
// is running any more. It is For over items; all that is said there holds.
func ForEach[T any](ctx context.Context, p *WorkerPool, items []T, fn func(ctx context.Context, item T) error, opts ...EachOption) error {
	if fn == nil {
		return For(ctx, p, len(items), nil, opts...)
	}
	return For(ctx, p, len(items), func(ctx context.Context, i int) error { return fn(ctx, items[i]) }, opts...)
}

// For calls fn for each i from 0 to n-1, on the workers of p, and returns once no
// call is running any more. Calls begin in the order of i, at most as many at a
// time as p has workers; see WithConcurrency.
//
// The first error ends it: the context of the other calls is cancelled, no further
// one begins, and For returns that error. A panic is a *PanicError and
// runtime.Goexit ErrGoexit. With WithAllErrors every i has its call, and all errors
// are returned joined, in the order of i.
//
// If ctx ends, no further call begins, and if some have not, the error is
// ErrNotStarted with the cause. When the pool stops, For goes on as a running task
// does. If that is cut short, or For was called later, the error is ErrStopped;
// before Start it is ErrNotStarted.
//
// For submits one task to begin with. When the queue is full, the overflow policy
// decides about that one, and so For waits for room, does everything or does
// nothing and returns ErrQueueFull or ErrDropped. That task submits others, no
// more than there are workers, past the bound; Stats counts these tasks and not the
// calls. They take up i in chunks, see WithChunk: a call must not wait for a later
// one, unless chunks are of 1. They go to the end of the queue every 10 ms if others
// wait. Options of the pool about tasks, such as Config.TaskTimeout, do not apply to
// calls.
//
// If ctx derives from a task of p, the calling goroutine takes part, so that no
// depth of nesting waits for a worker. If a call there calls runtime.Goexit, that
// ends the caller too.
func For(ctx context.Context, p *WorkerPool, n int, fn func(ctx context.Context, i int) error, opts ...EachOption) error {
	var cfg eachConfig
	for _, opt := range opts {
		if opt != nil {
			opt.applyEach(&cfg)
		}
	}
	switch {
	case p.err != nil:
		return p.err
	case fn == nil:
		return ErrNilTask
	case cfg.err != nil:
		return cfg.err
	case n <= 0:
		return nil
	}
	l := &loop{n: int64(n), fn: fn, chunk: int64(cfg.chunk), all: cfg.all}
	if err := l.open(ctx, p, cfg.concurrency, l); err != nil {
		return err
	}
	return l.do()
}

// Map calls fn for each element of in, on the workers of p, and returns the results
// in the order of in, whatever the order in which they came. It is For over in; all
// that is said there holds.
//
// The slice returned is as long as in. Where there is an error, it has the results
// of the calls that returned none, and zero values elsewhere.
func Map[T, R any](ctx context.Context, p *WorkerPool, in []T, fn func(ctx context.Context, v T) (R, error), opts ...EachOption) ([]R, error) {
	out := make([]R, len(in))
	if fn == nil {
		return out, For(ctx, p, len(in), nil, opts...)
	}
	return out, For(ctx, p, len(in), func(ctx context.Context, i int) error {
		r, err := fn(ctx, in[i])
		if err == nil {
			out[i] = r
		}
		return err
	}, opts...)
}
