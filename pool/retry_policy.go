package pool

import (
	"math"
	"math/rand/v2"
	"time"
)

// WithRetry runs a failed task again, up to attempts times, so at most attempts + 1 times
// in all. Each retry follows after delay, which holds no worker. WithTaskRetry overrides
// attempts for one task.
//
// A run fails if its function returns an error or times out. A task does not run again if it
// panicked, called runtime.Goexit or was cancelled, if its submitter's context has ended,
// or if its retry is due after the deadline of Stop. The outcome of a task that fails after
// a retry, or whose retry was called off, is its last error, in a *RetryError.
//
// A task keeps its id, priority, values and place among equals. Each run has a new context
// and, with WithTaskTimeout, the full time. Two runs never overlap, so a function that
// ignores its timeout delays the next run.
func WithRetry(attempts int, delay time.Duration) Option {
	return poolOption(func(c *poolConfig) { c.retry.retries, c.retry.delay = attempts, delay })
}

// A Backoff makes the delay grow with each retry; see WithBackoff.
type Backoff struct {
	// Factor multiplies the delay after each retry. 0 means 2.
	Factor float64
	// Max is the longest delay, before jitter. 0 means 30 seconds.
	Max time.Duration
	// Jitter is the random part of each delay, in [0, 1]. A delay d is drawn uniformly from
	// [d − Jitter·d, d], so that tasks that failed together do not return together.
	Jitter float64
}

const (
	defaultRetryDelay = 100 * time.Millisecond // of WithTaskRetry without WithRetry
	defaultFactor     = 2
	defaultMaxDelay   = 30 * time.Second
)

// WithBackoff makes the delay of WithRetry the first one, and each further delay longer.
// Without it the delay is constant.
func WithBackoff(b Backoff) Option {
	if b.Factor == 0 {
		b.Factor = defaultFactor
	}
	if b.Max == 0 {
		b.Max = defaultMaxDelay
	}
	return poolOption(func(c *poolConfig) { c.retry.backoff = b })
}

// WithRetryIf runs a task again only if retryIf reports true for its error. retryIf is
// called after the run, on the goroutine that ran the task, and by many goroutines at once.
// If it panics, the task does not run again.
func WithRetryIf(retryIf func(error) bool) Option {
	return poolOption(func(c *poolConfig) { c.retry.retryIf = retryIf })
}

// WithRetryAfter reads the delay from the error of a task, such as the Retry-After of an
// HTTP response. If after reports false, the delay is that of the other options. The delay
// it returns has no maximum and no jitter. It is called like retryIf of WithRetryIf.
func WithRetryAfter(after func(error) (delay time.Duration, ok bool)) Option {
	return poolOption(func(c *poolConfig) { c.retry.after = after })
}

// WithRetryBudget bounds the retries of all tasks together, so that failing tasks do not add
// to the load that makes them fail. Each window of ten seconds allows reserve retries, and
// ratio retries for each task that had its outcome in this window or the previous one. If
// the budget is spent, the task's outcome is its last error, in a *RetryError whose Cause
// is ErrRetryBudget.
//
// A failing task begins a new window, and nothing is counted in between. Tasks that had
// their outcome before the first failure in twenty seconds give no budget, so reserve
// should be at least 1. The idea is that of Finagle's RetryBudget.
func WithRetryBudget(ratio float64, reserve int) Option {
	return poolOption(func(c *poolConfig) { c.retry.budget = &budgetConfig{ratio, reserve} })
}

// A retryPolicy decides whether and when a failed task runs again.
type retryPolicy struct {
	retries int           // retries of a task without WithTaskRetry
	delay   time.Duration // before the first retry
	backoff Backoff       // a Factor of 0 means a constant delay
	retryIf func(error) bool
	after   func(error) (time.Duration, bool)
	budget  *budgetConfig
}

type budgetConfig struct {
	ratio   float64
	reserve int
}

func (p *retryPolicy) validate(refuse func(field string, value any, why string)) {
	if p.retries < 0 {
		refuse("Retry attempts", p.retries, "must be at least 0")
	}
	if p.delay < 0 {
		refuse("Retry delay", p.delay, "must be at least 0")
	}
	if b := p.backoff; b.Factor != 0 {
		if !(b.Factor >= 1) || math.IsInf(b.Factor, 0) {
			refuse("Backoff.Factor", b.Factor, "must be a finite number of at least 1")
		}
		if b.Max < 0 {
			refuse("Backoff.Max", b.Max, "must be at least 0")
		}
		if !(b.Jitter >= 0 && b.Jitter <= 1) {
			refuse("Backoff.Jitter", b.Jitter, "must be in [0, 1]")
		}
	}
	if b := p.budget; b != nil {
		if !(b.ratio >= 0) || math.IsInf(b.ratio, 0) {
			refuse("RetryBudget ratio", b.ratio, "must be a finite number of at least 0")
		}
		if b.reserve < 0 {
			refuse("RetryBudget reserve", b.reserve, "must be at least 0")
		}
	}
}

// decide returns whether a task whose last run failed with err runs again, and the delay.
// runs is the number of its runs.
func (p *retryPolicy) decide(err error, runs int) (delay time.Duration, again bool) {
	if p.retryIf != nil && !p.retryIf(err) {
		return 0, false
	}
	if p.after != nil {
		if delay, ok := p.after(err); ok {
			return max(delay, 0), true
		}
	}
	return p.backoff.delay(p.delay, runs, rand.Float64()), true
}

// delay returns the delay after the given number of runs. random, in [0, 1), is the part of
// the jitter to use.
func (b *Backoff) delay(first time.Duration, runs int, random float64) time.Duration {
	if b.Factor == 0 || first == 0 {
		return first
	}
	d := b.Max
	if grown := float64(first) * math.Pow(b.Factor, float64(runs-1)); grown < float64(b.Max) { // not if infinite
		d = time.Duration(grown)
	}
	return d - time.Duration(float64(d)*b.Jitter*random)
}
