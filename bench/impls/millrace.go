package impls

import (
	"context"
	"slices"

	"github.com/user/millrace/pool"
)

var millrace = Impl{
	Name:   Millrace,
	Module: "github.com/user/millrace",
	Setup:  "pool.New(pool.Config{Workers: n, QueueSize: q}), SubmitFunc",
	Queues: true,
	New: func(c Config) Pool {
		p := pool.New(pool.Config{Workers: c.Workers, QueueSize: c.Queue})
		must(p.Start(context.Background()))
		return millracePool{p}
	},
	NewTyped: func(c Config, f func(Value)) Typed {
		call := func(_ context.Context, v Value) error { v.Use(); return nil }
		if f != nil {
			call = func(_ context.Context, v Value) error { f(v); return nil }
		}
		p := pool.NewFunc(pool.Config{Workers: c.Workers, QueueSize: c.Queue}, call)
		must(p.Start(context.Background()))
		return millraceTyped{p}
	},
}

type millracePool struct{ pool *pool.WorkerPool }

func (p millracePool) Repeat(f func()) func(int) {
	task := func(context.Context) error { return nil }
	if f != nil {
		task = func(context.Context) error { f(); return nil }
	}
	return func(times int) {
		for range times {
			must(p.pool.SubmitFunc(task))
		}
	}
}

func (p millracePool) RepeatBatch(f func(), size int) func(int) {
	task := func(context.Context) (any, error) { return nil, nil }
	if f != nil {
		task = func(context.Context) (any, error) { f(); return nil, nil }
	}
	tasks := slices.Repeat([]pool.Task{pool.TaskFunc(task)}, size)
	return func(times int) {
		for range times {
			_, err := p.pool.SubmitBatch(tasks)
			must(err)
		}
	}
}

func (p millracePool) RunTree(levels int, f func()) {
	must(p.pool.Submit(p.node(levels, f)))
	must(p.pool.Wait())
}

// node returns a task that submits two tasks of the next level, unless it is on the last.
func (p millracePool) node(levels int, f func()) pool.TaskFunc {
	return func(ctx context.Context) (any, error) {
		if f != nil {
			f()
		}
		if levels > 1 {
			child := p.node(levels-1, f)
			must(p.pool.SubmitContext(ctx, child))
			must(p.pool.SubmitContext(ctx, child))
		}
		return nil, nil
	}
}

func (p millracePool) Submit(f func(int), i int) {
	must(p.pool.SubmitFunc(func(context.Context) error { f(i); return nil }))
}

func (p millracePool) SubmitAll(f func(int), from, to int) {
	tasks := make([]pool.Task, to-from)
	for k := range tasks {
		i := from + k
		tasks[k] = pool.TaskFunc(func(context.Context) (any, error) { f(i); return nil, nil })
	}
	_, err := p.pool.SubmitBatch(tasks)
	must(err)
}

func (p millracePool) Call(f func(int) int, i int) int {
	v, err := p.pool.SubmitWait(context.Background(), pool.TaskFunc(func(context.Context) (any, error) { return f(i), nil }))
	must(err)
	return v.(int)
}

func (p millracePool) Promise(f func(int) int, i int) Promise {
	future, err := pool.Go(p.pool, func(context.Context) (int, error) { return f(i), nil })
	must(err)
	return millracePromise{future}
}

type millracePromise struct{ future *pool.Future[int] }

func (p millracePromise) Wait() int {
	v, err := p.future.Wait(context.Background())
	must(err)
	return v
}

func (p millracePool) Close() { must(p.pool.Stop(context.Background())) }

type millraceTyped struct{ pool *pool.FuncPool[Value] }

func (p millraceTyped) Submit(from, to Value) {
	for v := from; v < to; v++ {
		must(p.pool.Submit(v))
	}
}

func (p millraceTyped) Close() { must(p.pool.Stop(context.Background())) }
