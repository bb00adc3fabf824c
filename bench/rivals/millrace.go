package rivals

import (
	"context"

	"github.com/user/millrace/pool"
)

var millrace = Rival{
	Name:   Millrace,
	Module: "github.com/user/millrace",
	Setup:  "pool.New(pool.Config{Workers: n, QueueSize: q}), SubmitFunc",
	New: func(c Config) Pool {
		p := pool.New(pool.Config{Workers: c.Workers, QueueSize: c.Queue})
		must(p.Start(context.Background()))
		return millracePool{p}
	},
}

type millracePool struct{ *pool.WorkerPool }

// Submit makes f a function of the pool's kind. A caller that has one could hand it
// in as it is: that is the case of the reused closure.
func (p millracePool) Submit(f func()) {
	must(p.SubmitFunc(func(context.Context) error { f(); return nil }))
}

func (p millracePool) Close() { must(p.Stop(context.Background())) }
