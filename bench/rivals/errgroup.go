package rivals

import xerrgroup "golang.org/x/sync/errgroup"

var errgroup = Rival{
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

func (p *errgroupPool) Submit(f func()) { p.group.Go(func() error { f(); return nil }) }

func (p *errgroupPool) Close() { must(p.group.Wait()) }
