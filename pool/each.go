package pool

import "context"

// ForEach calls fn for each of items on the workers of p, and returns once no call is
// running. It is For over items, with the same rules.
func ForEach[T any](ctx context.Context, p *WorkerPool, items []T, fn func(ctx context.Context, item T) error, opts ...EachOption) error {
	if fn == nil {
		return For(ctx, p, len(items), nil, opts...)
	}
	return For(ctx, p, len(items), func(ctx context.Context, i int) error { return fn(ctx, items[i]) }, opts...)
}

// For calls fn for each i in [0, n) on the workers of p, and returns once no call is
// running. Calls begin in the order of i. At most as many calls run at a time as p has
// workers; see WithConcurrency.
//
// The first error ends the loop: the context of the other calls is cancelled, no further
// call begins, and For returns that error. A panic becomes a *PanicError, and
// runtime.Goexit becomes ErrGoexit. With WithAllErrors every i has its call, and all
// errors are joined in the order of i.
//
// If ctx ends, no further call begins, and if any is left, the error is ErrNotStarted
// with the cause. When the pool stops, a For that has begun continues like a running
// task. If the stop cuts it short, or if For is called later, the error is ErrStopped.
// Before Start it is ErrNotStarted.
//
// For submits one task first. When the queue is full, the overflow policy decides about
// that task: For waits for room, makes all calls, or makes none and returns ErrQueueFull
// or ErrDropped. That task submits others past the bound, at most as many as there are
// workers. Stats counts these tasks, not the calls. They take elements in chunks (see
// WithChunk), so a call must not wait for a later one unless chunks have 1 element. They
// return to the end of the queue every 10 ms if other tasks wait. Options about tasks,
// such as Config.TaskTimeout, do not apply to calls.
//
// If ctx derives from a task of p, the calling goroutine makes calls too, so that no
// depth of nesting waits for a worker. If such a call calls runtime.Goexit, that ends
// the caller.
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

// Map calls fn for each element of in on the workers of p, and returns the results in
// the order of in. It is For over in, with the same rules.
//
// The slice is as long as in. If there is an error, it has the results of the successful
// calls and zero values elsewhere.
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
