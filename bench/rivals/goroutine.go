package rivals

import "sync"

var goroutine = Rival{
	Name:   "goroutine",
	Setup:  "a goroutine a task, a sync.WaitGroup to wait for them; neither workers nor queue are bounded",
	Queues: true,
	New:    func(Config) Pool { return new(goroutines) },
}

type goroutines struct{ running sync.WaitGroup }

func (p *goroutines) Repeat(f func()) func() { return func() { p.running.Go(f) } }

func (p *goroutines) Submit(f func(int), i int) { p.running.Go(func() { f(i) }) }

func (p *goroutines) Call(f func() int) int { return p.Promise(f)() }

func (p *goroutines) Promise(f func() int) func() int {
	result := make(chan int, 1)
	p.running.Go(func() { result <- f() })
	return func() int { return <-result }
}

func (p *goroutines) Close() { p.running.Wait() }
