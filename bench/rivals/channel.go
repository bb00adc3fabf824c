package rivals

import (
	"runtime"
	"sync"
)

var channel = Rival{
	Name:  Channel,
	Setup: "a buffered channel of functions, n goroutines that range over it",
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
}

// spinning trades processor time for latency: how far that goes says how much of the
// others' latency is the wake of a goroutine.
var spinning = Rival{
	Name:  "channel-spin",
	Setup: "a buffered channel, n goroutines that look 1000 times, yielding, before they block",
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

func (p *channelPool) Submit(f func()) { p.tasks <- f }

func (p *channelPool) Close() { close(p.tasks); p.workers.Wait() }
