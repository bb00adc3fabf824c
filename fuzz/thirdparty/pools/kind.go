// Package pools puts other people's goroutine pools through a battery of laws, each
// counted task by task, and says which of the laws their documentation promises.
package pools

import (
	"sync"
	"time"

	"github.com/alitto/pond/v2"
	"github.com/bytedance/gopkg/util/gopool"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
)

// A Pool is what all of them have in common.
type Pool interface {
	// Submit hands f to the pool. It may block.
	Submit(f func()) error

	// Stop ends the pool and waits for what it has accepted.
	Stop() error
}

// A Resizer is a Pool whose size can be changed.
type Resizer interface{ Resize(workers int) }

// A Kind is a kind of pool. Panics of tasks are swallowed where it can do so.
type Kind struct {
	Name, Module string
	New          func(workers int) Pool

	// Open says of laws why they do not count: nothing was promised.
	Open map[string]string

	// Lacks are laws that cannot be asked for.
	Lacks []string
}

const (
	unsaid  = "nothing is said of runtime.Goexit"
	unsaid2 = "nothing is said of memory"
)

// Explored is the name of the pool of which there is a copy to explore. The others wait
// in channels.
const Explored = "gopool"

// Kinds are the pools.
var Kinds = []Kind{
	{
		Name: "millrace",
		New:  func(workers int) Pool { return newMillrace(workers) },
	},
	{
		Name:  "forgetful",
		New:   func(workers int) Pool { return newForgetful(workers) },
		Lacks: []string{"resize"},
	},
	{
		Name:   "ants",
		Module: "github.com/panjf2000/ants/v2",
		New: func(workers int) Pool {
			p, err := ants.NewPool(workers, ants.WithPanicHandler(func(any) {}))
			if err != nil {
				panic(err)
			}
			return antsPool{p}
		},
		Open: map[string]string{
			"goexit": unsaid, "forgets": unsaid2,
			"nested": "Submit says that it blocks in a task once the pool is full",
		},
	},
	{
		Name:   "pond",
		Module: "github.com/alitto/pond/v2",
		New:    func(workers int) Pool { return pondPool{pond.NewPool(workers)} },
		Open:   map[string]string{"goexit": unsaid, "forgets": unsaid2},
	},
	{
		Name:   "workerpool",
		Module: "github.com/gammazero/workerpool",
		New:    func(workers int) Pool { return workerPool{workerpool.New(workers)} },
		Open: map[string]string{
			"goexit": unsaid, "forgets": unsaid2,
			"panic": "Do says that a panic ends the program",
		},
		Lacks: []string{"resize"},
	},
	{
		Name:   "gopool",
		Module: "github.com/bytedance/gopkg",
		New: func(workers int) Pool {
			return &goPool{p: gopool.NewPool("others", int32(workers), gopool.NewConfig())}
		},
		Open:  map[string]string{"goexit": unsaid, "forgets": unsaid2},
		Lacks: []string{"stop"},
	},
}

type antsPool struct{ p *ants.Pool }

func (a antsPool) Submit(f func()) error { return a.p.Submit(f) }
func (a antsPool) Stop() error           { return a.p.ReleaseTimeout(time.Minute) }
func (a antsPool) Resize(workers int)    { a.p.Tune(workers) }

type pondPool struct{ p pond.Pool }

func (q pondPool) Submit(f func()) error { return q.p.Go(f) }

func (q pondPool) Stop() error {
	q.p.StopAndWait()
	return nil
}

func (q pondPool) Resize(workers int) { q.p.Resize(workers) }

type workerPool struct{ p *workerpool.WorkerPool }

func (w workerPool) Submit(f func()) error { return w.p.Do(f) }

func (w workerPool) Stop() error {
	w.p.StopWait()
	return nil
}

// A goPool has no Stop of its own.
type goPool struct {
	p       gopool.Pool
	running sync.WaitGroup
}

func (g *goPool) Submit(f func()) error {
	g.running.Add(1)
	g.p.Go(func() {
		defer g.running.Done()
		f()
	})
	return nil
}

func (g *goPool) Stop() error {
	g.running.Wait()
	return nil
}

func (g *goPool) Resize(workers int) { g.p.SetCap(int32(workers)) }
