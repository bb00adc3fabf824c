package impls

import pondpool "github.com/alitto/pond/v2"

var pond = Impl{
	Name:   "pond",
	Module: "github.com/alitto/pond/v2",
	Setup:  "pond.NewPool(n, WithQueueSize(q)), Go",
	Queues: true,
	New:    func(c Config) Pool { return pondGo{newPond(c)} },
}

// pondSubmit makes tasks that a caller can wait for, as most of pond's examples do.
var pondSubmit = Impl{
	Name:   "pond-submit",
	Module: "github.com/alitto/pond/v2",
	Setup:  "pond.NewPool(n, WithQueueSize(q)), Submit",
	Queues: true,
	New:    func(c Config) Pool { return pondTask{newPond(c)} },
}

func newPond(c Config) pondpool.Pool {
	return pondpool.NewPool(c.Workers, pondpool.WithQueueSize(c.Queue))
}

type pondGo struct{ pool pondpool.Pool }

func (p pondGo) Repeat(f func()) func(int) {
	f = called(f)
	return func(times int) {
		for range times {
			must(p.pool.Go(f))
		}
	}
}

func (p pondGo) Submit(f func(int), i int) { must(p.pool.Go(func() { f(i) })) }

func (p pondGo) Close() { p.pool.StopAndWait() }

type pondTask struct{ pool pondpool.Pool }

func (p pondTask) Repeat(f func()) func(int) {
	f = called(f)
	return func(times int) {
		for range times {
			p.pool.Submit(f)
		}
	}
}

func (p pondTask) Submit(f func(int), i int) { p.pool.Submit(func() { f(i) }) }

func (p pondTask) Call(f func(int) int, i int) int { return p.Promise(f, i).Wait() }

func (p pondTask) Promise(f func(int) int, i int) Promise {
	promise := new(pondPromise)
	promise.task = p.pool.Submit(func() { promise.result = f(i) })
	return promise
}

type pondPromise struct {
	task   pondpool.Task
	result int
}

func (p *pondPromise) Wait() int {
	must(p.task.Wait())
	return p.result
}

func (p pondTask) Close() { p.pool.StopAndWait() }
