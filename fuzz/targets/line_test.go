package targets_test

import (
	"cmp"
	"slices"
	"time"

	"github.com/user/millrace/pool"
)

// A line is the model of a pool with one worker and no retries: a list of the waiting tasks,
// and the next event of each running one.
//
// Waiting tasks are in the order of their submission or of their priorities. A task cancelled
// while it waits has its outcome at once, and keeps its place until the worker comes to it.
type line struct {
	capacity int
	policy   pool.Overflow
	priority bool
	now      time.Duration
	started  bool
	closed   bool
	deadline time.Duration // when the grace of Stop ends
	over     bool          // it has

	queue   []*job
	blocked []*job // who waits for room
	running []*job
	worker  *job // the one of running that the worker is at

	accepted, rejected int64
	settled            [4]int64 // by pool.Outcome
}

// A job is one task in a line.
type job struct {
	takes    time.Duration
	child    time.Duration // how long another runs before, that it waits for
	heeds    bool
	ends     ending
	timeout  time.Duration // 0: none
	priority int

	refused   bool // the submission was
	settled   bool
	outcome   pool.Outcome
	at        time.Duration // of the outcome
	calledOff time.Duration // when its submitter gave up on it; never if not before the outcome
	startedAt time.Duration // less than 0: it never started
	cut       bool
	isChild   bool
	inline    bool          // its submitter runs it
	ended     time.Duration // when the function returned
	timesOut  time.Duration
	childEnds time.Duration
	returns   time.Duration
}

func (l *line) full() bool { return l.capacity > 0 && len(l.queue) >= l.capacity }

// submit has j come in by a call that may block if may is set, or answers at once.
func (l *line) submit(j *job, waits, try bool) {
	j.startedAt, j.timesOut, j.returns, j.calledOff = -1, never, never, never
	switch {
	case l.closed, waits && !l.started:
		l.refuse(j)
	case !l.full():
		l.enter(j)
	case try, l.policy == pool.Reject, l.policy == pool.DropNewest:
		l.refuse(j)
	case l.policy == pool.DropOldest:
		oldest := l.queue[0]
		l.queue = l.queue[1:]
		l.settle(oldest, pool.Dropped)
		l.enter(j)
	case !l.started:
		l.refuse(j)
	case l.policy == pool.CallerRuns:
		l.accepted++
		j.inline = true
		l.start(j)
	default:
		l.blocked = append(l.blocked, j)
	}
}

func (l *line) refuse(j *job) {
	j.refused = true
	l.rejected++
}

func (l *line) enter(j *job) {
	l.accepted++
	l.queue = append(l.queue, j)
	l.advance()
}

func (l *line) settle(j *job, o pool.Outcome) {
	if j.settled {
		return
	}
	j.settled, j.outcome, j.at = true, o, l.now
	l.settled[o]++
}

// advance has the worker take up the next task, if it is free.
func (l *line) advance() {
	for l.started && !l.over && l.worker == nil && len(l.queue) > 0 {
		at := 0
		if l.priority {
			best := slices.MaxFunc(l.queue, func(a, b *job) int { return cmp.Compare(a.priority, b.priority) })
			at = slices.Index(l.queue, best) // MaxFunc gives the first of equals
		}
		j := l.queue[at]
		l.queue = slices.Delete(l.queue, at, at+1)
		if !j.settled {
			l.worker = j
			l.start(j)
		}
		for len(l.blocked) > 0 && !l.full() {
			first := l.blocked[0]
			l.blocked = l.blocked[1:]
			l.accepted++
			l.queue = append(l.queue, first)
		}
	}
}

func (l *line) start(j *job) {
	j.startedAt = l.now
	j.childEnds = l.now
	switch {
	case j.child == 0:
	case l.closed:
		l.rejected++
	default:
		j.childEnds += j.child
		l.accepted++
		l.running = append(l.running, &job{isChild: true, ends: succeeds, startedAt: l.now, timesOut: never, returns: j.childEnds})
	}
	j.returns = j.childEnds + j.takes
	if j.timeout > 0 {
		j.timesOut = l.now + j.timeout
	}
	l.running = append(l.running, j)
}

// cutShort ends the context of a task that runs.
func (l *line) cutShort(j *job) {
	if j.heeds && !j.cut && !j.isChild {
		j.cut = true
		j.returns = max(l.now, j.childEnds)
		l.runTo(l.now)
	}
}

// runTo lets time pass.
func (l *line) runTo(now time.Duration) {
	for {
		next := l.deadline
		if l.over || !l.closed {
			next = never
		}
		var which *job
		for _, j := range l.running {
			// A child ends before the task that waits for it, because it is listed first.
			if at := min(j.timesOut, j.returns); at < next {
				next, which = at, j
			}
		}
		if next > now {
			l.now = now
			return
		}
		l.now = next
		switch {
		case which == nil:
			l.expire()
		case which.timesOut < which.returns:
			which.timesOut = never
			l.settle(which, pool.Failed)
			l.cutShort(which)
		default:
			l.returned(which)
		}
	}
}

func (l *line) returned(j *job) {
	o := pool.Failed
	if j.ends == succeeds && !j.cut {
		o = pool.Completed
	}
	l.settle(j, o)
	j.ended = l.now
	l.running = slices.DeleteFunc(l.running, func(other *job) bool { return other == j })
	if l.worker == j {
		l.worker = nil
	}
	l.advance()
}

// callOff is the end of the submitter's context, or a cancel.
func (l *line) callOff(j *job) {
	if !j.settled {
		j.calledOff = min(j.calledOff, l.now)
	}
	switch {
	case slices.Contains(l.blocked, j):
		l.blocked = slices.DeleteFunc(l.blocked, func(other *job) bool { return other == j })
		l.refuse(j)
	case slices.Contains(l.queue, j):
		l.settle(j, pool.Cancelled)
	case slices.Contains(l.running, j):
		l.cutShort(j)
	}
}

func (l *line) begin() {
	l.started = true
	l.advance()
}

// stop is the begin of Stop, which has some time.
func (l *line) stop(grace time.Duration) {
	l.closed, l.deadline = true, l.now+grace
	for _, j := range l.blocked {
		l.refuse(j)
	}
	l.blocked = nil
	if !l.started {
		l.expire()
	}
}

// expire is the end of the grace.
func (l *line) expire() {
	l.over = true
	for _, j := range l.queue {
		l.settle(j, pool.Dropped)
	}
	l.queue = nil
	for _, j := range slices.Clone(l.running) {
		l.cutShort(j)
	}
}

// answered returns when a submitter that waits for the outcome hears of it.
func (j *job) answered() time.Duration {
	if j.inline {
		return j.ended
	}
	return min(j.at, j.calledOff)
}

// overdue returns how many functions run on after their task has its outcome,
// waiting how many tasks are in the queue without one.
func (l *line) overdue() int { return count(l.running, func(j *job) bool { return j.settled }) }
func (l *line) waiting() int { return count(l.queue, func(j *job) bool { return !j.settled }) }

func count(jobs []*job, is func(*job) bool) (n int) {
	for _, j := range jobs {
		if is(j) {
			n++
		}
	}
	return n
}
