package impls

import xerrgroup "golang.org/x/sync/errgroup"

var errgroup = Impl{
	Name:   "errgroup",
	Module: "golang.org/x/sync",
	Setup:  "errgroup.Group with SetLimit(n), Go; no queue",
	New: func(c Config) Pool {
		p := new(errgroupPool)
		p.group.SetLimit(c.Workers)
		return p
	},
}

type errgroupPool struct{ group xerrgroup.Group }

func (p *errgroupPool) Repeat(f func()) func(int) {
	f = called(f)
	task := func() error { f(); return nil }
	return func(times int) {
		for range times {
			p.group.Go(task)
		}
	}
}

func (p *errgroupPool) Submit(f func(int), i int) { p.group.Go(func() error { f(i); return nil }) }

func (p *errgroupPool) Close() { must(p.group.Wait()) }
