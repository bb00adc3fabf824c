package pool

import (
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// A LongTask is a task that has been running for long; see WithWatchdog.
type LongTask struct {
	// TaskID is the task's id, "" for a bare function.
	TaskID string
	// RunningFor is for how long the run has been seen. It may be older by a
	// quarter of what WithWatchdog was given.
	RunningFor time.Duration
	// Stack is that of the task's goroutine, as runtime.Stack prints it, or nil if
	// it was not found among those of a very large process.
	Stack []byte
}

// watchdogLooks is how often a watchdog looks in the time after which a run is
// long.
const watchdogLooks = 4

// A watchdog finds runs that take long. A run costs it nothing: a timer looks at
// what the workers are at, and what is the same as long enough ago is long. The
// timer is set only while somebody is at work, so an idle pool has none.
//
// Whoever goes to work shows it in what runs yields, and then loads armed. The
// look that finds nobody clears armed, and then asks runs once more. Whichever
// store comes first, the other side's load sees it, and the timer is set.
type watchdog struct {
	after   time.Duration
	report  func(LongTask)       // nil: only count
	runs    iter.Seq[runInSight] // those in progress
	contain func(user func())    // of the pool

	armed atomic.Bool // a look is due, or under way
	found atomic.Int64

	mu      sync.Mutex    // guards the timer
	timer   *time.Timer   // nil until first set
	pending bool          // the timer is set, or its look has not ended
	stopped bool          // only from false to true
	over    chan struct{} // closed when the look that a Stop came across has ended

	seen map[runKey]sight // by the latest look; belongs to the look under way
}

// A sight is since when a run has been seen.
type sight struct {
	first    time.Time
	reported bool
}

// wake makes a look due if none is. Whoever goes to work calls it.
func (d *watchdog) wake() {
	if d.armed.Load() || !d.armed.CompareAndSwap(false, true) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.schedule()
}

// schedule sets the timer. The caller holds mu.
func (d *watchdog) schedule() {
	d.pending = true
	every := (d.after + watchdogLooks - 1) / watchdogLooks
	if d.timer == nil {
		d.timer = time.AfterFunc(every, d.look)
	} else {
		d.timer.Reset(every)
	}
}

// look is called by the timer. Until it ends the timer is not set.
func (d *watchdog) look() {
	defer d.lookAgain() // deferred: a report may call runtime.Goexit
	now := time.Now()
	if d.compare(now) {
		d.reportAll(d.longTasks(now))
	}
}

// compare keeps what is to be seen now, with since when, and reports whether
// there is something to report.
func (d *watchdog) compare(now time.Time) (long bool) {
	before := d.seen
	d.seen = make(map[runKey]sight, len(before))
	for run := range d.runs {
		key := run.key()
		s, again := before[key]
		if !again {
			s.first = now
		}
		d.seen[key] = s
		long = long || d.isLong(s, now)
	}
	return long
}

func (d *watchdog) isLong(s sight, now time.Time) bool {
	return !s.reported && now.Sub(s.first) >= d.after
}

// longTasks returns what is to be reported. A run that is still the same after
// the stacks were taken was the same when they were.
func (d *watchdog) longTasks(now time.Time) (tasks []LongTask) {
	var stacks stackDump
	if d.report != nil {
		stacks = allStacks()
	}
	for run := range d.runs {
		key := run.key()
		s, again := d.seen[key]
		if !again || !d.isLong(s, now) {
			continue
		}
		s.reported = true
		d.seen[key] = s
		d.found.Add(1)
		tasks = append(tasks, LongTask{
			TaskID:     run.taskID(),
			RunningFor: now.Sub(s.first),
			Stack:      run.stackIn(stacks),
		})
	}
	return tasks
}

// reportAll reports one task after the other, the next deferred: a report may
// call runtime.Goexit.
func (d *watchdog) reportAll(tasks []LongTask) {
	if len(tasks) == 0 || d.report == nil {
		return
	}
	defer d.reportAll(tasks[1:])
	d.contain(func() { d.report(tasks[0]) })
}

// lookAgain sets the timer for the next look, if there is something to look at.
func (d *watchdog) lookAgain() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.stopped && (len(d.seen) > 0 || !d.rest()) {
		d.schedule()
		return
	}
	d.pending = false
	if d.over != nil {
		close(d.over)
		d.over = nil
	}
}

// rest lets whoever goes to work next set the timer, and reports false if
// somebody did who has left that to the caller.
func (d *watchdog) rest() bool {
	d.armed.Store(false)
	for range d.runs {
		return !d.armed.CompareAndSwap(false, true)
	}
	return true
}

// stop ends it, once nobody goes to work any more. It waits for a look that is under way, and with it a report, no
// longer than until done is closed. It may be called again.
func (d *watchdog) stop(done <-chan struct{}) {
	d.mu.Lock()
	d.stopped = true
	if !d.pending || d.timer.Stop() {
		d.pending = false
		d.mu.Unlock()
		return
	}
	if d.over == nil {
		d.over = make(chan struct{})
	}
	over := d.over
	d.mu.Unlock()
	select {
	case <-over:
	case <-done:
	}
}
