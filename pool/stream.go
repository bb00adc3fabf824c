package pool

import (
	"context"
	"errors"
	"iter"
)

// Stream calls fn for each element of in on the workers of p, and returns the results as
// a sequence in the order of their completion; see WithOrder. Nothing happens until the
// sequence is ranged over, and each range begins anew.
//
// The input may be endless. WithBuffer bounds the number of elements in progress. The
// slowest of input, workers and loop sets the pace, and no worker waits for the input or
// the loop. The input is ranged over on a goroutine of its own.
//
// The first error ends the sequence: the context of the other calls is cancelled, and no
// further call begins. Once none is running, the error follows the available results as
// the last pair. A panic becomes a *PanicError, and runtime.Goexit becomes ErrGoexit, in
// the input too. The end of ctx or of the pool ends the sequence in the same way, with
// the errors of For. With WithAllErrors the error of a call takes the place of its
// result, and the sequence continues.
//
// When the loop ends, by break too, the context of the calls is cancelled. The range
// statement returns once no call is running and the input has returned, so an input that
// blocks needs a way to end.
//
// Like For, Stream submits one task first, and the overflow policy decides about it. That
// task and the input submit others, at most as many as there are workers. If ctx derives
// from a task of p, the goroutine of the loop makes calls while there is no result.
func Stream[T, R any](ctx context.Context, p *WorkerPool, in iter.Seq[T], fn func(ctx context.Context, v T) (R, error), opts ...StreamOption) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		s, err := newStream(ctx, p, in, fn, opts)
		if err != nil {
			var zero R
			yield(zero, err)
			return
		}
		s.run(in, yield)
	}
}

// ForEachSeq calls fn for each element of in on the workers of p, and returns once no
// call is running. It is a Stream without results, with the same rules. With
// WithAllErrors it joins all errors in the order of their completion.
func ForEachSeq[T any](ctx context.Context, p *WorkerPool, in iter.Seq[T], fn func(ctx context.Context, v T) error, opts ...StreamOption) error {
	var call func(context.Context, T) (struct{}, error)
	if fn != nil {
		call = func(ctx context.Context, v T) (struct{}, error) { return struct{}{}, fn(ctx, v) }
	}
	s, err := newStream(ctx, p, in, call, opts)
	if err != nil {
		return err
	}
	s.errorsOnly = true
	var errs []error
	s.run(in, func(_ struct{}, err error) bool {
		errs = append(errs, err)
		return true
	})
	if !s.all && len(errs) > 0 {
		return errs[0]
	}
	return errors.Join(errs...)
}
