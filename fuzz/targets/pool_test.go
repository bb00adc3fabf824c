package targets_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// tick is the grain of a lifecycle: all operations fall on whole ticks, and what tasks do
// of their own falls beside them, so that each operation finds all at rest.
const tick = time.Millisecond

// A lifecycle is one pool and all that is done to it.
type lifecycle struct {
	t       *testing.T
	p       *pool.WorkerPool
	line    *line // what must come of it; nil where that is not settled
	cfg     pool.Config
	retries int
	limited bool // in how often runs start
	begun   time.Time
	kill    context.CancelFunc
	ctx     context.Context // of Start
	started bool
	closed  bool

	mu      sync.Mutex
	entries []*entry
	waits   []*bool
	stops   []*stopped
}

// An entry is what was seen of one task.
type entry struct {
	name     string
	job      *job
	bare     bool // tells no outcome
	cancel   func()
	returned bool // the submission has
	waited   bool // it was to wait for the outcome
	backAt   time.Duration
	accepted bool
	runs     int
	startAt  time.Duration // of the first run
	told     []pool.Result
	toldAt   time.Duration
}

type stopped struct {
	returned bool
	err      error
}

func newLifecycle(t *testing.T, s *script) *lifecycle {
	l := &lifecycle{t: t, begun: time.Now(), cfg: pool.Config{
		Workers:   one(s, 1, 1, 1, 2, 3, 0),
		QueueSize: one(s, 1, 2, 3, 0, 8),
	}}
	features, policy := s.roll(256), pool.Overflow(s.roll(8))
	has := func(bit int) bool { return features&(1<<bit) != 0 }
	exact := l.cfg.Workers == 1
	var opts []pool.Option
	l.cfg.Priority = has(0)
	if policy > pool.CallerRuns || l.cfg.Priority && policy == pool.DropOldest {
		policy = pool.Block
	}
	opts = append(opts, pool.WithOverflow(policy))
	if has(1) {
		l.cfg.TaskTimeout = time.Duration(1+s.roll(8))*tick + tick/2
	}
	if has(2) {
		opts = append(opts, pool.WithMetrics(nobody{}))
	}
	if has(3) {
		opts = append(opts, pool.WithHistograms(1))
	}
	if has(4) {
		exact = false
		l.retries = 1 + s.roll(3)
		opts = append(opts, pool.WithRetry(l.retries, time.Duration(s.roll(8))*tick/2))
	}
	if has(5) {
		exact = false
		l.limited = true
		opts = append(opts, pool.WithRateLimit(float64(50+100*s.roll(10))))
	}
	if has(6) && l.cfg.Priority {
		exact = false
		opts = append(opts, pool.WithPriorityAging(1+s.roll(8)))
	}
	if has(7) {
		opts = append(opts, pool.WithWatchdog(3*tick, nil))
	}
	l.p = pool.New(l.cfg, opts...)
	if exact {
		l.line = &line{capacity: l.cfg.QueueSize, policy: policy, priority: l.cfg.Priority}
	}
	l.ctx, l.kill = context.WithCancel(context.Background())
	return l
}

// nobody is a collector that collects nothing.
type nobody struct{}

func (nobody) TaskDone(pool.Result) {}
func (nobody) TaskEvent(pool.Event) {}

func (l *lifecycle) start() {
	if err := l.p.Start(l.ctx); (err == nil) == (l.started || l.closed) {
		l.t.Fatalf("Start: %v, with started %v, stopped %v", err, l.started, l.closed)
	} else if err == nil {
		l.started = true
		if l.line != nil {
			l.line.begin()
		}
	}
}

func (l *lifecycle) since() time.Duration { return time.Since(l.begun) }

// entry makes another task. Its function is body.
func (l *lifecycle) entry(s *script, name string) *entry {
	how := s.roll(256)
	e := &entry{name: name, startAt: -1, job: &job{
		takes:    time.Duration(how>>4&7)*tick + time.Microsecond,
		heeds:    how&8 != 0,
		ends:     ending(how & 7),
		timeout:  l.cfg.TaskTimeout,
		priority: how >> 6,
	}}
	if e.job.ends >= endings || e.job.ends == failsForGood || e.job.ends == asksForDelay {
		e.job.ends = succeeds
	}
	if e.job.ends == exits && name != "Submit" && name != "TrySubmit" {
		e.job.ends = fails // it would end the submitter's goroutine where that runs it
	}
	l.entries = append(l.entries, e)
	e.name = fmt.Sprint(name, " ", len(l.entries)-1)
	return e
}

func (l *lifecycle) body(e *entry) func(context.Context) (any, error) {
	return func(ctx context.Context) (any, error) {
		l.mu.Lock()
		e.runs++
		if e.runs == 1 {
			e.startAt = l.since()
		}
		child := e.job.child
		l.mu.Unlock()
		if child > 0 {
			l.nest(ctx, child)
		}
		return run{takes: e.job.takes, heeds: e.job.heeds, ends: e.job.ends}.do(ctx, 0)
	}
}

// nest submits a task from inside another, and waits for it.
func (l *lifecycle) nest(ctx context.Context, takes time.Duration) {
	e := &entry{name: "nested", job: &job{takes: takes, ends: succeeds}}
	_, err := l.p.SubmitWait(ctx, pool.NewTask(func(context.Context) (any, error) {
		l.mu.Lock()
		e.runs++
		l.mu.Unlock()
		time.Sleep(takes)
		return nil, nil
	}, l.tell(e), pool.WithTaskTimeout(0), pool.WithTaskRetry(0)))
	l.mu.Lock()
	defer l.mu.Unlock()
	e.returned, e.accepted = true, len(e.told) > 0
	if err != nil && !errors.Is(err, pool.ErrStopped) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		l.t.Errorf("a nested SubmitWait: %v", err)
	}
	l.entries = append(l.entries, e)
}

func (l *lifecycle) tell(e *entry) pool.TaskOption {
	return pool.WithTaskCallback(func(r pool.Result) {
		l.mu.Lock()
		defer l.mu.Unlock()
		e.told = append(e.told, r)
		e.toldAt = l.since()
	})
}

// task returns the task of an entry, with options from the script.
func (l *lifecycle) task(s *script, e *entry, opts ...pool.TaskOption) pool.Task {
	opts = append(opts, l.tell(e), pool.WithTaskPriority(e.job.priority))
	switch s.roll(4) {
	case 1:
		e.job.timeout = time.Duration(1+s.roll(8))*tick + tick/2
		opts = append(opts, pool.WithTaskTimeout(e.job.timeout))
	case 2:
		e.job.child = time.Duration(1+s.roll(4))*tick + 10*time.Microsecond
	}
	return pool.NewTask(l.body(e), opts...)
}

// submit runs a submission on a goroutine of its own and tells the line of it.
func (l *lifecycle) submit(e *entry, waits, try bool, call func() error) {
	if l.line != nil {
		l.line.submit(e.job, waits, try)
	}
	go func() {
		err := call()
		l.mu.Lock()
		defer l.mu.Unlock()
		e.returned, e.waited, e.backAt = true, waits, l.since()
		if waits {
			return // what it returns is the outcome
		}
		e.accepted = err == nil
		l.checkRefusal(e, err)
	}()
}

func (l *lifecycle) checkRefusal(e *entry, err error) {
	for _, may := range []error{nil, pool.ErrStopped, pool.ErrQueueFull, pool.ErrDropped, pool.ErrNotStarted} {
		if errors.Is(err, may) {
			return
		}
	}
	l.t.Errorf("%s returned %v", e.name, err)
}

// do carries out one operation.
func (l *lifecycle) do(s *script) {
	switch s.roll(16) {
	case 0:
		e := l.entry(s, "SubmitFunc")
		e.bare, e.job.priority = true, 0
		if e.job.ends == exits {
			e.job.ends = fails
		}
		l.submit(e, false, false, func() error {
			return l.p.SubmitFunc(func(ctx context.Context) error { _, err := l.body(e)(ctx); return err })
		})
	case 1, 2:
		e := l.entry(s, "Submit")
		if l.runsOnSubmitters() && e.job.ends == exits {
			e.job.ends = fails
		}
		task := l.task(s, e)
		l.submit(e, false, false, func() error { return l.p.Submit(task) })
	case 3:
		e := l.entry(s, "TrySubmit")
		task := l.task(s, e)
		l.submit(e, false, true, func() error { return l.p.TrySubmit(task) })
	case 4, 5:
		e := l.entry(s, "SubmitContext")
		ctx, cancel := context.WithCancel(context.Background())
		e.cancel = cancel
		task := l.task(s, e)
		l.submit(e, false, false, func() error { return l.p.SubmitContext(ctx, task) })
	case 6, 7:
		e := l.entry(s, "SubmitWait")
		ctx, cancel := context.WithCancel(context.Background())
		e.cancel = cancel
		task := l.task(s, e)
		l.submit(e, true, false, func() error { _, err := l.p.SubmitWait(ctx, task); return err })
	case 8:
		l.future(s)
	case 9, 10:
		l.callOff(s.roll(256))
	case 11:
		l.meddle(s)
	case 12, 13, 14:
		l.rest(time.Duration(1+s.roll(8)) * tick)
	case 15:
		switch n := s.roll(16); n {
		case 15:
			l.stop(time.Duration(s.roll(20)) * tick)
		case 14:
			if l.line == nil {
				l.kill()
				l.closed = l.closed || l.started
			}
		default:
			l.start()
		}
	}
	l.look()
}

func (l *lifecycle) runsOnSubmitters() bool { return l.line == nil || l.line.policy == pool.CallerRuns }

func (l *lifecycle) future(s *script) {
	e := l.entry(s, "Go")
	opts := []pool.TaskOption{l.tell(e), pool.WithTaskPriority(e.job.priority)}
	var f *pool.Future[any]
	l.submit(e, false, false, func() error {
		made, err := pool.Go(l.p, l.body(e), opts...)
		l.mu.Lock()
		defer l.mu.Unlock()
		f = made
		return err
	})
	e.cancel = func() {
		l.mu.Lock()
		made := f
		l.mu.Unlock()
		if made != nil {
			made.Cancel()
		}
	}
}

// callOff ends the context of one of the tasks, whatever became of it.
func (l *lifecycle) callOff(which int) {
	l.mu.Lock()
	var able []*entry
	for _, e := range l.entries {
		if e.cancel != nil {
			able = append(able, e)
		}
	}
	l.mu.Unlock()
	if len(able) == 0 {
		return
	}
	e := able[which%len(able)]
	if l.line != nil {
		// A place that comes free between two looks of the worker may be filled
		// before or after the second: with priorities that is another order.
		if l.line.priority && l.line.policy == pool.Block && l.line.capacity > 0 {
			return
		}
		if !e.returned && len(e.name) > 2 && e.name[:2] == "Go" {
			return // its future is not there yet
		}
		l.line.callOff(e.job)
	}
	e.cancel()
}

// meddle does what only laws, and no line, can tell the outcome of.
func (l *lifecycle) meddle(s *script) {
	switch how := s.roll(4); {
	case how < 2:
		done := new(bool)
		l.waits = append(l.waits, done)
		go func() {
			_ = l.p.Wait()
			l.mu.Lock()
			defer l.mu.Unlock()
			*done = true
		}()
	case l.line != nil:
	case how == 2:
		l.p.Resize(s.roll(6))
	default:
		l.group(s)
	}
}

func (l *lifecycle) group(s *script) {
	g := pool.NewGroup(l.p)
	for range 1 + s.roll(4) {
		e := l.entry(s, "member")
		e.bare, e.job.child = true, 0
		e.returned = true
		if err := g.TryGo(func(ctx context.Context) error { _, err := l.body(e)(ctx); return err }); err == nil {
			e.accepted = true
		}
	}
	if !l.started {
		return // its Wait would be nobody's
	}
	done := new(bool)
	l.waits = append(l.waits, done)
	go func() {
		_ = g.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		*done = true
	}()
}

func (l *lifecycle) stop(grace time.Duration) {
	grace += 700 * time.Microsecond
	l.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	if l.line != nil && !l.line.closed {
		l.line.stop(grace)
	} else if l.line != nil {
		l.line.deadline = min(l.line.deadline, l.line.now+grace)
	}
	st := new(stopped)
	l.stops = append(l.stops, st)
	go func() {
		defer cancel()
		err := l.p.Stop(ctx)
		l.mu.Lock()
		defer l.mu.Unlock()
		st.returned, st.err = true, err
	}()
}

// rest lets time pass.
func (l *lifecycle) rest(d time.Duration) {
	time.Sleep(d)
	if l.line != nil {
		l.line.runTo(l.since())
	}
}

// look waits until all is still, and asks what must hold then.
func (l *lifecycle) look() {
	synctest.Wait()
	s := l.p.Stats()
	settled := s.CompletedTasks + s.FailedTasks + s.DroppedTasks + s.CancelledTasks
	// A task that waits for the rate limit on its submitter's goroutine is in no column.
	hidden := s.SubmittedTasks - settled - int64(s.QueuedTasks+s.RunningTasks+s.WaitingRetries)
	if hidden < 0 || hidden > 0 && !l.limited {
		l.t.Fatalf("the columns do not add up: %+v", s)
	}
	if s.ActiveWorkers < 0 || s.RunningTasks < 0 || s.OverdueTasks < 0 || s.QueuedTasks < 0 || s.Goroutines < s.ActiveWorkers || s.ContainedPanics != 0 {
		l.t.Fatalf("out of bounds: %+v", s)
	}
	m := l.line
	if m == nil {
		return
	}
	m.runTo(l.since())
	active := 0
	if m.worker != nil {
		active = 1
	}
	want := s
	want.SubmittedTasks, want.RejectedTasks = m.accepted, m.rejected
	want.CompletedTasks, want.FailedTasks = m.settled[pool.Completed], m.settled[pool.Failed]
	want.DroppedTasks, want.CancelledTasks = m.settled[pool.Dropped], m.settled[pool.Cancelled]
	want.ActiveWorkers, want.QueuedTasks = active, m.waiting()
	want.OverdueTasks, want.RunningTasks = m.overdue(), len(m.running)-m.overdue()
	want.Workers = 1
	if s != want {
		l.t.Fatalf("after %v\n%+v, want\n%+v", l.since(), s, want)
	}
}

// end stops the pool and looks at what is left.
func (l *lifecycle) end(grace time.Duration) {
	if !l.started && !l.closed {
		l.start()
		l.look()
	}
	l.stop(grace)
	l.rest(time.Hour)
	l.look()
	l.kill()
	if err := l.p.Stop(context.Background()); err != nil && !errors.As(err, new(*pool.StopError)) {
		l.t.Errorf("a Stop at the end: %v", err)
	}
	synctest.Wait()
	s := l.p.Stats()
	if s.QueuedTasks+s.RunningTasks+s.WaitingRetries+s.OverdueTasks+s.ActiveWorkers+s.Goroutines != 0 {
		l.t.Errorf("something is left: %+v", s)
	}
	for _, st := range l.stops {
		if lost := new(*pool.StopError); !st.returned || st.err != nil && !errors.As(st.err, lost) {
			l.t.Errorf("Stop: returned %v, %v", st.returned, st.err)
		}
	}
	for _, done := range l.waits {
		if !*done && l.started {
			l.t.Error("a Wait has not returned")
		}
	}
	l.account(s)
}

// account asks each task for its outcome.
func (l *lifecycle) account(s pool.Stats) {
	accepted := int64(0)
	for _, e := range l.entries {
		switch {
		case !e.returned:
			l.t.Errorf("%s has not returned", e.name)
		case e.bare:
			if e.runs > 0 && !e.accepted {
				l.t.Errorf("%s was refused, and ran", e.name)
			}
		default:
			e.accepted = e.accepted || len(e.told) > 0
			l.accountOf(e)
		}
		if e.accepted {
			accepted++
		}
		if e.runs > 1+l.retries {
			l.t.Errorf("%s ran %d times with %d retries", e.name, e.runs, l.retries)
		}
		if l.line != nil && e.name != "nested" && (e.startAt != e.job.startedAt || e.accepted == e.job.refused) {
			l.t.Errorf("%s: accepted %v, started at %v, want %v, %v", e.name, e.accepted, e.startAt, !e.job.refused, e.job.startedAt)
		}
	}
	if s.SubmittedTasks != accepted {
		l.t.Errorf("%d tasks were accepted: %+v", accepted, s)
	}
}

func (l *lifecycle) accountOf(e *entry) {
	if outcomes := len(e.told); (outcomes == 1) != e.accepted || outcomes > 1 || outcomes == 0 && e.runs > 0 {
		l.t.Errorf("%s: accepted %v, ran %d times, %d outcomes", e.name, e.accepted, e.runs, outcomes)
		return
	}
	if !e.accepted {
		return
	}
	r := e.told[0]
	why := ""
	switch {
	case r.Runs != e.runs:
		why = "the runs are not counted right"
	case (r.Error == nil) != (r.Outcome == pool.Completed):
		why = "the error and the outcome do not agree"
	case (r.Outcome == pool.Dropped || r.Outcome == pool.Cancelled) != (r.Runs == 0):
		why = "what never ran is dropped or cancelled, and nothing else"
	case r.Outcome == pool.Cancelled && !errors.Is(r.Error, pool.ErrNotStarted),
		r.Outcome == pool.Dropped && !errors.Is(r.Error, pool.ErrStopped) && !errors.Is(r.Error, pool.ErrDropped):
		why = "the error is another"
	case l.line != nil && e.waited && e.backAt != e.job.answered():
		why = fmt.Sprintf("SubmitWait returned after %v, want %v", e.backAt, e.job.answered())
	case l.line != nil && e.name != "nested" && (r.Outcome != e.job.outcome || e.toldAt != e.job.at):
		why = fmt.Sprintf("want %v after %v", e.job.outcome, e.job.at)
	}
	if why != "" {
		l.t.Errorf("%s: after %v %+v, %d runs: %s", e.name, e.toldAt, r, e.runs, why)
	}
}

func FuzzPool(f *testing.F) {
	const (
		priority, timeout, collector, histograms, retry, rate, aging, watchdog = 1, 2, 4, 8, 16, 32, 64, 128
		start, stop                                                            = 15, 15
	)
	// One worker, a queue of one: submitters wait for room, one gives up, Stop has time.
	f.Add([]byte{0, 0, 0, 0, 15, 0, 1, 0x21, 0, 1, 0x31, 0, 4, 0x41, 0, 4, 0x11, 0, 9, 1, 12, 7})
	// Each overflow policy with a full queue.
	f.Add([]byte{0, 0, 0, 1, 15, 0, 1, 0x71, 0, 1, 0x71, 0, 1, 0x71, 0, 3, 1, 0})
	f.Add([]byte{0, 0, 0, 2, 15, 0, 1, 0x71, 0, 1, 0x71, 0, 1, 0x71, 0})
	f.Add([]byte{0, 0, 0, 3, 15, 0, 1, 0x71, 0, 1, 0x71, 0, 1, 0x71, 0})
	f.Add([]byte{0, 0, 0, 4, 15, 0, 1, 0x71, 0, 1, 0x71, 0, 1, 0x71, 0, 6, 0x21, 0})
	// Priorities turn the order; a task of its own timeout, cut short and running on.
	f.Add([]byte{0, 3, priority, 0, 15, 0, 1, 0x21, 0, 1, 0x01, 0, 1, 0xc1, 1, 0, 1, 0x79, 1, 0, 12, 7, 12, 7})
	// Tasks called off while they wait, while they run, and after.
	f.Add([]byte{0, 3, 0, 0, 15, 0, 4, 0x39, 0, 6, 0x21, 0, 8, 0x21, 9, 1, 9, 0, 9, 2, 12, 7, 9, 0})
	// Stop whose grace ends: what waits is dropped, who heeds its context is cut short.
	f.Add([]byte{0, 3, 0, 0, 15, 0, 1, 0x79, 0, 0, 0x71, 6, 0x11, 0, 15, 15, 2, 1, 0, 0, 12, 7})
	// Submissions before Start; Stop without Start.
	f.Add([]byte{0, 0, 0, 0, 1, 0x11, 0, 1, 0x11, 0, 6, 0x11, 0, 15, 0})
	f.Add([]byte{0, 1, 0, 0, 1, 0x11, 0, 0, 0x11, 15, 15, 3})
	// A task that waits for one of its own on the only worker, and panics.
	f.Add([]byte{0, 0, 0, 0, 15, 0, 1, 0x14, 2, 3, 1, 0x15, 0, 12, 7})
	// Laws alone: several workers, retries, a rate, a resize and a group.
	f.Add([]byte{3, 2, retry | rate | timeout, 0, 3, 2, 3, 4, 15, 0, 0, 0x20, 1, 0x10, 0, 11, 3, 3, 1, 2, 3, 11, 2, 1, 4, 8, 0, 12, 7, 9, 0})
	f.Add([]byte{3, 3, priority | aging | retry | collector | histograms | watchdog, 0, 1, 1, 2, 15, 0, 1, 0x70, 0, 1, 0x78, 0, 12, 7, 15, 14})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := script(data)
		synctest.Test(t, func(t *testing.T) {
			l := newLifecycle(t, &s)
			if err := l.p.Validate(); err != nil {
				t.Fatal(err)
			}
			defer l.release()
			for range 100 {
				if len(s) == 0 {
					break
				}
				l.do(&s)
			}
			l.end(time.Duration(len(data)%2) * time.Minute)
		})
	})
}

// release lets everything go where the lifecycle failed: a bubble with goroutines left in
// it would end the process.
func (l *lifecycle) release() {
	l.kill()
	if !l.t.Failed() {
		return
	}
	_ = l.p.Start(context.Background()) // for those who wait for what is queued
	for range 2 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		_ = l.p.Stop(ctx)
		cancel()
		time.Sleep(time.Hour)
		runtime.Gosched()
	}
}
