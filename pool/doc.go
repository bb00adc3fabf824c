// Package pool runs tasks on a bounded number of workers.
//
// A service submits functions to a [WorkerPool], and each accepted task has exactly
// one outcome. [WorkerPool.SubmitFunc] costs less than sending on a buffered channel
// and allocates nothing. Only tasks that ask for a result, a timeout, a callback or a
// context pay for it. [Go] returns a typed [Future], [NewGroup] ties tasks together,
// [ForEach], [Map] and [Stream] process many elements, and a [FuncPool] calls one
// function with typed values.
//
//	p := pool.New(pool.Config{Workers: 5, QueueSize: 100})
//	if err := p.Start(ctx); err != nil {
//		return err
//	}
//	defer p.Stop(ctx)
//	p.SubmitFunc(func(ctx context.Context) error { return work(ctx) })
//	return p.Wait()
//
// Any goroutine may call any method at any time. Inside a task, submit and wait with
// the task's context: such calls never wait for a free worker or for room, so no
// depth of nesting blocks the pool.
//
// Package ratelimit below this one has the rate limiter alone, package histogram the
// histogram. The file sched/README.md of the module describes the scheduler.
package pool
