package rivals

import (
	"context"

	gopkgz "github.com/go-pkgz/pool"
)

var goPkgz = Rival{
	Name:   "go-pkgz",
	Module: "github.com/go-pkgz/pool",
	Setup:  "pool.New[func()](n, …), Send; batches of 10, its default, where tasks are plenty, none where each matters",
	New: func(c Config) Pool {
		call := gopkgz.WorkerFunc[func()](func(_ context.Context, f func()) error { f(); return nil })
		p := gopkgz.New[func()](c.Workers, call).WithContinueOnError()
		if c.Single {
			p = p.WithBatchSize(0)
		}
		must(p.Go(context.Background()))
		return goPkgzPool{p}
	},
}

type goPkgzPool struct{ pool *gopkgz.WorkerGroup[func()] }

func (p goPkgzPool) Submit(f func()) { p.pool.Send(f) }

func (p goPkgzPool) Close() { must(p.pool.Close(context.Background())) }
