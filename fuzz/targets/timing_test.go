package targets_test

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/user/millrace/pool"
)

// A timing is the model of FuzzRetryTiming: arithmetic on a list of what is to come
// next for each task. There are as many workers as tasks, so nobody waits for one.
type timing struct {
	*regime
	tasks   []*timedTask
	seen    []witness // asked for what jitter drew, and for nothing else
	retries int64
	settled []time.Duration // of each outcome, in order
	windows []time.Duration // when each window of the budget began
	spent   int             // retries in the last one
	err     error
}

// A timedTask is one task of a timing.
type timedTask struct {
	*plan
	retriesOwn int // how many it may have
	limit      time.Duration
	next       time.Duration // of what comes next; never: nothing does
	running    bool
	refused    bool
	done       bool // has its outcome
	starts     []time.Duration
	err        error // of the run before
	outcome    pool.Result
	outcomeAt  time.Duration
	returned   time.Duration // when the function returned for the last time
}

const never = time.Duration(math.MaxInt64)

func newTiming(g *regime, plans []plan, seen []witness) *timing {
	m := &timing{regime: g, seen: seen}
	for i := range plans {
		p := &plans[i]
		task := &timedTask{plan: p, next: p.at, retriesOwn: g.retries, limit: g.timeout}
		if p.retries >= 0 {
			task.retriesOwn = p.retries
		}
		if p.timeout > 0 {
			task.limit = p.timeout
		}
		m.tasks = append(m.tasks, task)
	}
	return m
}

// simulate goes from event to event until nothing is to come.
func (m *timing) simulate() {
	stop, deadline := never, never
	if m.stopAt >= 0 {
		stop, deadline = m.stopAt, m.stopAt+m.grace
	}
	for m.err == nil {
		first := m.tasks[0]
		for _, task := range m.tasks {
			if task.next < first.next {
				first = task
			}
		}
		switch now := min(first.next, stop, deadline); {
		case now == never:
			return
		case now == stop:
			stop = never
			m.giveUpLate(now)
		case now == deadline:
			deadline = never
			m.cutShort(now)
		case first.running:
			m.runEnds(first, now)
		default:
			m.runBegins(first, now)
		}
	}
}

func (m *timing) stopping(now time.Duration) bool { return m.stopAt >= 0 && now > m.stopAt }
func (m *timing) over(now time.Duration) bool     { return m.stopping(now) && now >= m.stopAt+m.grace }

func (task *timedTask) present() run { return task.run(len(task.starts)) }
func (task *timedTask) mayRunAgain() bool {
	return len(task.starts) <= task.retriesOwn
}

func (m *timing) runBegins(task *timedTask, now time.Duration) {
	if len(task.starts) == 0 && m.stopping(now) {
		task.refused, task.next = true, never
		return
	}
	task.starts = append(task.starts, now)
	task.running = true
	r := task.present()
	task.next = now + r.takes
	if task.limit > 0 && r.takes > task.limit && (r.heeds || !task.mayRunAgain()) {
		task.next = now + task.limit // it returns, or the outcome is given, then
	}
}

// runEnds is called when the function of a task returns, or when its time is up and
// it has no run left.
func (m *timing) runEnds(task *timedTask, now time.Duration) {
	start, r := task.starts[len(task.starts)-1], task.present()
	timedOut := task.limit > 0 && r.takes > task.limit
	if timedOut && !task.mayRunAgain() {
		if !task.done {
			m.give(task, now, nil, context.DeadlineExceeded, nil)
		}
		if task.next = start + r.takes; r.heeds || now == task.next {
			m.returns(task, now)
		}
		return
	}
	m.returns(task, now)
	if !r.heeds || !timedOut { // how it meant to end
		switch r.ends {
		case panics:
			m.give(task, now, nil, errPanic, nil)
			return
		case exits:
			m.give(task, now, nil, pool.ErrGoexit, nil)
			return
		}
	}
	err := error(errFlaky)
	switch {
	case timedOut:
		err = context.DeadlineExceeded
	case r.ends == succeeds:
		m.give(task, now, len(task.starts), nil, nil)
		return
	case r.ends == failsForGood:
		err = errFinal
	case r.ends == asksForDelay:
		err = askingError(r.waitFor)
	}
	m.failed(task, now, err)
}

func (m *timing) returns(task *timedTask, now time.Duration) {
	task.running, task.next, task.returned = false, never, now
}

func (m *timing) failed(task *timedTask, now time.Duration, err error) {
	switch {
	case !task.mayRunAgain(), m.over(now), m.retryIf && err == errFinal:
		m.give(task, now, nil, err, nil)
	case m.budgeted && !m.spend(now):
		m.give(task, now, nil, err, pool.ErrRetryBudget)
	default:
		m.retries++
		task.err = err
		least, most := m.wait(err, len(task.starts))
		if m.jitter > 0 && least < most {
			at := m.drawn(task)
			if at < now+least || at > now+most {
				m.err = fmt.Errorf("run %d began at %v, want %v … %v", len(task.starts)+1, at, now+least, now+most)
			}
			least = at - now
		}
		task.next = now + least
		if m.stopping(now) && task.next > m.stopAt+m.grace {
			m.give(task, now, nil, err, pool.ErrStopped)
			task.next = never
		}
	}
}

// drawn returns when the next run was seen to begin.
func (m *timing) drawn(task *timedTask) time.Duration {
	for i, other := range m.tasks {
		if starts := m.seen[i].starts; other == task && len(task.starts) < len(starts) {
			return starts[len(task.starts)]
		}
	}
	return -1
}

// wait returns between what bounds the delay after so many runs lies.
func (m *timing) wait(err error, runs int) (least, most time.Duration) {
	if asks, ok := err.(askingError); ok && m.after {
		d := max(time.Duration(asks), 0)
		return d, d
	}
	d := m.delay
	if d < 0 {
		d = 100 * time.Millisecond
	}
	if !m.backoff || d == 0 {
		return d, d
	}
	for range runs - 1 {
		d = min(d*time.Duration(m.factor), m.most)
	}
	d = min(d, m.most)
	return d - time.Duration(m.jitter*float64(d)), d
}

// spend asks the budget for a retry.
func (m *timing) spend(now time.Duration) bool {
	const window = 10 * time.Second
	n := len(m.windows)
	if n == 0 || now-m.windows[n-1] >= window {
		m.windows = append(m.windows, now)
		m.spent = 0
		n++
	}
	since := m.windows[n-1]
	if n > 1 && since-m.windows[n-2] < 2*window {
		since = m.windows[n-2]
	}
	recent := 0
	for _, at := range m.settled {
		if at >= since {
			recent++
		}
	}
	if float64(m.spent+1) > float64(m.reserve)+m.ratio*float64(recent) {
		return false
	}
	m.spent++
	return true
}

// give gives a task its outcome.
func (m *timing) give(task *timedTask, now time.Duration, value any, err, cause error) {
	runs := len(task.starts)
	task.done, task.outcomeAt = true, now
	m.settled = append(m.settled, now)
	last := task.starts[runs-1]
	task.outcome = pool.Result{Value: value, Error: err, Runs: runs, Duration: now - last, Outcome: pool.Completed}
	if cause == pool.ErrStopped {
		task.outcome.Duration = task.returned - last
	}
	if err != nil {
		task.outcome.Outcome = pool.Failed
		if runs > 1 || cause != nil {
			task.outcome.Error = &pool.RetryError{Runs: runs, Err: err, Cause: cause}
		}
	}
}

// giveUpLate is the begin of Stop.
func (m *timing) giveUpLate(now time.Duration) {
	for _, task := range m.tasks {
		if len(task.starts) > 0 && !task.running && !task.done && task.next > now+m.grace {
			task.next = never
			m.give(task, now, nil, task.err, pool.ErrStopped)
		}
	}
}

// cutShort is the end of Stop's grace: the contexts of all runs end.
func (m *timing) cutShort(now time.Duration) {
	for _, task := range m.tasks {
		if task.running && task.present().heeds {
			m.returns(task, now)
			m.give(task, now, nil, errCut, nil)
		}
	}
}
