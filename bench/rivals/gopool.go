package rivals

import (
	"math"
	"sync"

	bytedance "github.com/bytedance/gopkg/util/gopool"
)

var gopool = Rival{
	Name:   "gopool",
	Module: "github.com/bytedance/gopkg",
	Setup:  "gopool.NewPool with a cap of n, Go, a sync.WaitGroup to wait; the queue has no bound",
	New: func(c Config) Pool {
		workers := int32(min(c.Workers, math.MaxInt32))
		return &gopoolPool{pool: bytedance.NewPool("bench", workers, bytedance.NewConfig())}
	},
}

type gopoolPool struct {
	pool    bytedance.Pool
	running sync.WaitGroup
}

// Submit counts f, as the library's own examples do: it has no way to wait.
func (p *gopoolPool) Submit(f func()) {
	p.running.Add(1)
	p.pool.Go(func() {
		defer p.running.Done()
		f()
	})
}

func (p *gopoolPool) Close() { p.running.Wait() }
