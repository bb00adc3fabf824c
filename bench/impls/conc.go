package impls

import concpool "github.com/sourcegraph/conc/pool"

var conc = Impl{
	Name:   "conc",
	Module: "github.com/sourcegraph/conc",
	Setup:  "pool.New().WithMaxGoroutines(n), Go; no queue, a submitter waits for a worker",
	New:    func(c Config) Pool { return concPool{concpool.New().WithMaxGoroutines(c.Workers)} },
}

type concPool struct{ pool *concpool.Pool }

func (p concPool) Repeat(f func()) func(int) {
	f = called(f)
	return func(times int) {
		for range times {
			p.pool.Go(f)
		}
	}
}

func (p concPool) Submit(f func(int), i int) { p.pool.Go(func() { f(i) }) }

func (p concPool) Close() { p.pool.Wait() }
