package rivals

import "sync"

var goroutine = Rival{
	Name:  "goroutine",
	Setup: "a goroutine a task, a sync.WaitGroup to wait for them; neither workers nor queue are bounded",
	New:   func(Config) Pool { return new(goroutines) },
}

type goroutines struct{ running sync.WaitGroup }

func (p *goroutines) Submit(f func()) { p.running.Go(f) }

func (p *goroutines) Close() { p.running.Wait() }
