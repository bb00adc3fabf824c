package impls

import "sync"

var goroutine = Impl{
	Name:   "goroutine",
	Setup:  "a goroutine for each task, a sync.WaitGroup to wait; no bound",
	Queues: true,
	New:    func(Config) Pool { return new(goroutines) },
}

type goroutines struct{ running sync.WaitGroup }

func (p *goroutines) Repeat(f func()) func(int) {
	f = called(f)
	return func(times int) {
		for range times {
			p.running.Go(f)
		}
	}
}

func (p *goroutines) Submit(f func(int), i int) { p.running.Go(func() { f(i) }) }

func (p *goroutines) RunTree(levels int, f func()) {
	p.running.Go(func() { p.runTree(levels, f) })
	p.running.Wait()
}

func (p *goroutines) runTree(levels int, f func()) {
	if f != nil {
		f()
	}
	if levels > 1 {
		child := func() { p.runTree(levels-1, f) }
		p.running.Go(child)
		p.running.Go(child)
	}
}

func (p *goroutines) Call(f func(int) int, i int) int { return p.Promise(f, i).Wait() }

func (p *goroutines) Promise(f func(int) int, i int) Promise {
	result := make(channelPromise, 1)
	p.running.Go(func() { result <- f(i) })
	return result
}

func (p *goroutines) Close() { p.running.Wait() }
