package pools

import (
	"context"
	"errors"
	"sync"

	"github.com/user/millrace/pool"
)

type millrace struct{ p *pool.WorkerPool }

func newMillrace(workers int) millrace {
	p := pool.New(pool.Config{Workers: workers})
	if err := p.Start(context.Background()); err != nil {
		panic(err)
	}
	return millrace{p}
}

func (m millrace) Submit(f func()) error {
	return m.p.SubmitFunc(func(context.Context) error {
		f()
		return nil
	})
}

func (m millrace) Stop() error        { return m.p.Stop(context.Background()) }
func (m millrace) Resize(workers int) { m.p.Resize(workers) }

// A forgetful pool is wrong on purpose: what is queued when Stop begins never runs, a
// panic costs a worker, and it keeps the last task.
type forgetful struct {
	tasks   chan func()
	stopped chan struct{}
	workers sync.WaitGroup
	once    sync.Once
}

func newForgetful(workers int) *forgetful {
	p := &forgetful{tasks: make(chan func(), 64), stopped: make(chan struct{})}
	for range workers {
		p.workers.Go(p.work)
	}
	return p
}

func (p *forgetful) work() {
	defer func() { _ = recover() }()
	for {
		select {
		case <-p.stopped:
			return
		default:
		}
		select {
		case <-p.stopped:
			return
		case f := <-p.tasks:
			f()
		}
	}
}

func (p *forgetful) Submit(f func()) error {
	select {
	case <-p.stopped:
		return errors.New("pools: stopped")
	case p.tasks <- f:
		return nil
	}
}

func (p *forgetful) Stop() error {
	p.once.Do(func() { close(p.stopped) })
	p.workers.Wait()
	return nil
}
