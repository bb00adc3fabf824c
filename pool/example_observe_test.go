package pool_test

import (
	"context"
	"fmt"
	"time"

	"github.com/user/millrace/pool"
)

// Quantiles of how long tasks wait and run, here of all tasks.
func ExampleWithHistograms() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 1}, pool.WithHistograms(1))
	defer p.Stop(ctx)
	for range 100 {
		p.SubmitFunc(func(context.Context) error { time.Sleep(time.Millisecond); return nil })
	}
	p.Wait()

	ran, waited := p.RunTime(), p.QueueWait()
	fmt.Println("runs:", ran.Count())
	fmt.Println("the median is a millisecond or more:", ran.Quantile(0.5) >= time.Millisecond)
	fmt.Println("most waited longer than one ran:", waited.Quantile(0.5) > ran.Quantile(0.5))
	// Output:
	// runs: 100
	// the median is a millisecond or more: true
	// most waited longer than one ran: true
}

// A span around each run, which the task finds in its context.
func ExampleWithTaskHooks() {
	type span struct{}
	ctx := context.Background()
	p := started(pool.Config{Workers: 1}, pool.WithTaskHooks(
		func(ctx context.Context, run pool.TaskRun) context.Context {
			return context.WithValue(ctx, span{}, "span of "+run.TaskID)
		},
		func(ctx context.Context, run pool.TaskRun, err error) {
			fmt.Printf("%v: run %d, error: %v\n", ctx.Value(span{}), run.Run, err)
		}))
	defer p.Stop(ctx)
	p.Submit(pool.NewTask(func(ctx context.Context) (interface{}, error) {
		fmt.Println("working in", ctx.Value(span{}))
		return nil, nil
	}, pool.WithTaskID("resize")))
	p.Wait()
	// Output:
	// working in span of resize
	// span of resize: run 1, error: <nil>
}

// A counter is a collector that counts outcomes.
type counter struct{ done, accepted chan string }

func (c counter) TaskDone(r pool.Result) { c.done <- r.TaskID + " " + r.Outcome.String() }

func (c counter) TaskEvent(e pool.Event) { c.accepted <- e.TaskID + " " + e.Kind.String() }

// The outcome of each task.
func ExampleWithMetrics() {
	ctx := context.Background()
	c := counter{make(chan string, 10), make(chan string, 10)}
	p := started(pool.Config{Workers: 1}, pool.WithMetrics(c))
	defer p.Stop(ctx)
	p.Submit(pool.NewTask(func(context.Context) (interface{}, error) { panic("oh") }, pool.WithTaskID("resize")))
	fmt.Println(<-c.accepted)
	fmt.Println(<-c.done)
	// Output:
	// resize accepted
	// resize failed
}

// A task that hangs, and where.
func ExampleWithWatchdog() {
	ctx := context.Background()
	hangs := make(chan pool.LongTask)
	p := started(pool.Config{Workers: 1}, pool.WithWatchdog(10*time.Millisecond, func(l pool.LongTask) { hangs <- l }))
	defer p.Stop(ctx)
	end := make(chan struct{})
	p.Submit(pool.NewTask(func(context.Context) (interface{}, error) { <-end; return nil, nil }, pool.WithTaskID("resize")))

	l := <-hangs
	fmt.Println(l.TaskID, "hangs, with its stack:", len(l.Stack) > 0)
	close(end)
	// Output: resize hangs, with its stack: true
}
