// Package lifecycle runs whole lifecycles of pools of random shape, with random operations
// from many goroutines, and checks that each accepted task was resolved once.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/user/millrace/pool"
)

// A Report is the result of a lifecycle.
type Report struct {
	Shape string
	Tasks int64 // number of accepted tasks
	Err   error // violations of the laws; nil if there are none
}

// ErrStuck is the error of a lifecycle that did not end. Its goroutines are still there.
var ErrStuck = errors.New("lifecycle: a pool did not end")

// Run makes a pool, runs submitters with about effort operations each, ends the pool and
// checks its accounts. It gives up after patience.
func Run(d Dice, effort int, patience time.Duration) Report {
	s := newShape(d, effort)
	if chance(d, 5) {
		c := newCalls(s, d)
		return run("FuncPool, "+s.String(), c.live, c.p.Stats, &c.errs, patience)
	}
	l := newLifecycle(s, d)
	return run(s.String(), l.live, l.p.Stats, &l.errs, patience)
}

func run(shape string, live func(), stats func() pool.Stats, errs *mistakes, patience time.Duration) Report {
	report := Report{Shape: shape}
	done := make(chan struct{})
	go func() {
		defer close(done)
		live()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		report.Err = fmt.Errorf("%w within %v; stats %+v\n%s", ErrStuck, patience, stats(), stacks())
		return report
	}
	report.Tasks = stats().SubmittedTasks
	report.Err = errors.Join(errs.take()...)
	return report
}

func stacks() []byte {
	buf := make([]byte, 1<<22)
	return buf[:runtime.Stack(buf, true)]
}

// A lifecycle is one pool and its use.
type lifecycle struct {
	shape
	p       *pool.WorkerPool
	dice    []Dice // one for each submitter, and one more
	ledger  ledger
	errs    mistakes
	begin   context.CancelCauseFunc // ends the context given to Start
	running sync.WaitGroup          // submitters
}

func newLifecycle(s shape, d Dice) *lifecycle {
	return &lifecycle{shape: s, p: pool.New(s.cfg, s.opts...), dice: split(d, s.submitters+1)}
}

func (l *lifecycle) live() {
	ctx, cancel := context.WithCancelCause(context.Background())
	l.begin = cancel
	defer cancel(nil)
	if err := l.p.Validate(); err != nil {
		l.errs.add("the shape is not valid: %w", err)
		return
	}
	if l.end != neverStart {
		if err := l.p.Start(ctx); err != nil {
			l.errs.add("Start: %w", err)
			return
		}
	}
	for i := range l.submitters {
		l.running.Go(func() { l.submit(l.dice[i]) })
	}
	l.running.Go(func() { l.meddle(l.dice[l.submitters]) })
	l.stop()
	l.running.Wait()
	l.join()
	l.ledger.check(l)
}

// meddle resizes the pool and checks its statistics.
func (l *lifecycle) meddle(d Dice) {
	for range l.resizes {
		l.p.Resize(1 + d.Roll(16))
		l.look()
		runtime.Gosched()
	}
}

// look checks that each statistic is within its bounds.
func (l *lifecycle) look() {
	s := l.p.Stats()
	for name, n := range map[string]int64{
		"Workers": int64(s.Workers), "ActiveWorkers": int64(s.ActiveWorkers), "QueuedTasks": int64(s.QueuedTasks),
		"RunningTasks": int64(s.RunningTasks), "WaitingRetries": int64(s.WaitingRetries), "OverdueTasks": int64(s.OverdueTasks),
		"TotalDuration": int64(s.TotalDuration),
	} {
		if n < 0 {
			l.errs.add("%s is %d: %+v", name, n, s)
		}
	}
	if settled := s.CompletedTasks + s.FailedTasks + s.DroppedTasks + s.CancelledTasks; settled > s.SubmittedTasks {
		l.errs.add("more tasks settled than submitted: %+v", s)
	}
}

// stop ends the pool as the shape says. join waits for the rest.
func (l *lifecycle) stop() {
	grace := time.Minute
	if !l.graceful {
		grace = 200 * time.Microsecond
	}
	stop := func() {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		l.errs.ofStop(l.p.Stop(ctx), false)
	}
	switch l.end {
	case stopAfter, neverStart:
		l.running.Wait()
		stop()
	case stopAmid:
		stop()
	case cancelAmid:
		l.begin(errCalledOff)
	case stopByMany:
		var all sync.WaitGroup
		for range 4 {
			all.Go(stop)
		}
		all.Wait()
	}
}

var errCalledOff = errors.New("lifecycle: called off")

// join waits until nothing of the pool is left.
func (l *lifecycle) join() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	l.errs.ofStop(l.p.Stop(ctx), true)
	if err := l.p.SubmitFunc(func(context.Context) error { return nil }); !errors.Is(err, pool.ErrStopped) {
		l.errs.add("a submission after Stop returned %v", err)
	}
}

// mistakes keeps the first few errors.
type mistakes struct {
	mu   sync.Mutex
	errs []error
}

func (m *mistakes) add(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.errs) < 8 {
		m.errs = append(m.errs, fmt.Errorf(format, args...))
	}
}

// ofStop checks the error of Stop; patient says that it had a minute.
func (m *mistakes) ofStop(err error, patient bool) {
	var lost *pool.StopError
	if err != nil && !errors.As(err, &lost) {
		m.add("Stop returned %w", err)
	}
	if lost != nil && patient && lost.Running.Count > 0 {
		m.add("still running after a minute: %w", err)
	}
}

func (m *mistakes) take() []error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.errs
}
