package pool

import "time"

// SearchAndHandover returns what the options WithSearch and WithHandover make of the
// scheduler's Config.
func (p *WorkerPool) SearchAndHandover() (search time.Duration, handover bool) {
	c := engineConfig(p, item.priority)
	return c.SpinTime, !c.NoHandover
}
