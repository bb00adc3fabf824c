package impls

import gammazero "github.com/gammazero/workerpool"

var workerpool = Impl{
	Name:   "workerpool",
	Module: "github.com/gammazero/workerpool",
	Setup:  "workerpool.New(n), Submit; the queue has no bound",
	Queues: true,
	New:    func(c Config) Pool { return workerPool{gammazero.New(c.Workers)} },
}

type workerPool struct{ pool *gammazero.WorkerPool }

func (p workerPool) Repeat(f func()) func(int) {
	f = called(f)
	return func(times int) {
		for range times {
			p.pool.Submit(f)
		}
	}
}

func (p workerPool) Submit(f func(int), i int) { p.pool.Submit(func() { f(i) }) }

func (p workerPool) Call(f func(int) int, i int) int {
	var result int
	p.pool.SubmitWait(func() { result = f(i) })
	return result
}

func (p workerPool) Close() { p.pool.StopWait() }
