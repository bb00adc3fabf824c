package impls

import (
	"runtime"
	"slices"
	"sync"
)

var channel = Impl{
	Name:   Channel,
	Setup:  "a buffered channel of functions, n goroutines that range over it",
	Queues: true,
	New: func(c Config) Pool {
		p := &channelPool{tasks: make(chan func(), c.Queue)}
		for range c.Workers {
			p.workers.Go(func() {
				for f := range p.tasks {
					f()
				}
			})
		}
		return p
	},
	NewTyped: func(c Config, f func(Value)) Typed {
		p := &channelTyped{values: make(chan Value, c.Queue)}
		f = used(f)
		for range c.Workers {
			p.workers.Go(func() {
				for v := range p.values {
					f(v)
				}
			})
		}
		return p
	},
}

// spinning trades processor time for latency. It shows how much of the latency of the
// others is the wake-up of a goroutine.
var spinning = Impl{
	Name:   "channel-spin",
	Setup:  "a buffered channel, n goroutines that poll 1000 times, yielding, before they block",
	Queues: true,
	New: func(c Config) Pool {
		p := &channelPool{tasks: make(chan func(), c.Queue)}
		for range c.Workers {
			p.workers.Go(func() {
				for f, ok := p.spin(); ok; f, ok = p.spin() {
					f()
				}
			})
		}
		return p
	},
}

type channelPool struct {
	tasks   chan func()
	workers sync.WaitGroup
}

func (p *channelPool) spin() (f func(), ok bool) {
	for range 1000 {
		select {
		case f, ok = <-p.tasks:
			return f, ok
		default:
			runtime.Gosched()
		}
	}
	f, ok = <-p.tasks
	return f, ok
}

func (p *channelPool) Repeat(f func()) func(int) {
	f = called(f)
	return func(times int) {
		for range times {
			p.tasks <- f
		}
	}
}

func (p *channelPool) Submit(f func(int), i int) { p.tasks <- func() { f(i) } }

func (p *channelPool) Call(f func(int) int, i int) int { return p.Promise(f, i).Wait() }

func (p *channelPool) Promise(f func(int) int, i int) Promise {
	result := make(channelPromise, 1)
	p.tasks <- func() { result <- f(i) }
	return result
}

type channelPromise chan int

func (p channelPromise) Wait() int { return <-p }

func (p *channelPool) Close() { close(p.tasks); p.workers.Wait() }

type channelTyped struct {
	values  chan Value
	workers sync.WaitGroup
}

func (p *channelTyped) Submit(from, to Value) {
	for v := from; v < to; v++ {
		p.values <- v
	}
}

func (p *channelTyped) Close() { close(p.values); p.workers.Wait() }

// batches is a channel of whole batches, the usual remedy for a slow channel.
var batches = Impl{
	Name:  "channel-batch",
	Setup: "a buffered channel of slices of functions, n goroutines that run a slice each",
	New: func(c Config) Pool {
		p := &batchPool{batches: make(chan []func(), max(1, c.Queue/64))}
		for range c.Workers {
			p.workers.Go(func() {
				for batch := range p.batches {
					for _, f := range batch {
						f()
					}
				}
			})
		}
		return p
	},
}

type batchPool struct {
	batches chan []func()
	workers sync.WaitGroup
}

func (p *batchPool) Repeat(f func()) func(int) { return p.RepeatBatch(f, 1) }

func (p *batchPool) RepeatBatch(f func(), size int) func(int) {
	batch := slices.Repeat([]func(){called(f)}, size)
	return func(times int) {
		for range times {
			p.batches <- batch
		}
	}
}

func (p *batchPool) Submit(f func(int), i int) { p.batches <- []func(){func() { f(i) }} }

func (p *batchPool) SubmitAll(f func(int), from, to int) {
	batch := make([]func(), to-from)
	for k := range batch {
		i := from + k
		batch[k] = func() { f(i) }
	}
	p.batches <- batch
}

func (p *batchPool) Close() { close(p.batches); p.workers.Wait() }
