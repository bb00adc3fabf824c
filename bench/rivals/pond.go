package rivals

import pondpool "github.com/alitto/pond/v2"

var pond = Rival{
	Name:   "pond",
	Module: "github.com/alitto/pond/v2",
	Setup:  "pond.NewPool(n, WithQueueSize(q)), Go",
	New:    func(c Config) Pool { return pondGo{newPond(c)} },
}

// pondSubmit makes a task that can be waited for, as most of pond's examples do.
var pondSubmit = Rival{
	Name:   "pond-submit",
	Module: "github.com/alitto/pond/v2",
	Setup:  "pond.NewPool(n, WithQueueSize(q)), Submit",
	New:    func(c Config) Pool { return pondTask{newPond(c)} },
}

func newPond(c Config) pondpool.Pool {
	return pondpool.NewPool(c.Workers, pondpool.WithQueueSize(c.Queue))
}

type pondGo struct{ pool pondpool.Pool }

func (p pondGo) Submit(f func()) { must(p.pool.Go(f)) }

func (p pondGo) Close() { p.pool.StopAndWait() }

type pondTask struct{ pool pondpool.Pool }

func (p pondTask) Submit(f func()) { p.pool.Submit(f) }

func (p pondTask) Close() { p.pool.StopAndWait() }
