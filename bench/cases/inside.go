package cases

import (
	"context"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/pool"
)

// children is the number of tasks that a task submits in the case inside.
const children = 64

var inside = Case{
	Name:  "inside",
	Title: "Per-task overhead of tasks submitted by a task",
	Method: "Tasks that do nothing, all the same function. With millrace, one goroutine submits tasks that submit 64 no-op tasks " +
		"each, with SubmitContext and their own context. Only no-op tasks count as operations, but the cost of the others is " +
		"included. With millrace-outside, the goroutine submits all no-op tasks itself, with Submit." + verifiedText,
	Unit:  "ns/op",
	Sizes: grid(axis{procs, []int{1, 2, 4, 8}}, axis{"workers", []int{2, 8, 1000}}),
	Short: these("procs=2/workers=8"),
	Impls: func() []Impl {
		return []Impl{
			insideImpl(impls.Millrace, "pool.New, Submit of a task that calls SubmitContext(ctx, task)", submitInside),
			insideImpl("millrace-outside", "pool.New, Submit(task)", func(p *pool.WorkerPool, task pool.Task, n int) {
				for range n {
					must(p.Submit(task))
				}
			}),
			{Name: impls.Harness.Name, Setup: "no pool: the task is called", Measure: func(n int, _ Params) (measure.Sample, error) {
				return verified(n, func(f func()) measure.Cost {
					task := counting(f)
					return crowd(1, func(int) {
						for range n {
							_, err := task.Execute(context.Background())
							must(err)
						}
					}, func() {})
				})
			}},
		}
	},
}

func insideImpl(name, setup string, submit func(p *pool.WorkerPool, task pool.Task, n int)) Impl {
	return Impl{Name: name, Module: millraceModule, Setup: setup, Measure: func(n int, p Params) (measure.Sample, error) {
		n = (n + children - 1) / children * children
		return verified(n, func(f func()) measure.Cost {
			workers := pool.New(pool.Config{Workers: p.Get("workers"), QueueSize: queue})
			must(workers.Start(context.Background()))
			task := counting(f)
			return crowd(1, func(int) {
				submit(workers, task, n)
				must(workers.Wait()) // Stop would refuse submissions of tasks
			}, func() { must(workers.Stop(context.Background())) })
		})
	}}
}

// submitInside submits tasks that submit n tasks.
func submitInside(p *pool.WorkerPool, task pool.Task, n int) {
	parent := pool.TaskFunc(func(ctx context.Context) (any, error) {
		for range children {
			must(p.SubmitContext(ctx, task))
		}
		return nil, nil
	})
	for range n / children {
		must(p.Submit(parent))
	}
}

// counting returns a task that calls f, unless f is nil.
func counting(f func()) pool.Task {
	if f == nil {
		return pool.TaskFunc(func(context.Context) (any, error) { return nil, nil })
	}
	return pool.TaskFunc(func(context.Context) (any, error) { f(); return nil, nil })
}

// must panics on an error. It is for calls that cannot fail with a valid Config.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
