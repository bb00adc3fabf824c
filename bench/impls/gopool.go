package impls

import (
	"math"
	"sync"

	bytedance "github.com/bytedance/gopkg/util/gopool"
)

var gopool = Impl{
	Name:   "gopool",
	Module: "github.com/bytedance/gopkg",
	Setup:  "gopool.NewPool with a cap of n, Go, a sync.WaitGroup to wait; the queue has no bound",
	Queues: true,
	New: func(c Config) Pool {
		workers := int32(min(c.Workers, math.MaxInt32))
		return &gopoolPool{pool: bytedance.NewPool("bench", workers, bytedance.NewConfig())}
	},
}

// A gopoolPool counts tasks, as the library's own examples do, because the library has
// no way to wait.
type gopoolPool struct {
	pool    bytedance.Pool
	running sync.WaitGroup
}

func (p *gopoolPool) Repeat(f func()) func(int) {
	f = called(f)
	task := func() { f(); p.running.Done() }
	return func(times int) {
		for range times {
			p.running.Add(1)
			p.pool.Go(task)
		}
	}
}

func (p *gopoolPool) Submit(f func(int), i int) {
	p.running.Add(1)
	p.pool.Go(func() { f(i); p.running.Done() })
}

func (p *gopoolPool) Close() { p.running.Wait() }
