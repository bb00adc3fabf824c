package impls

import (
	"context"

	gopkgz "github.com/go-pkgz/pool"
)

var goPkgz = Impl{
	Name:   "go-pkgz",
	Module: "github.com/go-pkgz/pool",
	Setup:  "pool.New[func()](n, …), Send; batches of 10, its default, or no batches if each task matters",
	New: func(c Config) Pool {
		return goPkgzPool{newGoPkgz(c, func(f func()) { f() })}
	},
	NewTyped: func(c Config, f func(Value)) Typed { return goPkgzTyped{newGoPkgz(c, used(f))} },
}

func newGoPkgz[T any](c Config, f func(T)) *gopkgz.WorkerGroup[T] {
	call := gopkgz.WorkerFunc[T](func(_ context.Context, v T) error { f(v); return nil })
	p := gopkgz.New[T](c.Workers, call).WithContinueOnError()
	if c.Single {
		p = p.WithBatchSize(0)
	}
	must(p.Go(context.Background()))
	return p
}

type goPkgzPool struct{ pool *gopkgz.WorkerGroup[func()] }

func (p goPkgzPool) Repeat(f func()) func(int) {
	f = called(f)
	return func(times int) {
		for range times {
			p.pool.Send(f)
		}
	}
}

func (p goPkgzPool) Submit(f func(int), i int) { p.pool.Send(func() { f(i) }) }

func (p goPkgzPool) Close() { must(p.pool.Close(context.Background())) }

type goPkgzTyped struct{ pool *gopkgz.WorkerGroup[Value] }

func (p goPkgzTyped) Submit(from, to Value) {
	for v := from; v < to; v++ {
		p.pool.Send(v)
	}
}

func (p goPkgzTyped) Close() { must(p.pool.Close(context.Background())) }
