package pool

import "context"

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
