package pool

import (
	"context"
	"time"

	"github.com/user/millrace/sched"
)

// WithRateLimit bounds how many runs of tasks start in a second, retries among
// them. A task that has to wait for its turn stays in the queue and holds no
// worker. In any time t no more than rps × t and a burst start; see WithRateBurst.
func WithRateLimit(rps float64) Option {
	return poolOption(func(c *poolConfig) { c.rateLimit = &rps })
}

// WithRateBurst sets how many runs may start at once after a pause, under
// WithRateLimit. The default is 1 up to 100 a second, and above that what the rate
// allows in 10 ms.
func WithRateBurst(n int) Option {
	return poolOption(func(c *poolConfig) { c.rateBurst = &n })
}

// newLimiter returns the limiter that the options ask for, nil if they ask for none.
func (c *poolConfig) newLimiter() *Limiter {
	if c.rateLimit == nil {
		return nil
	}
	burst := defaultBurst(*c.rateLimit)
	if c.rateBurst != nil {
		burst = *c.rateBurst
	}
	l, _ := NewLimiter(*c.rateLimit, burst) // validate has looked at both
	return l
}

// A pacer takes a token for each start of a run on a worker. The worker's local
// keeps the claim, to give it back where there is no task for it.
type pacer struct {
	limiter *Limiter
	least   time.Duration // that a worker waits; see newPacer
}

var _ sched.Pacer = pacer{}

// newPacer returns a pacer that makes workers wait in steps of up to half the burst
// where tokens come fast: a timer for each token would cost more than the tasks.
func newPacer(l *Limiter) pacer {
	burst := float64(l.Burst()) / l.Limit() * float64(time.Second)
	return pacer{l, time.Duration(min(burst/2, float64(maxPaceStep)))}
}

const maxPaceStep = 100 * time.Microsecond

func (y pacer) Take(local any) (wait time.Duration) {
	local.(*workerLocal).claim, wait = y.limiter.take()
	if wait > 0 {
		wait = max(wait, y.least)
	}
	return wait
}

func (y pacer) GiveBack(local any) { local.(*workerLocal).claim.giveBack() }

// awaitTurn waits until a run may start on a goroutine that has to wait for it
// anyway. It returns an error if ctx ends, or must end, before.
func (p *WorkerPool) awaitTurn(ctx context.Context) error {
	if p.limiter == nil || p.limiter.Allow() {
		return nil
	}
	p.throttled.Inc()
	return p.limiter.Wait(ctx)
}
