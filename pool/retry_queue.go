package pool

import (
	"sync/atomic"
	"time"

	"github.com/puzpuzpuz/xsync/v3"
)

// retries holds the records that wait for the time of their next run.
//
// Who takes a record out of waiting decides what becomes of it: its timer puts it
// back into the queue; a canceller, or Stop if the time is too late, resolves it.
type retries struct {
	waiting *xsync.MapOf[*record, *delayed]
	count   *xsync.Counter            // of all there ever were
	stopBy  atomic.Pointer[time.Time] // what is due later is not waited for; nil before Stop
	budget  retryBudget
}

// A delayed is the wait of one record for its next run. The runtime may keep a
// timer for long after it was stopped, so the timer does not hold the record.
type delayed struct {
	record atomic.Pointer[record] // nil once it was taken
	due    time.Time
	timer  atomic.Pointer[time.Timer]
}

// elapsed is called by the timer.
func (d *delayed) elapsed() {
	if r := d.record.Load(); r != nil {
		r.comeBack()
	}
}

func (rs *retries) init() {
	rs.waiting = xsync.NewMapOf[*record, *delayed]()
	rs.count = xsync.NewCounter()
}

// add lets r wait. Who takes it while the timer is being set may find none to
// stop; it is then stopped here.
func (rs *retries) add(r *record, delay time.Duration) {
	d := &delayed{due: time.Now().Add(delay)}
	d.record.Store(r)
	rs.waiting.Store(r, d)
	if delay == 0 {
		r.comeBack()
		return
	}
	timer := time.AfterFunc(delay, d.elapsed)
	d.timer.Store(timer)
	if now, _ := rs.waiting.Load(r); now != d {
		timer.Stop()
		return
	}
	if rs.tooLate(d) { // endBy may have looked before r was there
		r.cancelUnstarted(ErrStopped)
	}
}

// take takes r out and reports true, or false if it is not waiting.
func (rs *retries) take(r *record) bool {
	d, ok := rs.waiting.LoadAndDelete(r)
	if !ok {
		return false
	}
	d.record.Store(nil)
	if timer := d.timer.Load(); timer != nil {
		timer.Stop()
	}
	return true
}

func (rs *retries) tooLate(d *delayed) bool {
	stopBy := rs.stopBy.Load()
	return stopBy != nil && d.due.After(*stopBy)
}

// endBy resolves the records that are due after t, now and from now on.
func (rs *retries) endBy(t time.Time) {
	for {
		old := rs.stopBy.Load()
		if old != nil && !t.Before(*old) {
			return
		}
		if rs.stopBy.CompareAndSwap(old, &t) {
			break
		}
	}
	rs.waiting.Range(func(r *record, d *delayed) bool {
		if rs.tooLate(d) {
			onNewGoroutine(func() { r.cancelUnstarted(ErrStopped) })
		}
		return true
	})
}

// retriesLeft reports whether the present run, should it fail, may be followed by
// another. It is to be asked before the context of the run ends.
func (r *record) retriesLeft() bool {
	return r.runs <= r.retries && r.cancelled.Load() == nil && r.pool.mayRetry() && r.runContext().StartErr() == nil
}

// mayRetry reports whether any task may run again: it may until the grace of Stop
// ends.
func (p *WorkerPool) mayRetry() bool { return p.root.Err() == nil && !p.forcedStop.begun.Load() }

// retry lets a record whose run failed with err run again, or gives its outcome.
func (r *record) retry(w *workerLocal, err error) {
	var (
		delay time.Duration
		again bool
		cause error
		p     = r.pool
	)
	defer func() { // deferred: what the user gave the policy may call runtime.Goexit
		if again {
			defer r.runAgain(delay, err)
			p.tellRetry(r, err, delay)
		} else {
			r.settleRun(w, nil, r.failure(err, cause))
		}
	}()
	p.callUser(func() { delay, again = p.cfg.retry.decide(err, r.runs) })
	if again && !p.retries.budget.spend(p) {
		again, cause = false, ErrRetryBudget
	}
}

// runAgain begins the next run of a record after delay.
func (r *record) runAgain(delay time.Duration, err error) {
	p := r.pool
	p.retries.count.Inc()
	r.lastErr = err
	ctx := r.ctx.Next()
	r.later.Store(ctx)
	r.state.again()
	follows := r.follows || r.group != nil
	p.retries.add(r, delay)
	// Whatever came between found the new context, and sees to it.
	if follows {
		r.watchSubmitter(ctx)
	}
	if cause := r.cancelled.Load(); cause != nil {
		r.cancelUnstarted(cause)
	}
}

// comeBack puts a record that waited for its next run back into the queue.
func (r *record) comeBack() {
	p := r.pool
	age := r.age
	if !p.retries.take(r) {
		return
	}
	r.observeReturn()
	t := p.tickets.issue(r) // from here on anybody may claim r
	if r.group != nil {
		r.group.listAgain(r)
	}
	p.engine.Return(ticketItem(t), age)
	// Who calls r off may have come when it was neither waiting nor back.
	cause := r.cancelled.Load()
	if cause == nil {
		cause = r.runContext().StartErr()
	}
	if cause != nil {
		r.cancelUnstarted(cause)
	}
	r.requeued.send()
}

// ranBefore makes the record that of a task that ran once without one.
func (r *record) ranBefore() {
	r.runs = 1
	r.state.move(notStarted, over)
}

// failure returns the error of a task whose last run failed with err, and that
// does not run again for the given cause, if any.
func (r *record) failure(err, cause error) error {
	if err == nil || r.runs < 2 && cause == nil {
		return err
	}
	return &RetryError{Runs: r.runs, Err: err, Cause: cause}
}

// retriesOf returns how often a task without a record may run again.
func (c *poolConfig) retriesOf(i item) int {
	if t := i.funcTask(); t != nil && t.cfg.ownRetries {
		return t.cfg.retries
	}
	return c.retry.retries
}
