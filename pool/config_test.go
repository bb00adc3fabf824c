package pool_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

func TestInvalidConfigNamesFieldAndValue(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  pool.Config
		opts []pool.Option
		want []string // one for each line of the message
	}{
		{"negative workers", pool.Config{Workers: -3}, nil, []string{"Workers = -3: must be at least 0"}},
		{"too many workers", pool.Config{Workers: 1 << 20}, nil, []string{"Workers = 1048576: must be at most 1048575"}},
		{"negative queue", pool.Config{QueueSize: -1}, nil, []string{"QueueSize = -1: must be at least 0"}},
		{"too long a queue", pool.Config{QueueSize: math.MaxInt32}, nil, []string{"QueueSize = 2147483647: must be at most 1073741824"}},
		{"negative task timeout", pool.Config{TaskTimeout: -time.Second}, nil, []string{"TaskTimeout = -1s: must be at least 0"}},
		{"negative shutdown timeout", pool.Config{ShutdownTimeout: -1}, nil, []string{"ShutdownTimeout = -1ns: must be at least 0"}},
		{"no policy", pool.Config{}, []pool.Option{pool.WithOverflow(99)}, []string{"unknown overflow policy 99"}},
		{"negative retries", pool.Config{}, []pool.Option{pool.WithRetry(-1, 0)}, []string{"Retry attempts = -1: must be at least 0"}},
		{"negative retry delay", pool.Config{}, []pool.Option{pool.WithRetry(1, -1)}, []string{"Retry delay = -1ns: must be at least 0"}},
		{"rate of nothing", pool.Config{}, []pool.Option{pool.WithRateLimit(0)}, []string{"RateLimit = 0: must be a finite number above 0"}},
		{"negative rate", pool.Config{}, []pool.Option{pool.WithRateLimit(-1)}, []string{"RateLimit = -1: must be a finite number above 0"}},
		{"rate is no number", pool.Config{}, []pool.Option{pool.WithRateLimit(math.NaN())}, []string{"RateLimit = NaN: must be a finite number above 0"}},
		{"rate without end", pool.Config{}, []pool.Option{pool.WithRateLimit(math.Inf(1))}, []string{"RateLimit = +Inf: must be a finite number above 0"}},
		{"nil collector", pool.Config{}, []pool.Option{pool.WithMetrics(nil)}, []string{"Metrics = <nil>: must not be nil"}},

		{"the oldest dropped of tasks with priorities", pool.Config{Priority: true}, []pool.Option{pool.WithOverflow(pool.DropOldest)}, []string{"Overflow = DropOldest: must be another policy in a pool with priorities"}},
		{"aging by nothing", pool.Config{}, []pool.Option{pool.WithPriorityAging(0)}, []string{"PriorityAging = 0: must be at least 1"}},
		{"negative aging", pool.Config{}, []pool.Option{pool.WithPriorityAging(-1)}, []string{"PriorityAging = -1: must be at least 1"}},
		{"rate burst of nothing", pool.Config{}, []pool.Option{pool.WithRateLimit(1), pool.WithRateBurst(0)}, []string{"RateBurst = 0: must be in [1, "}},
		{"negative search", pool.Config{}, []pool.Option{pool.WithSearch(-1)}, []string{"Search = -1ns: must be at least 0"}},
		{"negative sampling", pool.Config{}, []pool.Option{pool.WithHistograms(-1)}, []string{"Histograms = -1: must be at least 0"}},

		{
			"all at once",
			pool.Config{Workers: -1, QueueSize: -2, TaskTimeout: -3, ShutdownTimeout: -4},
			[]pool.Option{pool.WithOverflow(200), pool.WithPriorityAging(-5)},
			[]string{
				"Workers = -1", "QueueSize = -2", "TaskTimeout = -3ns", "ShutdownTimeout = -4ns",
				"unknown overflow policy 200", "PriorityAging = -5",
			},
		},
		{"option over config", pool.Config{Workers: 1}, []pool.Option{pool.WithWorkers(-7)}, []string{"Workers = -7"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := pool.New(test.cfg, test.opts...).Validate()
			if len(test.opts) == 0 && test.cfg.Validate().Error() != err.Error() {
				t.Errorf("Config.Validate: %v, want %v", test.cfg.Validate(), err)
			}
			require.ErrorIs(t, err, pool.ErrInvalidConfig, "Validate")
			lines := strings.Split(err.Error(), "\n")
			require.Len(t, lines, len(test.want), "Validate: %v", err)
			for i, want := range test.want {
				assert.Contains(t, lines[i], want, "error %d", i)
			}
		})
	}
}

func TestValidConfigIsValid(t *testing.T) {
	for _, cfg := range []pool.Config{
		{},
		{Workers: 1, QueueSize: 1, TaskTimeout: 1, ShutdownTimeout: 1},
		{Workers: 1<<20 - 1, QueueSize: 1 << 16, TaskTimeout: math.MaxInt64, ShutdownTimeout: math.MaxInt64},
	} {
		p := pool.New(cfg, nil) // a nil option is none
		assert.NoError(t, p.Validate(), cfg)
		assert.NoError(t, p.Stop(context.Background()))
	}
}

// Goal: a pool with an invalid configuration returns the same error from every method,
// and does nothing.
func TestInvalidConfigIsReturnedByEveryMethod(t *testing.T) {
	p := pool.New(pool.Config{Workers: -1, QueueSize: -1})
	want := p.Validate()
	ctx := context.Background()
	fn := func(context.Context) error { t.Error("a task ran"); return nil }
	run := taskOf(func() { t.Error("a task ran") })
	for name, call := range map[string]func() error{
		"Start":         func() error { return p.Start(ctx) },
		"Submit":        func() error { return p.Submit(run) },
		"SubmitFunc":    func() error { return p.SubmitFunc(fn) },
		"SubmitNilFunc": func() error { return p.SubmitFunc(nil) },
		"TrySubmit":     func() error { return p.TrySubmit(run) },
		"SubmitNil":     func() error { return p.Submit(nil) },
		"SubmitContext": func() error { return p.SubmitContext(endedContext(), run) },
		"SubmitWait":    func() error { _, err := p.SubmitWait(ctx, run); return err },
		"SubmitBatch":   func() error { _, err := p.SubmitBatch([]pool.Task{run}); return err },
		"Go": func() error {
			_, err := pool.Go(p, func(context.Context) (int, error) { return 0, fn(ctx) })
			return err
		},
		"Group": func() error {
			g := pool.NewGroup(p)
			g.Go(fn)
			return g.Wait()
		},
		"Wait":        p.Wait,
		"WaitContext": func() error { return p.WaitContext(endedContext()) },
		"Stop":        func() error { return p.Stop(ctx) },
		"Start again": func() error { return p.Start(ctx) },
	} {
		assert.Same(t, want, call(), "%s: the error of Validate", name)
	}
	p.Resize(5)
	assert.Equal(t, pool.Stats{}, p.Stats())
}

func TestDefaultIsTenWorkersWithoutBound(t *testing.T) {
	for _, cfg := range []pool.Config{{}, {Workers: 0, QueueSize: 0}} {
		p := pool.New(cfg)
		assert.Equal(t, 10, p.Stats().Workers)
		for i := range 100_000 {
			if err := p.TrySubmit(emptyTask); err != nil {
				t.Fatalf("TrySubmit %d: %v", i, err)
			}
		}
	}
}

func TestWithWorkersWinsOverConfig(t *testing.T) {
	for _, n := range []int{1, 3, 17} {
		p := livePool(t, pool.Config{Workers: 5}, pool.WithWorkers(n))
		assert.Equal(t, n, p.Stats().Workers)
		release := keepBusy(t, p, n) // so many run at a time
		entered := make(chan struct{})
		require.NoError(t, p.Submit(taskOf(func() { close(entered) })))
		s := p.Stats()
		assert.Equal(t, 1, s.QueuedTasks, s)
		assert.Equal(t, n, s.ActiveWorkers, s)
		release()
		<-entered
	}
	n := pool.New(pool.Config{Workers: 5}, pool.WithWorkers(0)).Stats().Workers
	assert.Equal(t, 10, n, "WithWorkers(0) means the default")
	assert.Equal(t, 4, pool.New(pool.Config{}, pool.WithWorkers(2), pool.WithWorkers(4)).Stats().Workers,
		"workers: those of the last option")
}

func TestWithQueueSizeWinsOverConfig(t *testing.T) {
	for _, size := range []int{1, 7} {
		p := pool.New(pool.Config{QueueSize: 3}, pool.WithQueueSize(size))
		for range size {
			require.NoError(t, p.TrySubmit(emptyTask))
		}
		assert.ErrorIs(t, p.TrySubmit(emptyTask), pool.ErrQueueFull, "size %d", size)
	}
	p := pool.New(pool.Config{QueueSize: 3}, pool.WithQueueSize(0))
	for range 1000 {
		require.NoError(t, p.TrySubmit(emptyTask), "WithQueueSize(0) means no bound")
	}
}

// Goal: the pool's timeout applies to each task, however it was submitted, exactly. A
// task's own timeout wins, 0 included.
func TestWithTaskTimeoutBoundsEachTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 8, TaskTimeout: time.Hour}, pool.WithTaskTimeout(time.Second))
		ctx := context.Background()
		for name, submit := range map[string]func(fn func(context.Context) error, opts ...pool.TaskOption) error{
			"SubmitFunc": func(fn func(context.Context) error, _ ...pool.TaskOption) error { return p.SubmitFunc(fn) },
			"Submit": func(fn func(context.Context) error, opts ...pool.TaskOption) error {
				return p.Submit(pool.NewTask(func(ctx context.Context) (any, error) { return nil, fn(ctx) }, opts...))
			},
			"TrySubmit": func(fn func(context.Context) error, _ ...pool.TaskOption) error {
				return p.TrySubmit(pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, fn(ctx) }))
			},
			"SubmitContext": func(fn func(context.Context) error, opts ...pool.TaskOption) error {
				return p.SubmitContext(ctx, pool.NewTask(func(ctx context.Context) (any, error) { return nil, fn(ctx) }, opts...))
			},
			"SubmitBatch": func(fn func(context.Context) error, opts ...pool.TaskOption) error {
				_, err := p.SubmitBatch([]pool.Task{pool.NewTask(func(ctx context.Context) (any, error) { return nil, fn(ctx) }, opts...)})
				return err
			},
			"Go": func(fn func(context.Context) error, opts ...pool.TaskOption) error {
				_, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, fn(ctx) }, opts...)
				return err
			},
		} {
			for _, own := range []time.Duration{-1, 0, time.Minute} {
				if own >= 0 && (name == "SubmitFunc" || name == "TrySubmit") {
					continue // such a task takes no option
				}
				want := time.Second
				var opts []pool.TaskOption
				if own >= 0 {
					opts = append(opts, pool.WithTaskTimeout(own))
					want = own
				}
				begin := time.Now()
				lasted := make(chan time.Duration, 1)
				err := submit(func(ctx context.Context) error {
					select {
					case <-ctx.Done():
					case <-time.After(2 * time.Hour):
					}
					lasted <- time.Since(begin)
					return ctx.Err()
				}, opts...)
				require.NoError(t, err)
				if want == 0 {
					want = 2 * time.Hour
				}
				d := <-lasted
				assert.Equal(t, want, d,
					"%s: lifetime of the task's context (its own timeout: %v)", name, own)
				_ = p.Wait()
			}
		}
	})
}

func TestWithPanicHandlerWinsOverConfig(t *testing.T) {
	var values []any
	p := livePool(t,
		pool.Config{Workers: 1, PanicHandler: func(any) { t.Error("the handler of the Config was called") }},
		pool.WithPanicHandler(func(v any) { values = append(values, v) }))
	boom := errors.New("boom")
	for _, v := range []any{"first", boom} {
		_, err := p.SubmitWait(context.Background(), taskOf(func() { panic(v) }))
		var panicErr *pool.PanicError
		if !errors.As(err, &panicErr) || panicErr.Value != v {
			t.Errorf("outcome %v, want a PanicError of %v", err, v)
		}
	}
	if len(values) != 2 || values[0] != "first" || values[1] != boom {
		t.Errorf("the handler was called with %v, want first, boom", values)
	}
}

func TestPanicHandlerOfConfigIsCalled(t *testing.T) {
	var values []any
	p := livePool(t, pool.Config{Workers: 1, PanicHandler: func(v any) { values = append(values, v) }})
	_, err := p.SubmitWait(context.Background(), taskOf(func() { panic(7) }))
	assert.Error(t, err, "a task that panicked has no error")
	if assert.Len(t, values, 1, "the handler was called") {
		assert.Equal(t, 7, values[0], "the handler was called")
	}
}

// crashEnv tells a process of this test binary which task to crash on.
const crashEnv = "MILLRACE_TEST_CRASH"

var crashes = map[string]func(p *pool.WorkerPool){
	"func": func(p *pool.WorkerPool) { _ = p.SubmitFunc(crashingTask) },
	"callback": func(p *pool.WorkerPool) {
		_ = p.Submit(pool.NewTask(crashingRun, pool.WithTaskCallback(func(pool.Result) {})))
	},
	"future": func(p *pool.WorkerPool) {
		_, _ = pool.Go(p, func(ctx context.Context) (int, error) { return 0, crashingTask(ctx) })
	},
	"inline": func(p *pool.WorkerPool) {
		_ = p.SubmitFunc(func(ctx context.Context) error {
			_, err := p.SubmitWait(ctx, pool.TaskFunc(crashingRun))
			return err
		})
	},
}

//go:noinline
func crashingTask(context.Context) error { panic("the task's own value") }

func crashingRun(ctx context.Context) (any, error) { return nil, crashingTask(ctx) }

// Goal: with WithCrashOnPanic the panic of a task ends the process. The output has the
// value and the task's own function.
//
// Method: the test binary runs this test again, in a process that must crash.
func TestWithCrashOnPanicEndsTheProcess(t *testing.T) {
	if name := os.Getenv(crashEnv); name != "" {
		p := pool.New(pool.Config{Workers: 2, PanicHandler: func(any) { os.Exit(0) }}, pool.WithCrashOnPanic())
		_ = p.Start(context.Background())
		crashes[name](p)
		_ = p.Wait()
		os.Exit(0)
	}
	var wg sync.WaitGroup
	for name := range crashes {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestWithCrashOnPanicEndsTheProcess$")
			cmd.Env = append(os.Environ(), crashEnv+"="+name)
			out, err := cmd.CombinedOutput()
			if !assert.ErrorAs(t, err, new(*exec.ExitError),
				"%s: the process ended with %v, want a crash; it printed:\n%s", name, err, out) {
				return
			}
			for _, want := range []string{"panic: the task's own value", "pool_test.crashingTask("} {
				assert.Contains(t, string(out), want,
					"%s: %q is not in what the process printed:\n%s", name, want, out)
			}
		})
	}
	wg.Wait()
}

// Goal: each policy does what it says when the queue is full. One task runs, one waits,
// and the next is submitted under the policy.
func TestWithOverflowDecidesAtAFullQueue(t *testing.T) {
	for _, test := range []struct {
		policy        pool.Overflow
		err           error
		first, second error // outcomes of the waiting task and of the one submitted, if it was
		inline        bool  // the second runs in Submit
	}{
		{policy: pool.Reject, err: pool.ErrQueueFull},
		{policy: pool.DropNewest, err: pool.ErrDropped},
		{policy: pool.DropOldest, first: pool.ErrDropped},
		{policy: pool.CallerRuns, inline: true},
	} {
		p := livePool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(test.policy))
		release := keepBusy(t, p, 1)
		outcomes := make(chan pool.Result, 2)
		submit := func(id string) error {
			return p.Submit(pool.NewTask(func(context.Context) (any, error) { return nil, nil },
				pool.WithTaskID(id), pool.WithTaskCallback(func(r pool.Result) { outcomes <- r })))
		}
		require.NoError(t, submit("first"))
		err := submit("second")
		assert.ErrorIs(t, err, test.err, "policy %d: Submit", test.policy)
		if test.inline {
			if r := <-outcomes; r.TaskID != "second" || r.Error != nil {
				t.Errorf("policy %d: %+v came first, want the second task, run by its submitter", test.policy, r)
			}
		}
		release()
		_ = p.Wait()
		close(outcomes)
		got := map[string]error{}
		for r := range outcomes {
			got[r.TaskID] = r.Error
		}
		err, ok := got["first"]
		assert.ErrorIs(t, err, test.first, "policy %d: the waiting task's outcome", test.policy)
		assert.True(t, ok, "policy %d: the waiting task's outcome", test.policy)
		err, ok = got["second"]
		assert.ErrorIs(t, err, test.second, "policy %d: the submitted task's outcome", test.policy)
		assert.Equal(t, test.err == nil && !test.inline, ok, "policy %d: the submitted task's outcome", test.policy)
	}
}

// Goal: with WithProfilerLabels a task runs under the labels of its submitter, and the
// worker has none afterwards. Without the option tasks run under no labels, even if the
// pool was started under some.
//
// Method: a task finds itself in the profile of all goroutines.
func TestWithProfilerLabelsLabelsTasks(t *testing.T) {
	for _, with := range []bool{false, true} {
		var opts []pool.Option
		if with {
			opts = append(opts, pool.WithProfilerLabels())
		}
		var p *pool.WorkerPool
		pprof.Do(context.Background(), pprof.Labels("who", "starter"), func(context.Context) {
			p = livePool(t, pool.Config{Workers: 1}, opts...)
		})
		pprof.Do(context.Background(), pprof.Labels("who", "submitter"), func(ctx context.Context) {
			for _, recordless := range []bool{false, true, false, true} {
				want := ""
				if with && !recordless {
					want = "submitter"
				}
				got := make(chan string, 1)
				labelled := func() { got <- labelOfCaller() }
				var err error
				if recordless {
					err = p.Submit(taskOf(labelled))
				} else {
					err = p.SubmitContext(ctx, taskOf(labelled))
				}
				require.NoError(t, err)
				label := <-got
				assert.Equal(t, want, label, "option %v, task without a record %v: label %q", with, recordless, label)
				require.NoError(t, p.Wait())
			}
		})
	}
}

// labelOfCaller returns the value of this goroutine's profiler label "who".
func labelOfCaller() string {
	var profile bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1)
	for group := range strings.SplitSeq(profile.String(), "\n\n") {
		if !strings.Contains(group, "pool_test.labelOfCaller") {
			continue
		}
		_, value, _ := strings.Cut(group, `"who":"`)
		value, _, _ = strings.Cut(value, `"`)
		return value
	}
	return "not found"
}

// Goal: ShutdownTimeout is the Config's, exactly, or 30 s if the Config has none.
func TestShutdownTimeoutBoundsStop(t *testing.T) {
	for configured, want := range map[time.Duration]time.Duration{
		0:             30 * time.Second,
		time.Second:   time.Second,
		2 * time.Hour: 2 * time.Hour,
	} {
		synctest.Test(t, func(t *testing.T) {
			p := pool.New(pool.Config{Workers: 1, ShutdownTimeout: configured})
			require.NoError(t, p.Start(context.Background()))
			release := keepBusy(t, p, 1)
			begin := time.Now()
			err := p.Stop(context.Background())
			d := time.Since(begin)
			assert.Equal(t, want, d, "Stop came back after %v", d)
			var stopErr *pool.StopError
			if !errors.As(err, &stopErr) || !errors.Is(err, context.DeadlineExceeded) || stopErr.Running.Count != 1 {
				t.Errorf("Stop: %v, want a StopError of one running task, with DeadlineExceeded", err)
			}
			release()
		})
	}
}

// Goal: ShutdownTimeout applies only if the context has no deadline. Such a context may
// still end before it.
func TestDeadlineOfStopWinsOverShutdownTimeout(t *testing.T) {
	for _, test := range []struct {
		deadline, cancel, want time.Duration
		err                    error
	}{
		{deadline: time.Minute, want: time.Minute, err: context.DeadlineExceeded},
		{deadline: time.Millisecond, want: time.Millisecond, err: context.DeadlineExceeded},
		{cancel: time.Millisecond, want: time.Millisecond, err: context.Canceled},
		{cancel: time.Minute, want: time.Second, err: context.DeadlineExceeded},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := pool.New(pool.Config{Workers: 1, ShutdownTimeout: time.Second})
			require.NoError(t, p.Start(context.Background()))
			release := keepBusy(t, p, 1)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if test.deadline > 0 {
				ctx, cancel = context.WithTimeout(ctx, test.deadline)
				defer cancel()
			} else {
				defer time.AfterFunc(test.cancel, cancel).Stop()
			}
			begin := time.Now()
			err := p.Stop(ctx)
			if d := time.Since(begin); d != test.want || !errors.Is(err, test.err) {
				t.Errorf("%+v: Stop came back after %v with %v", test, d, err)
			}
			release()
		})
	}
}

// The tests of package sched show what they change there.
func TestOptionsForLatencyReachTheScheduler(t *testing.T) {
	for name, c := range map[string]struct {
		opts     []pool.Option
		search   time.Duration
		handover bool
	}{
		"default":      {nil, 600 * time.Microsecond, true},
		"search":       {[]pool.Option{pool.WithSearch(time.Millisecond)}, time.Millisecond, true},
		"no search":    {[]pool.Option{pool.WithSearch(0)}, 0, true},
		"no handover":  {[]pool.Option{pool.WithSearch(1), pool.WithHandover(false)}, 1, false},
		"handover":     {[]pool.Option{pool.WithSearch(0), pool.WithHandover(false), pool.WithHandover(true)}, 0, true},
		"neither":      {[]pool.Option{pool.WithSearch(0), pool.WithHandover(false)}, 0, false},
		"the last one": {[]pool.Option{pool.WithSearch(0), pool.WithSearch(1)}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			search, handover := pool.New(pool.Config{}, c.opts...).SearchAndHandover()
			assert.Equal(t, c.search, search)
			assert.Equal(t, c.handover, handover)
		})
	}
}
