// Package taskctx has the contexts that a pool gives to its tasks.
//
// The context of a task ends when the first of these happens:
//
//   - the pool's context ends;
//   - the context ends with which the task was submitted;
//   - the task itself times out, is cancelled, or has ended.
//
// A task may be submitted from inside another task of the pool, with a context that
// derives from the other one's. It must not end with that task: the own end of a task,
// the third kind above, does not count as an end of the contexts that derive from it.
package taskctx

import "context"

// A Root is the context of a pool, from which the contexts of its tasks derive. Its
// Context must be set before the first task runs.
type Root struct{ context.Context }

// An Ancestor is the context of a task from which another context derives.
type Ancestor interface {
	context.Context
	// Outside is the context with which the task was submitted, without what other
	// tasks of the pool added to it.
	Outside() context.Context
}

// ancestorKey asks a context for the context of the innermost task of a pool from
// which it derives.
type ancestorKey struct{ root *Root }

// AncestorOf returns the context of the innermost task of the pool from which ctx
// derives, or nil.
func (r *Root) AncestorOf(ctx context.Context) Ancestor {
	a, _ := ctx.Value(ancestorKey{r}).(Ancestor)
	return a
}

// A Worker is the context of those tasks of one worker that need none of their own. It
// ends with the pool.
type Worker struct {
	context.Context // of the root
	root            *Root
	worker          any
}

// NewWorker returns the context of a worker.
func (r *Root) NewWorker(worker any) Worker { return Worker{r.Context, r, worker} }

// WorkerOf returns the worker whose context ctx is, or nil.
func (r *Root) WorkerOf(ctx context.Context) (worker any) {
	if w, ok := ctx.(*Worker); ok && w.root == r {
		return w.worker
	}
	return nil
}

// Value returns the pool's value for key.
func (w *Worker) Value(key any) any {
	if key == (ancestorKey{w.root}) {
		return w
	}
	return w.Context.Value(key)
}

// Outside returns the background context: the task was submitted with none.
func (w *Worker) Outside() context.Context { return context.Background() }
