package pool

import (
	"sync/atomic"
	"time"

	"github.com/puzpuzpuz/xsync/v3"
)

// retries holds the records that wait for their next run.
//
// The goroutine that takes a record out of waiting decides what becomes of it. Its timer
// puts it back into the queue. A canceller settles it, and so does Stop if the record is
// due too late.
type retries struct {
	waiting *xsync.MapOf[*record, *delayed]
	count   *xsync.Counter            // number of retries so far
	stopBy  atomic.Pointer[time.Time] // deadline of retries; nil before Stop
	budget  retryBudget
}

// A delayed is the wait of one record for its next run. It holds the record in place of
// the timer, because the runtime may keep a stopped timer for long.
type delayed struct {
	record atomic.Pointer[record] // nil once taken
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

// add lets r wait. A goroutine that takes r while the timer is being set may find no
// timer to stop; add then stops it.
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
	if rs.tooLate(d) { // endBy may have missed r
		r.cancelUnstarted(ErrStopped)
	}
}

// take removes r and reports true, or false if r is not waiting.
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

// endBy settles the records due after t, those that are added later too.
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

// retriesLeft reports whether the current run may be followed by another if it fails. It
// must be called before the context of the run ends.
func (r *record) retriesLeft() bool {
	return r.runs <= r.retries && r.cancelled.Load() == nil && r.pool.mayRetry() && r.runContext().StartErr() == nil
}

// mayRetry reports whether tasks may run again, which they may until the grace of Stop
// ends.
func (p *WorkerPool) mayRetry() bool { return p.root.Err() == nil && !p.forcedStop.begun.Load() }

// retry lets a record whose run failed with err run again, or settles it.
func (r *record) retry(w *workerLocal, err error) {
	var (
		delay time.Duration
		again bool
		cause error
		p     = r.pool
	)
	defer func() { // deferred: a function of the policy may call runtime.Goexit
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
	// A cancellation in between has ended the new context, and is handled here.
	if follows {
		r.watchSubmitter(ctx)
	}
	if cause := r.cancelled.Load(); cause != nil {
		r.cancelUnstarted(cause)
	}
}

// comeBack returns a record that waited for its next run to the queue.
func (r *record) comeBack() {
	p := r.pool
	age := r.age
	if !p.retries.take(r) {
		return
	}
	r.observeReturn()
	t := p.tickets.issue(r) // from here on any goroutine may claim r
	if r.group != nil {
		r.group.listAgain(r)
	}
	p.engine.Return(ticketItem(t), age)
	// A cancellation may have come while r was neither waiting nor queued.
	cause := r.cancelled.Load()
	if cause == nil {
		cause = r.runContext().StartErr()
	}
	if cause != nil {
		r.cancelUnstarted(cause)
	}
	r.requeued.send()
}

// ranBefore makes the record that of a task that ran once without a record.
func (r *record) ranBefore() {
	r.runs = 1
	r.state.move(notStarted, over)
}

// failure returns the error of a task whose last run failed with err. cause, if not nil,
// is why it does not run again.
func (r *record) failure(err, cause error) error {
	if err == nil || r.runs < 2 && cause == nil {
		return err
	}
	return &RetryError{Runs: r.runs, Err: err, Cause: cause}
}

// retriesOf returns the number of retries of a task without a record.
func (c *poolConfig) retriesOf(i item) int {
	if t := i.funcTask(); t != nil && t.cfg.ownRetries {
		return t.cfg.retries
	}
	return c.retry.retries
}
