package impls

import (
	"sync"

	antspool "github.com/panjf2000/ants/v2"
)

var ants = Impl{
	Name:   "ants",
	Module: "github.com/panjf2000/ants/v2",
	Setup:  "ants.NewPool(n), Submit, a sync.WaitGroup to wait; no queue, a submitter waits for a worker",
	New: func(c Config) Pool {
		p, err := antspool.NewPool(c.Workers)
		must(err)
		return antsPool{p, new(sync.WaitGroup)}
	},
	NewTyped: func(c Config, f func(Value)) Typed {
		t := new(antsTyped)
		f = used(f)
		var err error
		t.pool, err = antspool.NewPoolWithFuncGeneric(c.Workers, func(v Value) {
			f(v)
			t.running.Done()
		})
		must(err)
		return t
	},
}

// An antsPool counts tasks, as the library's own examples do, because Release does not
// wait for those that were accepted.
type antsPool struct {
	pool    *antspool.Pool
	running *sync.WaitGroup
}

func (p antsPool) Repeat(f func()) func(int) {
	f = called(f)
	task := func() { f(); p.running.Done() }
	return func(times int) {
		for range times {
			p.running.Add(1)
			must(p.pool.Submit(task))
		}
	}
}

func (p antsPool) Submit(f func(int), i int) {
	p.running.Add(1)
	must(p.pool.Submit(func() { f(i); p.running.Done() }))
}

func (p antsPool) Close() {
	p.running.Wait()
	p.pool.Release()
}

type antsTyped struct {
	pool    *antspool.PoolWithFuncGeneric[Value]
	running sync.WaitGroup
}

func (t *antsTyped) Submit(from, to Value) {
	for v := from; v < to; v++ {
		t.running.Add(1)
		must(t.pool.Invoke(v))
	}
}

func (t *antsTyped) Close() {
	t.running.Wait()
	t.pool.Release()
}
