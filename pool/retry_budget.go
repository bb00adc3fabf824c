package pool

import (
	"sync"
	"time"
)

// A retryBudget counts the retries of all tasks in windows of time. It reads the counters
// of settled tasks, and so costs tasks nothing.
type retryBudget struct {
	mu      sync.Mutex
	begun   time.Time // of the current window
	before  uint64    // tasks settled before the previous window
	settled uint64    // tasks settled before the current window
	spent   float64   // retries in the current window
}

const budgetWindow = 10 * time.Second

// spend takes one retry from the budget and reports true, or false if it is spent.
func (b *retryBudget) spend(p *WorkerPool) bool {
	c := p.cfg.retry.budget
	if c == nil {
		return true
	}
	settled := p.engine.Settled().Sum()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rotate(time.Now(), settled)
	if b.spent+1 > float64(c.reserve)+c.ratio*float64(settled-min(settled, b.before)) {
		return false
	}
	b.spent++
	return true
}

// rotate begins a new window if the current one is over.
func (b *retryBudget) rotate(now time.Time, settled uint64) {
	switch age := now.Sub(b.begun); {
	case age < budgetWindow:
		return
	case age < 2*budgetWindow:
		b.before = b.settled
	default: // no call in the previous window, so its settled tasks are unknown
		b.before = settled
	}
	b.begun, b.settled, b.spent = now, settled, 0
}
