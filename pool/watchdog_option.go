package pool

import "time"

// watchdogConfig is what WithWatchdog was given.
type watchdogConfig struct {
	after  time.Duration
	report func(LongTask)
}

// WithWatchdog reports each run of a task that takes longer than after, once, no
// later than after another quarter of that: one that hangs, most likely. The run
// goes on. Reported runs are counted in Stats, also if report is nil.
//
// Runs are watched on workers, where what comes right before and after a task, a
// callback say, counts as part of it or as a bare function, and on the goroutines
// of submitters and waiters. Tasks pay nothing for it, but for a report all
// goroutines of the process stop for as long as it takes to write down their
// stacks.
//
// Reports are made one after the other, on a goroutine of the pool's own; while
// one takes its time there is no other. A panic of report is contained and
// counted. Stop waits for a report under way, no longer than its context lasts.
func WithWatchdog(after time.Duration, report func(LongTask)) Option {
	return poolOption(func(c *poolConfig) { c.watchdog = &watchdogConfig{after, report} })
}

func (c *watchdogConfig) validate(refuse func(field string, value any, why string)) {
	if c != nil && c.after <= 0 {
		refuse("Watchdog", c.after, "is not above 0")
	}
}

// newWatchdog returns the watchdog of p, or nil if it has none.
func newWatchdog(p *WorkerPool) *watchdog {
	c := p.cfg.watchdog
	if c == nil {
		return nil
	}
	return &watchdog{after: c.after, report: c.report, runs: p.runsInSight, contain: p.contain}
}
