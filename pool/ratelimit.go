package pool

import (
	"context"
	"fmt"
	"time"

	"github.com/user/millrace/pool/ratelimit"
	"github.com/user/millrace/sched"
)

// WithRateLimit bounds the starts of runs per second, retries included. A task that waits
// for its start stays in the queue and occupies no worker. In any interval t at most
// rps × t runs and a burst start; see WithRateBurst. A [ratelimit.Limiter] limits other
// things than runs.
func WithRateLimit(rps float64) Option {
	return poolOption(func(c *poolConfig) { c.rateLimit = &rps })
}

// WithRateBurst sets the number of runs that may start at once after a pause, under
// WithRateLimit. The default is 1 for rates up to 100 per second, and above that the
// number of starts that the rate allows in 10 ms.
func WithRateBurst(n int) Option {
	return poolOption(func(c *poolConfig) { c.rateBurst = &n })
}

// validateRate refuses rates and bursts that no limiter has.
func (c *poolConfig) validateRate(refuse func(field string, value any, why string)) {
	if rate := c.rateLimit; rate != nil {
		if _, err := ratelimit.New(*rate, 1); err != nil {
			refuse("RateLimit", *rate, "must be a finite number above 0")
		}
	}
	if burst := c.rateBurst; burst != nil {
		if _, err := ratelimit.New(1, *burst); err != nil {
			refuse("RateBurst", *burst, fmt.Sprintf("must be in [1, %d]", int64(ratelimit.MaxBurst)))
		}
	}
}

// newLimiter returns the limiter of the options, or nil if they ask for none.
func (c *poolConfig) newLimiter() *ratelimit.Limiter {
	if c.rateLimit == nil {
		return nil
	}
	burst := defaultBurst(*c.rateLimit)
	if c.rateBurst != nil {
		burst = *c.rateBurst
	}
	l, _ := ratelimit.New(*c.rateLimit, burst) // validateRate accepted both
	return l
}

// defaultBurst is the burst of a pool that sets only a rate: 10 ms' worth, at
// least 1.
func defaultBurst(rate float64) int { return int(max(1, min(rate/100, ratelimit.MaxBurst))) }

// A pacer takes a token of the limiter for each start of a run on a worker. The
// worker's local keeps the token, which goes back if there is no task for it.
type pacer struct {
	limiter *ratelimit.Limiter
	minWait time.Duration // of a worker; see newPacer
}

var _ sched.Pacer = pacer{}

// newPacer returns a pacer that makes workers wait in steps of up to half the burst
// when tokens come fast: a timer for each token would cost more than the tasks.
func newPacer(l *ratelimit.Limiter) pacer {
	burst := float64(l.Burst()) / l.Limit() * float64(time.Second)
	return pacer{l, time.Duration(min(burst/2, float64(maxPaceStep)))}
}

const maxPaceStep = 100 * time.Microsecond

func (p pacer) Take(local any) (wait time.Duration) {
	local.(*workerLocal).token, wait = p.limiter.TryTake()
	if wait > 0 {
		wait = max(wait, p.minWait)
	}
	return wait
}

func (p pacer) GiveBack(local any) { local.(*workerLocal).token.GiveBack() }

// awaitRate waits until a run may start on a goroutine that waits for the run
// anyway. It returns an error if ctx ends, or would end, before that.
func (p *WorkerPool) awaitRate(ctx context.Context) error {
	if p.limiter == nil || p.limiter.Allow() {
		return nil
	}
	p.throttled.Inc()
	return p.limiter.Wait(ctx)
}
