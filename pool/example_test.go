package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/user/millrace/pool"
)

func Example() {
	ctx := context.Background()
	p := pool.New(pool.Config{Workers: 4, QueueSize: 100})
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(ctx)

	var sum atomic.Int64
	for i := range int64(1000) {
		p.SubmitFunc(func(context.Context) error { sum.Add(i); return nil })
	}
	err := p.Wait()
	fmt.Println(sum.Load(), err)
	// Output: 499500 <nil>
}

// started returns a pool that runs.
func started(cfg pool.Config, opts ...pool.Option) *pool.WorkerPool {
	p := pool.New(cfg, opts...)
	if err := p.Start(context.Background()); err != nil {
		panic(err)
	}
	return p
}

// occupy makes the only worker of p run a task until release is called.
func occupy(p *pool.WorkerPool) (release func()) {
	begun, end := make(chan struct{}), make(chan struct{})
	if err := p.SubmitFunc(func(context.Context) error {
		close(begun)
		<-end
		return nil
	}); err != nil {
		panic(err)
	}
	<-begun
	return func() { close(end) }
}

// One task, and its result.
func ExampleWorkerPool_SubmitWait() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 2})
	defer p.Stop(ctx)

	result, err := p.SubmitWait(ctx, pool.TaskFunc(
		func(context.Context) (interface{}, error) { return 6 * 7, nil },
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("Result:", result)
	// Output: Result: 42
}

// Many tasks, each with a callback that gets its result.
func ExampleWithTaskCallback() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 3, QueueSize: 10})
	defer p.Stop(ctx)

	items := []string{"one", "two", "", "four"}
	results := make(chan pool.Result, len(items))
	for i, item := range items {
		p.Submit(pool.NewTask(
			func(context.Context) (interface{}, error) {
				if item == "" {
					return nil, errors.New("empty item")
				}
				return len(item), nil
			},
			pool.WithTaskID(fmt.Sprint("item ", i)),
			pool.WithTaskCallback(func(r pool.Result) { results <- r }),
		))
	}
	for range items {
		r := <-results
		fmt.Println(r.TaskID, r.Value, r.Error)
	}
	// Unordered output:
	// item 0 3 <nil>
	// item 1 3 <nil>
	// item 2 <nil> empty item
	// item 3 4 <nil>
}

// A task with a result of its own type.
func ExampleGo() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 2})
	defer p.Stop(ctx)

	length, err := pool.Go(p, func(context.Context) (int, error) { return len("millrace"), nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := length.Wait(ctx)
	fmt.Println(n+1, err)
	// Output: 9 <nil>
}

// A task that is no longer needed is taken out of the queue.
func ExampleFuture_Cancel() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 1})
	defer p.Stop(ctx)
	release := occupy(p)

	answer, err := pool.Go(p, func(context.Context) (int, error) { return 42, nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("will never run:", answer.Cancel())
	_, err = answer.Wait(ctx)
	fmt.Println(err)
	release()
	// Output:
	// will never run: true
	// pool: not started: context canceled
}

// The first error ends a group: the others see it in their context.
func ExampleGroup() {
	p := started(pool.Config{Workers: 2})
	defer p.Stop(context.Background())

	g := pool.NewGroup(p)
	g.Go(func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	g.Go(func(context.Context) error { return errors.New("no route to host") })
	fmt.Println(g.Wait())
	// Output: no route to host
}

// A task may submit to its own pool with its context, even if each worker does so and
// the queue is full.
func ExampleWorkerPool_SubmitContext() {
	p := started(pool.Config{Workers: 1, QueueSize: 1})
	defer p.Stop(context.Background())

	var leaves atomic.Int64
	var split func(depth int) pool.TaskFunc
	split = func(depth int) pool.TaskFunc {
		return func(ctx context.Context) (interface{}, error) {
			if depth == 0 {
				leaves.Add(1)
				return nil, nil
			}
			return nil, errors.Join(
				p.SubmitContext(ctx, split(depth-1)),
				p.SubmitContext(ctx, split(depth-1)),
			)
		}
	}
	p.Submit(split(10))
	fmt.Println(p.Wait(), leaves.Load())
	// Output: <nil> 1024
}

// A task may also wait for others of its own pool. It runs those that have not started
// itself, so one worker is enough.
func ExampleFuture_Wait() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 1})
	defer p.Stop(ctx)

	var fibonacci func(ctx context.Context, n int) (int, error)
	fibonacci = func(ctx context.Context, n int) (int, error) {
		if n < 2 {
			return n, nil
		}
		before, err := pool.Go(p, func(ctx context.Context) (int, error) {
			return fibonacci(ctx, n-2)
		}, pool.WithTaskContext(ctx))
		if err != nil {
			return 0, err
		}
		a, err := fibonacci(ctx, n-1)
		if err != nil {
			return 0, err
		}
		b, err := before.Wait(ctx)
		return a + b, err
	}
	twelfth, err := pool.Go(p, func(ctx context.Context) (int, error) { return fibonacci(ctx, 12) })
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(twelfth.Wait(ctx))
	// Output: 144 <nil>
}

// The behaviour of Submit when the queue is full. By default it waits for room.
func ExampleWithOverflow() {
	nothing := func(context.Context) error { return nil }
	for _, policy := range []pool.Overflow{pool.Reject, pool.DropNewest, pool.DropOldest, pool.CallerRuns} {
		p := started(pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(policy))
		release := occupy(p)
		p.SubmitFunc(nothing)        // fills the queue
		err := p.SubmitFunc(nothing) // finds it full
		s := p.Stats()
		fmt.Printf("%v; rejected %d, dropped %d, done %d\n", err, s.RejectedTasks, s.DroppedTasks, s.CompletedTasks)
		release()
		p.Stop(context.Background())
	}
	// Output:
	// pool: queue is full; rejected 1, dropped 0, done 0
	// pool: task dropped; rejected 1, dropped 0, done 0
	// <nil>; rejected 0, dropped 1, done 0
	// <nil>; rejected 0, dropped 0, done 1
}

// TrySubmit never waits, whatever the policy.
func ExampleWorkerPool_TrySubmit() {
	p := started(pool.Config{Workers: 1, QueueSize: 2})
	release := occupy(p)
	nothing := pool.TaskFunc(func(context.Context) (interface{}, error) { return nil, nil })
	fmt.Println(p.TrySubmit(nothing), p.TrySubmit(nothing), p.TrySubmit(nothing))
	release()
	fmt.Println(p.Stop(context.Background()))
	// Output:
	// <nil> <nil> pool: queue is full
	// <nil>
}

// A Stop whose context ends too early hands back tasks that have not run, and names
// those that still run.
func ExampleStopError() {
	p := started(pool.Config{Workers: 1})
	begun, end := make(chan struct{}), make(chan struct{})
	p.Submit(pool.NewTask(func(context.Context) (interface{}, error) {
		close(begun)
		<-end // ignores its context
		return nil, nil
	}, pool.WithTaskID("slow")))
	<-begun
	p.Submit(pool.NewTask(func(context.Context) (interface{}, error) { return nil, nil }, pool.WithTaskID("next")))

	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err := p.Stop(ctx)
	var lost *pool.StopError
	if errors.As(err, &lost) {
		fmt.Println("never ran:", lost.NeverRun)
		fmt.Println("still running:", lost.Running)
	}
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	fmt.Println(p.SubmitFunc(func(context.Context) error { return nil }))
	close(end)
	// Output:
	// never ran: 1 task (next)
	// still running: 1 task (slow)
	// true
	// pool: stopped
}

// A task that takes too long has its outcome at the deadline.
func ExampleWithTaskTimeout() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 1}, pool.WithTaskTimeout(time.Hour)) // for all tasks
	defer p.Stop(ctx)

	_, err := p.SubmitWait(ctx, pool.NewTask(
		func(ctx context.Context) (interface{}, error) {
			<-ctx.Done() // a long call that heeds its context
			return nil, ctx.Err()
		},
		pool.WithTaskTimeout(time.Millisecond), // for this one
	))
	fmt.Println(err)
	// Output: context deadline exceeded
}

// Added workers take tasks at once.
func ExampleWorkerPool_Resize() {
	p := started(pool.Config{Workers: 1})
	defer p.Stop(context.Background())
	release := occupy(p)

	done := make(chan struct{})
	p.SubmitFunc(func(context.Context) error { close(done); return nil })
	fmt.Println(p.Stats().Workers, "worker, and it is busy")
	p.Resize(2)
	<-done
	fmt.Println(p.Stats().Workers, "workers")
	release()
	// Output:
	// 1 worker, and it is busy
	// 2 workers
}

// A panic becomes the error of its task, and the worker continues.
func ExamplePanicError() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 1}, pool.WithPanicHandler(func(v interface{}) {
		fmt.Println("handler:", v)
	}))
	defer p.Stop(ctx)

	_, err := p.SubmitWait(ctx, pool.TaskFunc(func(context.Context) (interface{}, error) {
		panic("out of order")
	}))
	var panicked *pool.PanicError
	if errors.As(err, &panicked) {
		fmt.Println("panicked with:", panicked.Value)
		fmt.Println("has a stack:", len(panicked.Stack) > 0)
	}
	// Output:
	// handler: out of order
	// panicked with: out of order
	// has a stack: true
}

// Wait returns the errors that were returned to no other caller.
func ExampleWorkerPool_Wait() {
	p := started(pool.Config{Workers: 1})
	defer p.Stop(context.Background())

	p.SubmitFunc(func(context.Context) error { return errors.New("disk full") })
	p.SubmitFunc(func(context.Context) error { return nil })
	fmt.Println(p.Wait())
	fmt.Println(p.Wait())
	// Output:
	// disk full
	// <nil>
}

// One error names everything that is wrong.
func ExampleWorkerPool_Validate() {
	p := pool.New(pool.Config{Workers: -1}, pool.WithRateLimit(0))
	err := p.Validate()
	fmt.Println(err)
	fmt.Println(errors.Is(err, pool.ErrInvalidConfig), p.Start(context.Background()) != nil)
	// Output:
	// pool: invalid configuration: Workers = -1: must be at least 0
	// pool: invalid configuration: RateLimit = 0: must be a finite number above 0
	// true true
}
