// Package pool runs tasks on a bounded number of workers.
//
// A service submits functions to a [WorkerPool]. Each accepted task has exactly one
// outcome. [WorkerPool.SubmitFunc] costs less than sending on a buffered channel and
// allocates nothing. Only tasks that use results, timeouts, callbacks or
// contexts pay for them.
//
//	p := pool.New(pool.Config{Workers: 5, QueueSize: 100})
//	if err := p.Start(ctx); err != nil {
//		return err
//	}
//	defer p.Stop(ctx)
//	p.SubmitFunc(func(ctx context.Context) error { return work(ctx) })
//	return p.Wait()
//
// More ways to run work:
//
//   - [Go] returns a typed [Future].
//   - [NewGroup] ties tasks together.
//   - [ForEach], [Map] and [Stream] process many elements.
//   - A [FuncPool] runs one function on typed values.
//
// Any goroutine may call any method at any time. Inside a task, submit and wait with
// the task's context: such calls never wait for a free worker or for room in the
// queue, so no depth of nesting blocks the pool.
//
// The module's sched/README.md describes the scheduler.
package pool
