package rivals

import (
	"time"

	antspool "github.com/panjf2000/ants/v2"
)

var ants = Rival{
	Name:   "ants",
	Module: "github.com/panjf2000/ants/v2",
	Setup:  "ants.NewPool(n), Submit; no queue, submitters wait for a worker",
	New: func(c Config) Pool {
		p, err := antspool.NewPool(c.Workers)
		must(err)
		return antsPool{p}
	},
}

type antsPool struct{ *antspool.Pool }

func (p antsPool) Submit(f func()) { must(p.Pool.Submit(f)) }

func (p antsPool) Close() { must(p.ReleaseTimeout(time.Minute)) }
