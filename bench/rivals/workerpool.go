package rivals

import gammazero "github.com/gammazero/workerpool"

var workerpool = Rival{
	Name:   "workerpool",
	Module: "github.com/gammazero/workerpool",
	Setup:  "workerpool.New(n), Submit; the queue has no bound",
	New:    func(c Config) Pool { return workerPool{gammazero.New(c.Workers)} },
}

type workerPool struct{ *gammazero.WorkerPool }

func (p workerPool) Close() { p.StopWait() }
