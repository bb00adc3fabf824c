//go:build model

package threads

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A Mutex stands in for sync.Mutex.
type Mutex struct{ held threads.TryLock }

func (m *Mutex) Lock() {
	for !m.held.TryLock() {
		threads.Pause()
	}
}

func (m *Mutex) Unlock() { m.held.Unlock() }

// A Once stands in for sync.Once.
type Once struct {
	mu   Mutex
	done atomics.Bool
}

func (o *Once) Do(f func()) {
	if o.done.Load() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.done.Load() {
		defer o.done.Store(true)
		f()
	}
}

// A WaitGroup stands in for sync.WaitGroup.
type WaitGroup struct{ n atomics.Int64 }

func (g *WaitGroup) Add(delta int) {
	if g.n.Add(int64(delta)) < 0 {
		panic("sync: negative WaitGroup counter")
	}
}

func (g *WaitGroup) Done() { g.Add(-1) }

func (g *WaitGroup) Wait() {
	for g.n.Load() > 0 {
		threads.Pause()
	}
}

// A Pool stands in for sync.Pool: one that all share, and that gives back what was put
// there last. Each call is one step. It has no lock, as an execution that is given up
// would leave that of a package's pool locked.
type Pool struct {
	New  func() any
	turn atomics.Uint64
	kept []any
}

func (p *Pool) Get() (v any) {
	p.turn.Add(1)
	if n := len(p.kept); n > 0 {
		v, p.kept = p.kept[n-1], p.kept[:n-1]
		return v
	}
	if p.New == nil {
		return nil
	}
	return p.New()
}

func (p *Pool) Put(v any) {
	p.turn.Add(1)
	p.kept = append(p.kept, v)
}
