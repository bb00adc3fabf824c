package pool

import (
	"context"
	"errors"
	"iter"
)

// Stream calls fn for each element of in, on the workers of p, and returns the
// results as a sequence, in the order in which they come; see WithOrder. Nothing
// happens until the sequence is ranged over, and each range begins anew.
//
// The input may be endless. No more elements than WithBuffer says are taken from it
// whose result the loop has not got: who is slow, the input, the workers or the
// loop, has the others wait, and neither input nor loop has a worker wait for it.
// The input is ranged over in a goroutine of its own.
//
// The first error ends the sequence: the context of the other calls is cancelled, no
// further one begins, and once none is running any more the error comes as the last
// pair, after the results that there are. A panic is a *PanicError and
// runtime.Goexit ErrGoexit, in the input too. The end of ctx and of the pool end the
// sequence likewise, with the errors of For. With WithAllErrors the error of each
// call takes the place of its result, and the sequence goes on.
//
// However the loop ends, by break too, the context of the calls is cancelled then,
// and the loop is left once none is running and the input has returned. An input
// that blocks should know when to end.
//
// Like a For, a Stream submits one task to begin with, about which the overflow
// policy decides, and that and the input submit others, no more than there are
// workers. If ctx derives from a task of p, the loop's goroutine takes part while
// there is no result.
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

// ForEachSeq calls fn for each element of in, on the workers of p, and returns once
// no call is running any more. It is a Stream without results; all that is said
// there holds. With WithAllErrors it returns all errors joined, in the order of
// their coming.
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
