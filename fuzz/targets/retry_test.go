package targets_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// An ending is how a run comes to its end, unless the end of its context cuts it.
type ending int

const (
	fails ending = iota
	succeeds
	failsForGood // with an error that WithRetryIf refuses
	asksForDelay // with an error that WithRetryAfter reads
	panics
	exits
	endings
)

// A run is what one run of a task does.
type run struct {
	takes   time.Duration
	heeds   bool // returns at once when its context ends
	ends    ending
	waitFor time.Duration // asksForDelay
}

// A plan is one task: when it is submitted, and what its runs do. Runs beyond the
// last do what the last does.
type plan struct {
	at      time.Duration
	retries int // of its own; less than 0: none
	timeout time.Duration
	runs    []run
}

func (p *plan) run(number int) run { return p.runs[min(number, len(p.runs))-1] }

// A regime is what the pool says about retries.
type regime struct {
	retries  int
	delay    time.Duration // less than 0: WithRetry is not given
	backoff  bool
	factor   int
	most     time.Duration
	jitter   float64
	retryIf  bool
	after    bool
	timeout  time.Duration
	budgeted bool
	ratio    float64
	reserve  int
	stopAt   time.Duration // less than 0: once all is done
	grace    time.Duration
}

var (
	errFlaky = errors.New("flaky")
	errFinal = errors.New("final")
	errCut   = errors.New("cut short")
	errPanic = errors.New("a panic")
)

type askingError time.Duration

func (e askingError) Error() string { return "wait for " + time.Duration(e).String() }

// decodeRetries turns a script into a regime and plans.
//
// No two events of different tasks, nor one of a task and Stop, fall on the same
// instant, where either could come first: the times of task i are i microseconds
// past a multiple of the unit, those of Stop 500. And a run takes an odd number of
// units, while timeouts are even.
func decodeRetries(s *script) (regime, []plan) {
	unit := one(s, time.Second, time.Millisecond)
	units := func(n int) time.Duration { return time.Duration(s.roll(n)) * unit }
	g := regime{retries: s.roll(5), delay: units(8), stopAt: -1}
	features := s.roll(256)
	has := func(bit int) bool { return features&(1<<bit) != 0 }
	g.retryIf, g.after = has(0), has(1)
	if has(2) {
		g.delay = -1
		g.retries = 0
	}
	if has(3) {
		g.backoff, g.factor, g.most = true, 1+s.roll(3), units(40)+unit
	}
	if has(4) {
		g.timeout = 2*units(4) + 2*unit
	}
	switch {
	case has(5):
		g.budgeted, g.ratio, g.reserve = true, one(s, 0, 0.5, 1, 2), s.roll(4)
	case has(6) && g.backoff && !has(7):
		g.jitter = one(s, 0.5, 1)
	}
	if has(7) {
		g.stopAt, g.grace = units(60)+500*time.Microsecond, units(20)
	}
	plans := make([]plan, 1+s.roll(4))
	for i := range plans {
		p := &plans[i]
		p.at = units(30) + time.Duration(i)*time.Microsecond
		p.retries = s.roll(8) - 4
		p.timeout = 2 * units(4)
		p.runs = make([]run, 1+s.roll(4))
		for j := range p.runs {
			how := s.roll(256)
			p.runs[j] = run{
				takes:   time.Duration(1+2*(how>>4&3)) * unit,
				heeds:   how&8 != 0,
				ends:    ending(how&7) % endings,
				waitFor: time.Duration(how>>6)*3*unit - unit, // -1, 2, 5 or 8
			}
		}
	}
	return g, plans
}

func (g *regime) options() (opts []pool.Option) {
	if g.delay >= 0 {
		opts = append(opts, pool.WithRetry(g.retries, g.delay))
	}
	if g.backoff {
		opts = append(opts, pool.WithBackoff(pool.Backoff{Factor: float64(g.factor), Max: g.most, Jitter: g.jitter}))
	}
	if g.retryIf {
		opts = append(opts, pool.WithRetryIf(func(err error) bool { return !errors.Is(err, errFinal) }))
	}
	if g.after {
		opts = append(opts, pool.WithRetryAfter(func(err error) (time.Duration, bool) {
			var asks askingError
			ok := errors.As(err, &asks)
			return time.Duration(asks), ok
		}))
	}
	if g.budgeted {
		opts = append(opts, pool.WithRetryBudget(g.ratio, g.reserve))
	}
	return opts
}

// A witness is what was seen of one task.
type witness struct {
	refused error // what Submit returned
	starts  []time.Duration
	told    []pool.Result
	at      time.Duration // of the outcome
}

// carryOut runs the plans and returns what was seen of each task, the statistics at
// the end, and when Stop returned and what.
func carryOut(t *testing.T, g *regime, plans []plan) (seen []witness, stats pool.Stats, stopped time.Duration, stopErr error) {
	begin := time.Now()
	p := pool.New(pool.Config{Workers: len(plans), TaskTimeout: g.timeout}, g.options()...)
	if err := p.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen = make([]witness, len(plans))
	for i := range plans {
		go func() {
			time.Sleep(plans[i].at)
			err := p.Submit(witnessed(&mu, begin, &plans[i], &seen[i]))
			mu.Lock()
			defer mu.Unlock()
			seen[i].refused = err
		}()
	}
	if g.stopAt >= 0 {
		time.Sleep(g.stopAt)
		ctx, cancel := context.WithTimeout(context.Background(), g.grace)
		stopErr = p.Stop(ctx)
		cancel()
		stopped = time.Since(begin)
	}
	time.Sleep(24 * time.Hour)
	synctest.Wait()
	stats = p.Stats()
	if err := p.Stop(context.Background()); err != nil {
		t.Fatalf("Stop of a pool at rest: %v", err)
	}
	return seen, stats, stopped, stopErr
}

// witnessed returns a task that does what its plan says and writes down when.
func witnessed(mu *sync.Mutex, begin time.Time, p *plan, w *witness) pool.Task {
	opts := []pool.TaskOption{pool.WithTaskCallback(func(r pool.Result) {
		mu.Lock()
		defer mu.Unlock()
		w.told = append(w.told, r)
		w.at = time.Since(begin)
	})}
	if p.retries >= 0 {
		opts = append(opts, pool.WithTaskRetry(p.retries))
	}
	if p.timeout > 0 {
		opts = append(opts, pool.WithTaskTimeout(p.timeout))
	}
	return pool.NewTask(func(ctx context.Context) (any, error) {
		mu.Lock()
		w.starts = append(w.starts, time.Since(begin))
		number := len(w.starts)
		mu.Unlock()
		return p.run(number).do(ctx, number)
	}, opts...)
}

func (r run) do(ctx context.Context, number int) (any, error) {
	if r.heeds {
		select {
		case <-ctx.Done():
			return nil, errCut
		case <-time.After(r.takes):
		}
	} else {
		time.Sleep(r.takes)
	}
	switch r.ends {
	case succeeds:
		return number, nil
	case failsForGood:
		return nil, errFinal
	case asksForDelay:
		return nil, askingError(r.waitFor)
	case panics:
		panic(errPanic)
	case exits:
		runtime.Goexit()
	}
	return nil, errFlaky
}

func FuzzRetryTiming(f *testing.F) {
	const (
		retryIf, after, noRetry, backoff, timeout, budget, jitter, stop = 1, 2, 4, 8, 16, 32, 64, 128
		heeds, goesOn                                                   = 8, 0
	)
	// Each of several retries after the same delay; then the last error.
	f.Add([]byte{0, 3, 2, 0, 0, 0, 0, 0, 0, goesOn})
	// Delays that grow and are cut; with jitter.
	f.Add([]byte{1, 4, 1, backoff, 2, 7, 0, 0, 0, 0, 0, goesOn})
	f.Add([]byte{1, 4, 3, backoff | jitter, 1, 30, 1, 0, 0, 0, 0, 0, heeds})
	// The error says when: earlier than at once, and later than the backoff allows.
	f.Add([]byte{0, 3, 2, after | backoff, 1, 3, 1, 0, 0, 0, 2, 3, 0xc3, 0x43, 4, 0, 0, 0, 3})
	// A number of retries of the task's own, at the default delay.
	f.Add([]byte{0, 0, 0, noRetry, 0, 0, 6, 0, 0, goesOn})
	// Runs that time out: cut short, running on, and the last one running on.
	f.Add([]byte{0, 2, 1, timeout, 0, 0, 0, 0, 0, 2, 0x38, 0x30, 0x30})
	// A panic after the deadline of a run that is not the last.
	f.Add([]byte{0, 2, 1, timeout, 0, 0, 0, 0, 0, 0, 0x34})
	// The policy refuses an error; a task that ends its goroutine runs once.
	f.Add([]byte{0, 3, 1, retryIf, 1, 0, 0, 0, 1, 0, 2, 3, 0, 0, 0, 5})
	// A budget that several tasks share, in several windows.
	f.Add([]byte{0, 4, 3, budget, 2, 1, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 25, 0, 0, 0, 0, 26, 0, 0, 1, 0, 1})
	// Stop while retries wait that are due in time, and too late; and its grace ends.
	f.Add([]byte{0, 3, 4, stop, 7, 3, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, heeds})
	f.Add([]byte{0, 3, 7, stop | timeout, 0, 5, 4, 2, 0, 0, 0, 0, 0x38, 1, 0, 0, 0, 0x30, 2, 0, 0, 0, 0x34})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := script(data)
		g, plans := decodeRetries(&s)
		synctest.Test(t, func(t *testing.T) {
			seen, stats, stopped, stopErr := carryOut(t, &g, plans)
			m := newTiming(&g, plans, seen)
			m.simulate()
			m.compare(t, stats, stopped, stopErr)
			if t.Failed() {
				t.Logf("%+v", g)
				for i := range plans {
					t.Logf("task %d: %+v\nseen: %+v", i, plans[i], seen[i])
				}
			}
		})
	})
}

// compare holds what the model says against what was seen.
func (m *timing) compare(t *testing.T, stats pool.Stats, stopped time.Duration, stopErr error) {
	if m.err != nil {
		t.Error(m.err)
		return
	}
	var submitted, completed, failed int64
	for i, task := range m.tasks {
		seen := &m.seen[i]
		if task.refused {
			if !errors.Is(seen.refused, pool.ErrStopped) || len(seen.starts)+len(seen.told) > 0 {
				t.Errorf("task %d: want it refused, got %v, %d runs", i, seen.refused, len(seen.starts))
			}
			continue
		}
		submitted++
		if seen.refused != nil || !slices.Equal(seen.starts, task.starts) {
			t.Errorf("task %d: submitted %v, started at %v, want %v", i, seen.refused, seen.starts, task.starts)
		}
		if len(seen.told) != 1 {
			t.Errorf("task %d: %d outcomes", i, len(seen.told))
			continue
		}
		got, want := seen.told[0], task.outcome
		if seen.at != task.outcomeAt || got.Duration != want.Duration || got.Runs != want.Runs || got.Value != want.Value || got.Outcome != want.Outcome {
			t.Errorf("task %d: after %v %+v, want after %v %+v", i, seen.at, got, task.outcomeAt, want)
		}
		if why := differ(got.Error, want.Error); why != "" {
			t.Errorf("task %d: %s", i, why)
		}
		if got.Outcome == pool.Completed {
			completed++
		} else {
			failed++
		}
	}
	if stats.SubmittedTasks != submitted || stats.CompletedTasks != completed || stats.FailedTasks != failed || stats.Retries != m.retries ||
		stats.WaitingRetries != 0 || stats.OverdueTasks != 0 || stats.RunningTasks != 0 || stats.QueuedTasks != 0 {
		t.Errorf("%+v, want %d submitted, %d completed, %d failed, %d retries", stats, submitted, completed, failed, m.retries)
	}
	m.compareStop(t, stopped, stopErr)
}

func (m *timing) compareStop(t *testing.T, at time.Duration, err error) {
	if m.stopAt < 0 {
		return
	}
	deadline := m.stopAt + m.grace
	quiet, stuck := m.stopAt, 0
	for _, task := range m.tasks {
		if !task.refused {
			quiet = max(quiet, task.returned)
		}
		if task.returned > deadline {
			stuck++
		}
	}
	var lost *pool.StopError
	switch {
	case quiet < deadline && (err != nil || at != quiet):
		t.Errorf("Stop returned %v after %v, want nil after %v", err, at, quiet)
	case quiet >= deadline && at != deadline:
		t.Errorf("Stop returned %v after %v, want it at %v", err, at, deadline)
	case stuck > 0 && (!errors.As(err, &lost) || lost.Running.Count < stuck || lost.NeverRun.Count != 0 || !errors.Is(err, context.DeadlineExceeded)):
		t.Errorf("Stop returned %v with %d functions running on", err, stuck)
	}
}

// differ says how two errors of tasks differ, "" if they do not. errPanic stands for
// a *pool.PanicError that wraps it.
func differ(got, want error) string {
	var g, w *pool.RetryError
	if again := errors.As(want, &w); again != errors.As(got, &g) {
		return fmt.Sprintf("the error is %v, want %v", got, want)
	} else if again {
		if g.Runs != w.Runs || g.Cause != w.Cause {
			return fmt.Sprintf("%d runs and the cause %v, want %d and %v", g.Runs, g.Cause, w.Runs, w.Cause)
		}
		got, want = g.Err, w.Err
	}
	if want == errPanic {
		if caught := new(*pool.PanicError); !errors.As(got, caught) || (*caught).Value != any(errPanic) {
			return fmt.Sprintf("the error is %v, want that of a panic", got)
		}
	} else if got != want {
		return fmt.Sprintf("the error is %v, want %v", got, want)
	}
	return ""
}
