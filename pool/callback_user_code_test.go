package pool_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/histogram"
)

// A misdeed is something bad that user code does when the pool calls it.
type misdeed struct {
	name string
	once bool // the first time only
	do   func(p anyPool)
}

// anyPool is the methods that a WorkerPool and a FuncPool share.
type anyPool interface {
	Start(context.Context) error
	Stop(context.Context) error
	WaitContext(context.Context) error
	Validate() error
	Resize(int)
	Stats() pool.Stats
	QueueWait() histogram.Histogram
	RunTime() histogram.Histogram
}

var misdeeds = []misdeed{
	{"panics", false, func(anyPool) { panic(io.EOF) }},
	{"ends its goroutine", false, func(anyPool) { runtime.Goexit() }},
	{"calls the pool", true, func(p anyPool) {
		p.Resize(2)
		p.Stats()
		p.QueueWait()
		p.RunTime()
		_, _ = p.Validate(), p.Start(background)
		if p, ok := p.(*pool.WorkerPool); ok {
			_ = p.TrySubmit(emptyTask)
			_, _ = p.SubmitBatch([]pool.Task{emptyTask})
		}
	}},
	{"stops the pool", true, func(p anyPool) { _ = p.Stop(endedContext()) }},
}

// A callOut is a place where the pool calls user code.
type callOut struct {
	name     string // of the function and its parameter, of the interface and its method, and perhaps, after a #, when
	never    bool   // the call must not be made
	toCaller bool   // the user's own goroutine makes the call: a panic is the user's
	setUp    func(strike func()) (pool.Config, []pool.Option)
	reach    func(s *callScene)          // has the pool make the call
	build    func(strike func()) anyPool // instead of a WorkerPool
}

// A callScene is one trial of a callOut.
type callScene struct {
	*pool.WorkerPool
	t      *testing.T
	ctx    context.Context // to submit with; a task's, if the call is made inside one
	strike func()          // the misdeed
	life   anyPool
}

func with(opts ...pool.Option) func(func()) (pool.Config, []pool.Option) {
	return func(func()) (pool.Config, []pool.Option) { return pool.Config{}, opts }
}

func withOption(option func(strike func()) []pool.Option) func(func()) (pool.Config, []pool.Option) {
	return func(strike func()) (pool.Config, []pool.Option) { return pool.Config{}, option(strike) }
}

// A collector of functions.
type strikingCollector struct {
	done  func()
	event func(pool.EventKind)
}

func (c strikingCollector) TaskDone(pool.Result) {
	if c.done != nil {
		c.done()
	}
}

func (c strikingCollector) TaskEvent(e pool.Event) {
	if c.event != nil {
		c.event(e.Kind)
	}
}

func strikingAt(kind pool.EventKind) func(func()) (pool.Config, []pool.Option) {
	return withOption(func(strike func()) []pool.Option {
		return []pool.Option{
			pool.WithRetry(1, time.Second), pool.WithOverflow(pool.Reject), pool.WithQueueSize(4),
			pool.WithMetrics(strikingCollector{event: func(k pool.EventKind) {
				if k == kind {
					strike()
				}
			}}),
		}
	})
}

// A strikingTask is a Task of which each method may be the one that strikes.
type strikingTask struct{ execute, id, priority func() }

func (k strikingTask) Execute(context.Context) (any, error) { call(k.execute); return nil, nil }
func (k strikingTask) ID() string                           { call(k.id); return "" }
func (k strikingTask) Priority() int                        { call(k.priority); return 0 }

func call(f func()) {
	if f != nil {
		f()
	}
}

// A strikingError is an error whose methods strike: the pool has no reason to call
// them.
type strikingError struct{ strike func() }

func (e strikingError) Error() string   { e.strike(); return "" }
func (e strikingError) Unwrap() error   { e.strike(); return nil }
func (e strikingError) Is(error) bool   { e.strike(); return false }
func (e strikingError) As(any) bool     { e.strike(); return false }
func (e strikingError) Timeout() bool   { e.strike(); return false }
func (e strikingError) Temporary() bool { e.strike(); return false }

// attempt calls f on a goroutine that f may end, and reports what f panicked with.
func attempt(f func()) (recovered any) {
	exits(func() {
		defer func() { recovered = recover() }()
		f()
	})
	return recovered
}

func (s *callScene) body(context.Context) error { s.strike(); return nil }

func (s *callScene) element(context.Context, int) error { s.strike(); return nil }

func (s *callScene) mapped(context.Context, int) (int, error) { s.strike(); return 1, nil }

func (s *callScene) input(yield func(int) bool) {
	if yield(1) {
		s.strike()
		yield(2)
	}
}

func oneTwoThree(yield func(int) bool) { _ = yield(1) && yield(2) && yield(3) }

func double(_ context.Context, v int) (int, error) { return 2 * v, nil }

// full calls f while the queue is full and the worker busy. Submitting may already
// call user code.
func (s *callScene) full(f func()) {
	s.occupied(func() {
		for room := true; room; {
			room = false
			attempt(func() { room = s.TrySubmit(emptyTask) == nil })
		}
		f()
	})
}

// callOuts are all places. TestEveryCallOutHasACase compares them with the source.
var callOuts = []callOut{
	{
		name: "Config.PanicHandler",
		setUp: func(strike func()) (pool.Config, []pool.Option) {
			return pool.Config{PanicHandler: func(any) { strike() }}, nil
		},
		reach: func(s *callScene) { _ = s.SubmitFunc(panicsWithEOF) },
	},
	{
		name: "WithPanicHandler(fn)",
		setUp: withOption(func(strike func()) []pool.Option {
			return []pool.Option{pool.WithPanicHandler(func(any) { strike() })}
		}),
		reach: func(s *callScene) {
			_ = s.SubmitFunc(panicsWithEOF)
			_, _ = s.SubmitWait(s.ctx, asTask(panicsWithEOF))
		},
	},
	{
		name: "WithRetryIf(retryIf)",
		setUp: withOption(func(strike func()) []pool.Option {
			return []pool.Option{pool.WithRetry(2, time.Second), pool.WithRetryIf(func(error) bool { strike(); return true })}
		}),
		reach: func(s *callScene) { s.fail() },
	},
	{
		name: "WithRetryAfter(after)",
		setUp: withOption(func(strike func()) []pool.Option {
			return []pool.Option{
				pool.WithRetry(2, time.Second),
				pool.WithRetryAfter(func(error) (time.Duration, bool) { strike(); return time.Second, true }),
			}
		}),
		reach: func(s *callScene) { s.fail() },
	},
	{
		name: "WithTaskHooks(started)",
		setUp: withOption(func(strike func()) []pool.Option {
			return []pool.Option{pool.WithTaskHooks(func(ctx context.Context, _ pool.TaskRun) context.Context { strike(); return ctx }, nil)}
		}),
		reach: func(s *callScene) { s.fail() },
	},
	{
		name: "WithTaskHooks(ended)",
		setUp: withOption(func(strike func()) []pool.Option {
			return []pool.Option{
				pool.WithRetry(1, time.Second),
				pool.WithTaskHooks(nil, func(context.Context, pool.TaskRun, error) { strike() }),
			}
		}),
		reach: func(s *callScene) { s.fail() },
	},
	{
		name: "WithTaskHooks(ended)#timeout",
		setUp: withOption(func(strike func()) []pool.Option {
			return []pool.Option{
				pool.WithTaskTimeout(time.Second),
				pool.WithTaskHooks(nil, func(context.Context, pool.TaskRun, error) { strike() }),
			}
		}),
		reach: (*callScene).overrun,
	},
	{
		name: "WithWatchdog(report)",
		setUp: withOption(func(strike func()) []pool.Option {
			return []pool.Option{pool.WithWatchdog(time.Second, func(pool.LongTask) { strike() })}
		}),
		reach: (*callScene).overrun,
	},
	{
		name: "MetricsCollector.TaskDone",
		setUp: withOption(func(strike func()) []pool.Option {
			return []pool.Option{pool.WithMetrics(strikingCollector{done: strike})}
		}),
		reach: func(s *callScene) { s.fail() },
	},
	{
		name: "MetricsCollector.TaskEvent#accepted", setUp: strikingAt(pool.EventAccepted), toCaller: false,
		reach: func(s *callScene) { s.fail() },
	},
	{
		name: "MetricsCollector.TaskEvent#refused", setUp: strikingAt(pool.EventRefused),
		reach: func(s *callScene) { s.full(func() { attempt(func() { _ = s.Submit(emptyTask) }) }) },
	},
	{
		name: "MetricsCollector.TaskEvent#retry", setUp: strikingAt(pool.EventRetry),
		reach: func(s *callScene) { s.fail() },
	},
	{
		name: "WithMetrics(collector)",
		setUp: withOption(func(strike func()) []pool.Option {
			return []pool.Option{pool.WithMetrics(strikingCollector{strike, func(pool.EventKind) { strike() }})}
		}),
		reach: func(s *callScene) { s.fail() },
	},
	{
		name: "WithTaskCallback(fn)", setUp: with(),
		reach: func(s *callScene) {
			_ = s.Submit(asTask(succeeds, pool.WithTaskCallback(func(pool.Result) { s.strike() })))
			_, _ = s.SubmitWait(s.ctx, asTask(panicsWithEOF, pool.WithTaskCallback(func(pool.Result) { s.strike() })))
		},
	},
	{
		name: "WithTaskCallback(fn)#timeout", setUp: with(pool.WithTaskTimeout(time.Second)),
		reach: func(s *callScene) {
			_ = s.Submit(asTask(sleeps, pool.WithTaskCallback(func(pool.Result) { s.strike() })))
		},
	},
	{
		name: "WithTaskCallback(fn)#retried", setUp: with(pool.WithRetry(2, time.Second)),
		reach: func(s *callScene) {
			_ = s.Submit(asTask(fails, pool.WithTaskCallback(func(pool.Result) { s.strike() })))
		},
	},
	{
		name: "WithTaskCallback(fn)#cancelled", setUp: with(), toCaller: false,
		reach: func(s *callScene) {
			s.occupied(func() {
				f, err := pool.Go(s.WorkerPool, func(context.Context) (int, error) { return 1, nil },
					pool.WithTaskCallback(func(pool.Result) { s.strike() }))
				if err == nil {
					attempt(func() { f.Cancel() })
				}
			})
		},
	},
	{
		name: "WithTaskCallback(fn)#dropped", setUp: with(pool.WithOverflow(pool.DropOldest), pool.WithQueueSize(1)),
		reach: func(s *callScene) {
			s.occupied(func() {
				_ = s.Submit(asTask(succeeds, pool.WithTaskCallback(func(pool.Result) { s.strike() })))
				attempt(func() { _ = s.Submit(emptyTask) })
			})
		},
	},
	{
		name: "WithTaskCallback(fn)#caller runs", setUp: with(pool.WithOverflow(pool.CallerRuns), pool.WithQueueSize(1)),
		reach: func(s *callScene) {
			s.full(func() {
				attempt(func() { _ = s.Submit(asTask(succeeds, pool.WithTaskCallback(func(pool.Result) { s.strike() }))) })
			})
		},
	},
	{name: "WorkerPool.SubmitFunc(fn)", setUp: with(), reach: func(s *callScene) { _ = s.SubmitFunc(s.body) }},
	{name: "WorkerPool.SubmitFunc(fn)#caller runs", setUp: with(pool.WithOverflow(pool.CallerRuns), pool.WithQueueSize(1)), reach: func(s *callScene) {
		s.full(func() { attempt(func() { _ = s.SubmitFunc(s.body) }) })
	}},
	{name: "WorkerPool.Submit(task)", setUp: with(), reach: func(s *callScene) { _ = s.Submit(strikingTask{execute: s.strike}) }},
	{name: "WorkerPool.Submit(task)#labels", setUp: with(pool.WithProfilerLabels()), reach: func(s *callScene) { _ = s.Submit(strikingTask{execute: s.strike}) }},
	{name: "WorkerPool.Submit(task)#priority", setUp: with(pool.WithPriority(), pool.WithPriorityAging(8)), reach: func(s *callScene) { _ = s.Submit(strikingTask{execute: s.strike}) }},
	{name: "WorkerPool.Submit(task)#rate", setUp: with(pool.WithRateLimit(10)), reach: func(s *callScene) {
		_ = s.Submit(strikingTask{execute: s.strike})
		_ = s.Submit(strikingTask{execute: s.strike})
	}},
	{name: "WorkerPool.Submit(task)#histograms", setUp: with(pool.WithHistograms(1)), reach: func(s *callScene) { _ = s.Submit(strikingTask{execute: s.strike}) }},
	{name: "WorkerPool.TrySubmit(task)", setUp: with(), reach: func(s *callScene) { _ = s.TrySubmit(strikingTask{execute: s.strike}) }},
	{name: "WorkerPool.SubmitContext(task)", setUp: with(), reach: func(s *callScene) { _ = s.SubmitContext(s.ctx, strikingTask{execute: s.strike}) }},
	{name: "WorkerPool.SubmitBatch(tasks)", setUp: with(), reach: func(s *callScene) {
		_, _ = s.SubmitBatch([]pool.Task{emptyTask, strikingTask{execute: s.strike}, asTask(s.body), emptyTask})
	}},
	{name: "WorkerPool.SubmitWait(task)", setUp: with(), reach: func(s *callScene) { _, _ = s.SubmitWait(s.ctx, strikingTask{execute: s.strike}) }},
	{name: "Task.Execute", setUp: with(), reach: func(s *callScene) { _ = s.Submit(strikingTask{execute: s.strike}) }},
	{name: "Task.Execute#timeout", setUp: with(pool.WithTaskTimeout(time.Second)), reach: func(s *callScene) {
		_ = s.Submit(asTask(func(context.Context) error { time.Sleep(2 * time.Second); s.strike(); return nil }))
	}},
	{name: "Task.ID", toCaller: true, setUp: with(), reach: func(s *callScene) { _ = s.Submit(strikingTask{id: s.strike}) }},
	{name: "Task.ID#batch", toCaller: true, setUp: with(), reach: func(s *callScene) {
		_, _ = s.SubmitBatch([]pool.Task{emptyTask, strikingTask{id: s.strike}, emptyTask})
	}},
	{name: "Task.ID#metrics", toCaller: true, setUp: with(pool.WithMetrics(strikingCollector{})), reach: func(s *callScene) { _ = s.Submit(strikingTask{id: s.strike}) }},
	{name: "Task.Priority", toCaller: true, setUp: with(pool.WithPriority()), reach: func(s *callScene) { _ = s.SubmitContext(s.ctx, strikingTask{priority: s.strike}) }},
	{name: "TaskFunc", setUp: with(), reach: func(s *callScene) {
		_ = s.Submit(pool.TaskFunc(func(context.Context) (any, error) { s.strike(); return nil, nil }))
	}},
	{name: "NewTask(fn)", setUp: with(), reach: func(s *callScene) { _ = s.Submit(asTask(s.body, pool.WithTaskID("x"), pool.WithTaskRetry(1))) }},
	{name: "Go(fn)", setUp: with(), reach: func(s *callScene) {
		f, err := pool.Go(s.WorkerPool, func(context.Context) (int, error) { s.strike(); return 1, nil })
		if err == nil {
			_, _ = f.Wait(s.ctx)
		}
	}},
	{name: "Group.Go(fn)", setUp: with(), reach: func(s *callScene) {
		g := pool.NewGroup(s.WorkerPool, pool.WithGroupContext(s.ctx))
		g.Go(s.body)
		g.Go(s.body)
		_ = g.Wait()
	}},
	{name: "Group.Go(fn)#all errors", setUp: with(), reach: func(s *callScene) {
		g := pool.NewGroup(s.WorkerPool, pool.WithGroupContext(s.ctx), pool.WithAllErrors())
		g.Go(s.body)
		g.Go(s.body)
		_ = g.Wait()
	}},
	{name: "Group.TryGo(fn)", setUp: with(), reach: func(s *callScene) {
		g := pool.NewGroup(s.WorkerPool)
		_ = g.TryGo(s.body)
		_ = g.Wait()
	}},
	{name: "For(fn)", setUp: with(), reach: func(s *callScene) { _ = pool.For(s.ctx, s.WorkerPool, 3, s.element) }},
	{name: "For(fn)#all errors", setUp: with(), reach: func(s *callScene) {
		_ = pool.For(s.ctx, s.WorkerPool, 3, s.element, pool.WithAllErrors(), pool.WithChunk(1))
	}},
	{name: "ForEach(fn)", setUp: with(), reach: func(s *callScene) {
		_ = pool.ForEach(s.ctx, s.WorkerPool, []int{1, 2, 3}, s.element)
	}},
	{name: "Map(fn)", setUp: with(), reach: func(s *callScene) {
		_, _ = pool.Map(s.ctx, s.WorkerPool, []int{1, 2, 3}, s.mapped)
	}},
	{name: "Stream(in)", setUp: with(), reach: func(s *callScene) {
		for range pool.Stream(s.ctx, s.WorkerPool, s.input, double) {
		}
	}},
	{name: "Stream(fn)", setUp: with(), reach: func(s *callScene) {
		for range pool.Stream(s.ctx, s.WorkerPool, oneTwoThree, s.mapped, pool.WithAllErrors(), pool.WithOrder()) {
		}
	}},
	{name: "Stream(yield)", toCaller: true, setUp: with(), reach: func(s *callScene) {
		for range pool.Stream(s.ctx, s.WorkerPool, oneTwoThree, double) {
			s.strike()
			break
		}
	}},
	{name: "ForEachSeq(in)", setUp: with(), reach: func(s *callScene) { _ = pool.ForEachSeq(s.ctx, s.WorkerPool, s.input, nothing) }},
	{name: "ForEachSeq(fn)", setUp: with(), reach: func(s *callScene) { _ = pool.ForEachSeq(s.ctx, s.WorkerPool, oneTwoThree, s.element) }},
	{
		name: "NewFunc(fn)",
		build: func(strike func()) anyPool {
			return pool.NewFunc(pool.Config{Workers: 1}, func(context.Context, int) error { strike(); return nil })
		},
		reach: func(s *callScene) {
			p := s.life.(*pool.FuncPool[int])
			_ = p.Submit(1)
			_ = p.SubmitWait(s.ctx, 2)
			_, _ = p.SubmitBatch([]int{3, 4})
		},
	},
	{
		name: "error#returned", never: true, setUp: with(pool.WithRetry(1, time.Second), pool.WithHistograms(1), pool.WithMetrics(strikingCollector{})),
		reach: func(s *callScene) {
			fail := func(context.Context) error { return strikingError{s.strike} }
			_ = s.SubmitFunc(fail)
			_ = s.Submit(asTask(fail))
			g := pool.NewGroup(s.WorkerPool, pool.WithGroupContext(s.ctx))
			g.Go(fail)
			_ = g.Wait()
			_ = pool.For(s.ctx, s.WorkerPool, 2, func(ctx context.Context, _ int) error { return fail(ctx) })
			_ = s.SubmitFunc(func(context.Context) error { panic(strikingError{s.strike}) })
		},
	},
}

var errFails = errors.New("fails")

func fails(context.Context) error { return errFails }

func succeeds(context.Context) error { return nil }

func sleeps(context.Context) error { time.Sleep(5 * time.Second); return nil }

func (s *callScene) fail() {
	_ = s.SubmitFunc(fails)
	_ = s.Submit(asTask(fails))
	_, _ = s.SubmitWait(s.ctx, asTask(fails))
}

func (s *callScene) overrun() {
	_ = s.SubmitFunc(sleeps)
	_ = s.Submit(asTask(sleeps))
}

// occupied calls f while the worker is busy.
func (s *callScene) occupied(f func()) {
	leave, begun := make(chan struct{}), make(chan struct{})
	defer close(leave)
	if s.SubmitFunc(func(context.Context) error { close(begun); <-leave; return nil }) != nil {
		return
	}
	<-begun
	f()
}

var _ iter.Seq[int] = oneTwoThree

// Goal: whatever user code does when the pool calls it, each accepted task has its
// outcome once, Stop returns nil in time, and no goroutine is left.
//
// Method: a bubble for each callOut and misdeed. It does not end while a goroutine is
// left, and fails if all are blocked. Other tasks are in the queue meanwhile.
func TestUserCodeMayDoAnythingAnywhere(t *testing.T) {
	for _, place := range callOuts {
		for _, deed := range misdeeds {
			for _, inside := range []bool{false, true} {
				if inside && place.build != nil {
					continue
				}
				name := place.name + "/" + deed.name
				if inside {
					name += "/inside a task"
				}
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { place.try(t, deed, inside) })
				})
			}
		}
	}
}

func (c callOut) try(t *testing.T, deed misdeed, inside bool) {
	var p anyPool
	var struck atomic.Int64
	strike := func() {
		if n := struck.Add(1); n == 1 || !deed.once {
			deed.do(p)
		}
	}
	s := &callScene{t: t, ctx: background, strike: strike}
	if c.build != nil {
		p = c.build(strike)
	} else {
		cfg, opts := c.setUp(strike)
		cfg.Workers = 1
		if inside {
			cfg.Workers = 2 // one is in the task
		}
		s.WorkerPool = newPool(cfg, opts...)
		p = s.WorkerPool
	}
	s.life = p
	require.NoError(t, p.Start(background))

	b := &bystanders{}
	attempt(func() { b.join(s) })
	synctest.Wait()
	var panicked any
	if inside {
		submitted := s.SubmitContext
		attempt(func() {
			_ = submitted(background, asTask(func(ctx context.Context) error {
				s.ctx = ctx
				panicked = attempt(func() { c.reach(s) })
				return nil
			}))
		})
		synctest.Wait()
	} else {
		panicked = attempt(func() { c.reach(s) })
	}
	attempt(func() { b.join(s) })

	if attempt(func() { _ = p.WaitContext(background) }) != nil {
		t.Error("Wait panicked")
	}
	if err := p.Stop(background); err != nil && !(deed.name == "stops the pool" && errors.As(err, new(*pool.StopError))) {
		t.Errorf("Stop: %v", err)
	}
	assert.NotEqual(t, c.never, struck.Load() > 0, "the call was made")
	want := c.toCaller && deed.name == "panics"
	assert.Equal(t, want, panicked != nil, "the caller's goroutine panicked with %v", panicked)
	st := p.Stats()
	if settled := st.CompletedTasks + st.FailedTasks + st.DroppedTasks + st.CancelledTasks; st.SubmittedTasks != settled ||
		st.QueuedTasks != 0 || st.RunningTasks != 0 || st.OverdueTasks != 0 || st.Goroutines != 0 {
		t.Errorf("not every task has one outcome: %+v", st)
	}
	b.check(t)
}

// bystanders are tasks that count their outcomes.
type bystanders struct {
	told     []*atomic.Int64
	accepted []*bool
}

// join submits some. If submitting itself calls user code, it may not return.
func (b *bystanders) join(s *callScene) {
	if s.WorkerPool == nil {
		return
	}
	for range 3 {
		told, accepted := new(atomic.Int64), new(bool)
		b.told, b.accepted = append(b.told, told), append(b.accepted, accepted)
		err := s.TrySubmit(asTask(succeeds, pool.WithTaskCallback(func(pool.Result) { told.Add(1) })))
		*accepted = err == nil
	}
}

func (b *bystanders) check(t *testing.T) {
	for i, told := range b.told {
		n := told.Load()
		if n > 1 || n == 0 && *b.accepted[i] {
			t.Errorf("bystander %d, accepted: %t, has %d outcomes", i, *b.accepted[i], n)
		}
	}
}

// Goal: a place where the pool calls user code, but that has no case, is found.
func TestEveryCallOutHasACase(t *testing.T) {
	var tried []string
	for _, c := range callOuts {
		name, _, _ := strings.Cut(c.name, "#")
		tried = append(tried, name)
	}
	declared := declaredCallOuts(t)
	for _, name := range declared {
		assert.Contains(t, tried, name, "%s calls code of the user's, and callOuts has no case for it", name)
	}
	for _, name := range tried {
		if !slices.Contains(declared, name) && name != "error" {
			t.Errorf("callOuts has a case for %s, which package pool does not declare", name)
		}
	}
	assert.GreaterOrEqual(t, len(declared), 25, "only %d call-outs were found", len(declared))
}
