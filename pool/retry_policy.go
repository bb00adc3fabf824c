package pool

import (
	"math"
	"math/rand/v2"
	"time"
)

// WithRetry runs a task that failed again, up to attempts times, so at most
// attempts + 1 times in all, and each time after delay. The delay holds no worker.
// WithTaskRetry overrides attempts for one task.
//
// A task has failed if its function returned an error, or its run timed out. One
// that panicked, called runtime.Goexit or was cancelled, or whose submitter's
// context has ended, is not run again; nor is one that Stop would have to wait for
// beyond its own context. Its outcome is the last error, in a *RetryError.
//
// A task keeps its id, priority, values and place among equals. It has a new context for
// each run, and with WithTaskTimeout its full time; two runs never overlap, so a
// function that ignores the end of its time delays the next run.
func WithRetry(attempts int, delay time.Duration) Option {
	return poolOption(func(c *poolConfig) { c.retry.retries, c.retry.delay = attempts, delay })
}

// A Backoff makes the delay grow from run to run; see WithBackoff.
type Backoff struct {
	// Factor is how many times as long as the one before each delay is. 0 means 2.
	Factor float64
	// Max is the longest delay, before jitter. 0 means 30 seconds.
	Max time.Duration
	// Jitter is the part of each delay that is random, from 0 to 1: a delay d is
	// drawn evenly from d − Jitter·d … d, so that tasks that failed together do not
	// come back together.
	Jitter float64
}

const (
	defaultRetryDelay = 100 * time.Millisecond // of WithTaskRetry without WithRetry
	defaultFactor     = 2
	defaultMaxDelay   = 30 * time.Second
)

// WithBackoff makes the delay of WithRetry that of the first retry only, and each
// further one longer. Without it the delay is always the same.
func WithBackoff(b Backoff) Option {
	if b.Factor == 0 {
		b.Factor = defaultFactor
	}
	if b.Max == 0 {
		b.Max = defaultMaxDelay
	}
	return poolOption(func(c *poolConfig) { c.retry.backoff = b })
}

// WithRetryIf runs a task again only if retryIf says so of its error. It is called
// on the goroutine that ran the task, after the run; if it panics, the task does not run
// again.
func WithRetryIf(retryIf func(error) bool) Option {
	return poolOption(func(c *poolConfig) { c.retry.retryIf = retryIf })
}

// WithRetryAfter reads the delay from the error of a task, such as the Retry-After
// of an HTTP response. Where after reports false the delay is what it would be
// without; what it returns is not cut to Backoff.Max, nor is there jitter. It is
// called as retryIf of WithRetryIf is.
func WithRetryAfter(after func(error) (delay time.Duration, ok bool)) Option {
	return poolOption(func(c *poolConfig) { c.retry.after = after })
}

// WithRetryBudget bounds the retries of all tasks together, so that when all fail
// they do not add to the load that made them fail: in each window of ten seconds
// there are at most reserve, and ratio for each task that got its outcome in it or
// in the window before. A task that finds the budget spent has its last error as
// its outcome, in a *RetryError whose Cause is ErrRetryBudget.
//
// Windows are begun by tasks that fail, and nothing is counted between. What was
// settled before the first failure in twenty seconds is not known to be recent and
// gives no budget, so reserve had better be 1 or more. The idea is that of Finagle's
// RetryBudget.
func WithRetryBudget(ratio float64, reserve int) Option {
	return poolOption(func(c *poolConfig) { c.retry.budget = &budgetConfig{ratio, reserve} })
}

// A retryPolicy says whether and when a task that failed runs again.
type retryPolicy struct {
	retries int           // of a task that sets no number of its own
	delay   time.Duration // before the first retry
	backoff Backoff       // Factor 0: the delay stays
	retryIf func(error) bool
	after   func(error) (time.Duration, bool)
	budget  *budgetConfig
}

type budgetConfig struct {
	ratio   float64
	reserve int
}

func (y *retryPolicy) validate(refuse func(field string, value any, why string)) {
	if y.retries < 0 {
		refuse("Retry attempts", y.retries, "must be at least 0")
	}
	if y.delay < 0 {
		refuse("Retry delay", y.delay, "must be at least 0")
	}
	if b := y.backoff; b.Factor != 0 {
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
	if b := y.budget; b != nil {
		if !(b.ratio >= 0) || math.IsInf(b.ratio, 0) {
			refuse("RetryBudget ratio", b.ratio, "must be a finite number of at least 0")
		}
		if b.reserve < 0 {
			refuse("RetryBudget reserve", b.reserve, "must be at least 0")
		}
	}
}

// decide says whether a task that failed with err in the last of so many runs is
// to run again, and after what delay.
func (y *retryPolicy) decide(err error, runs int) (delay time.Duration, again bool) {
	if y.retryIf != nil && !y.retryIf(err) {
		return 0, false
	}
	if y.after != nil {
		if delay, ok := y.after(err); ok {
			return max(delay, 0), true
		}
	}
	return y.backoff.delay(y.delay, runs, rand.Float64()), true
}

// delay returns the delay after so many runs, where random, below 1, says how much
// of the jitter is used.
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
