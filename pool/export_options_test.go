package pool

import "time"

// SearchAndHandover returns what the options WithSearch and WithHandover make of the
// scheduler's Config.
func (p *WorkerPool) SearchAndHandover() (search time.Duration, handover bool) {
	c := engineConfig(p, item.priority)
	return c.SpinTime, !c.NoHandover
}

// DefaultBurst returns the burst of a pool that sets only that rate.
func DefaultBurst(rate float64) int { return defaultBurst(rate) }

// WatchdogPending reports whether the watchdog's timer is set or a check is in
// progress.
func WatchdogPending(p *WorkerPool) bool { return p.watchdog.Pending() }
