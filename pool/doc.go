// Package pool runs tasks on a bounded number of workers.
//
// A service hands functions to a [WorkerPool] and gets, for each that was
// accepted, exactly one outcome. [WorkerPool.SubmitFunc] costs about as much as
// sending on a buffered channel and allocates nothing; results, timeouts,
// callbacks and contexts are paid for by the tasks that ask for them. [Go] gives
// a typed [Future], [NewGroup] ties tasks together, [ForEach], [Map] and [Stream]
// work on many elements, and a [FuncPool] runs one function on typed values.
//
//	p := pool.New(pool.Config{Workers: 5, QueueSize: 100})
//	if err := p.Start(ctx); err != nil {
//		return err
//	}
//	defer p.Stop(ctx)
//	p.SubmitFunc(func(ctx context.Context) error { return work(ctx) })
//	return p.Wait()
//
// All methods may be called by any goroutine at any time. Inside a task, submit
// and wait with the task's context: such calls never wait for a free worker or
// for room, so no depth of nesting blocks the pool.
//
// How it works inside is told in sched/README.md of the module.
package pool
