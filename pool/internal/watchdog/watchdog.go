// Package watchdog finds runs that take long, at no cost to the runs: a timer
// compares what runs now with what ran before.
package watchdog

import (
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// A Run is an execution in progress. Its key tells runs apart: two runs that were
// yielded with the same key are the same run.
type Run[K comparable] interface {
	Key() K
	TaskID() string
	// Stack returns the run's stack out of those of all goroutines, or nil.
	Stack(Stacks) []byte
}

// A LongRun is a run that takes long.
type LongRun struct {
	TaskID     string
	RunningFor time.Duration // since it was first seen; it began up to a quarter of After before
	Stack      []byte        // nil if it was not found
}

// A Config says what a Watchdog watches. All fields but Report are required.
type Config[K comparable, R Run[K]] struct {
	// After is how long a run must last to be long.
	After time.Duration
	// Runs yields the runs in progress. Keys must keep nothing of a run alive.
	Runs iter.Seq[R]
	// Report is called for each long run. If nil, long runs are only counted and no
	// stacks are taken.
	Report func(LongRun)
	// CallUser calls a function of the user and contains its panics.
	CallUser func(func())
}

// checksPerPeriod is how many checks a Watchdog makes in the time After.
const checksPerPeriod = 4

// A Watchdog reports each run that lasts longer than Config.After, once, within
// another quarter of that time. Its timer is set only while there are runs.
//
// A goroutine that begins to run something makes it visible in Runs, and then calls
// Wake, which loads armed. A check that finds no run clears armed, and then asks Runs
// once more. Whichever store comes first in the total order, the other side's load
// sees it. So the timer is set whenever something runs.
type Watchdog[K comparable, R Run[K]] struct {
	cfg Config[K, R]

	armed atomic.Bool  // a check is due or in progress
	found atomic.Int64 // number of long runs

	mu      sync.Mutex    // guards the fields up to checked
	timer   *time.Timer   // nil until first set
	pending bool          // the timer is set, or its check has not ended
	stopped bool          // only from false to true
	checked chan struct{} // closed at the end of the check that a Stop met; nil if none waits

	seen map[K]observation // runs at the latest check; belongs to the check in progress
}

// An observation is what the checks know of one run.
type observation struct {
	first    time.Time // check that saw it first
	reported bool
}

// New returns a Watchdog without a timer.
func New[K comparable, R Run[K]](cfg Config[K, R]) *Watchdog[K, R] {
	return &Watchdog[K, R]{cfg: cfg}
}

// Wake makes a check due if none is. A goroutine must call it after it made a new run
// visible, unless a run was visible there all the time.
func (d *Watchdog[K, R]) Wake() {
	if d.armed.Load() || !d.armed.CompareAndSwap(false, true) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.schedule()
}

// Found returns how many long runs were found.
func (d *Watchdog[K, R]) Found() int64 { return d.found.Load() }

// Pending reports whether the timer is set or a check is in progress.
func (d *Watchdog[K, R]) Pending() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pending
}

// schedule sets the timer. The caller holds mu.
func (d *Watchdog[K, R]) schedule() {
	d.pending = true
	interval := (d.cfg.After + checksPerPeriod - 1) / checksPerPeriod
	if d.timer == nil {
		d.timer = time.AfterFunc(interval, d.check)
	} else {
		d.timer.Reset(interval)
	}
}

// check is called by the timer, which is not set again until check ends.
func (d *Watchdog[K, R]) check() {
	defer d.scheduleNext() // deferred: a report may call runtime.Goexit
	now := time.Now()
	if d.observe(now) {
		d.reportAll(d.longRuns(now))
	}
}

// observe updates seen with the runs in progress, and reports whether one of them
// is to be reported.
func (d *Watchdog[K, R]) observe(now time.Time) (anyLong bool) {
	before := d.seen
	d.seen = make(map[K]observation, len(before))
	for run := range d.cfg.Runs {
		key := run.Key()
		o, again := before[key]
		if !again {
			o.first = now
		}
		d.seen[key] = o
		anyLong = anyLong || d.isLong(o, now)
	}
	return anyLong
}

func (d *Watchdog[K, R]) isLong(o observation, now time.Time) bool {
	return !o.reported && now.Sub(o.first) >= d.cfg.After
}

// longRuns returns the runs to be reported. It takes the stacks first and asks for
// the runs again: a run that is still the same was the same when its stack was taken.
func (d *Watchdog[K, R]) longRuns(now time.Time) (long []LongRun) {
	var stacks Stacks
	if d.cfg.Report != nil {
		stacks = allStacks()
	}
	for run := range d.cfg.Runs {
		key := run.Key()
		o, again := d.seen[key]
		if !again || !d.isLong(o, now) {
			continue
		}
		o.reported = true
		d.seen[key] = o
		d.found.Add(1)
		l := LongRun{TaskID: run.TaskID(), RunningFor: now.Sub(o.first)}
		if stacks != nil {
			l.Stack = run.Stack(stacks)
		}
		long = append(long, l)
	}
	return long
}

// reportAll reports one run after the other, each next one deferred: a report may
// call runtime.Goexit.
func (d *Watchdog[K, R]) reportAll(long []LongRun) {
	if len(long) == 0 || d.cfg.Report == nil {
		return
	}
	defer d.reportAll(long[1:])
	d.cfg.CallUser(func() { d.cfg.Report(long[0]) })
}

// scheduleNext sets the timer for the next check if there are runs, and ends the
// check otherwise.
func (d *Watchdog[K, R]) scheduleNext() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.stopped && (len(d.seen) > 0 || !d.disarm()) {
		d.schedule()
		return
	}
	d.pending = false
	if d.checked != nil {
		close(d.checked)
		d.checked = nil
	}
}

// disarm leaves it to the next Wake to set the timer. It returns false if a run
// began meanwhile whose Wake left that to the caller.
func (d *Watchdog[K, R]) disarm() bool {
	d.armed.Store(false)
	for range d.cfg.Runs {
		return !d.armed.CompareAndSwap(false, true)
	}
	return true
}

// Stop stops the timer. It must be called after the last run began, and may be called
// again. If a check is in progress, Stop waits for it and its reports, at most until
// done is closed.
func (d *Watchdog[K, R]) Stop(done <-chan struct{}) {
	d.mu.Lock()
	d.stopped = true
	if !d.pending || d.timer.Stop() {
		d.pending = false
		d.mu.Unlock()
		return
	}
	if d.checked == nil {
		d.checked = make(chan struct{})
	}
	checked := d.checked
	d.mu.Unlock()
	select {
	case <-checked:
	case <-done:
	}
}
