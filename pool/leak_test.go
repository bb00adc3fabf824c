package pool_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/pool"
)

// scaled returns n, or a tenth of it if a round costs ten times as much or the tests
// must be quick.
func scaled(n int) int {
	if testing.Short() || invariant.Enabled {
		return max(n/10, 1)
	}
	return n
}

// livePool returns a started pool that is stopped when the test ends.
func livePool(t *testing.T, cfg pool.Config, opts ...pool.Option) *pool.WorkerPool {
	t.Helper()
	p := newPool(cfg, opts...)
	require.NoError(t, p.Start(context.Background()))
	t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil && !errors.As(err, new(*pool.StopError)) {
			t.Errorf("Stop at the end: %v", err)
		}
	})
	return p
}

// taskOf is f as a Task that needs no record.
func taskOf(f func()) pool.Task {
	return pool.TaskFunc(func(context.Context) (any, error) { f(); return nil, nil })
}

// emptyTask is a Task that does nothing.
var emptyTask = taskOf(func() {})

// keepBusy submits n tasks that wait to be released, and returns once they run.
func keepBusy(t *testing.T, p *pool.WorkerPool, n int) (release func()) {
	t.Helper()
	entered, gate := make(chan struct{}), make(chan struct{})
	for range n {
		if err := p.Submit(taskOf(func() { entered <- struct{}{}; <-gate })); err != nil {
			t.Fatalf("Submit of a task to keep a worker busy: %v", err)
		}
		<-entered
	}
	return sync.OnceFunc(func() { close(gate) })
}

// spinUntil polls for a state that no channel reports. If the state never comes, the
// test hangs.
func spinUntil(ok func() bool) {
	for !ok() {
		runtime.Gosched()
	}
}

// goroutinesAtRest waits until no other goroutine is in the library or in a test,
// except for those that wait for a test to end, and returns their number. A goroutine
// of the previous test may take a while to end.
func goroutinesAtRest() int {
	n := 0
	buf := make([]byte, 1<<20)
	spinUntil(func() bool {
		all := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
		for _, other := range all[1:] {
			ofTest := strings.Contains(other, "created by testing.") && !strings.Contains(other, "testing.(*T).Run(")
			if ofTest || strings.Contains(other, "created by github.com/user/millrace/") {
				return false
			}
		}
		n = len(all)
		return true
	})
	return n
}

// Goal: a pool that was stopped leaves no goroutine behind: ants#113, ants#323,
// ants#287, where purging and ticking goroutines outlived their pool.
//
// Method: many pools, and then the exact count of before. No other test may run
// concurrently with this one.
func TestStopLeavesNoGoroutine(t *testing.T) {
	base := goroutinesAtRest()
	var ran atomic.Int64
	n := scaled(1600)
	var wg sync.WaitGroup
	for range n {
		p := newPool(pool.Config{Workers: 2})
		require.NoError(t, p.Start(context.Background()))
		for range 2 {
			require.NoError(t, p.Submit(taskOf(func() { time.Sleep(10 * time.Millisecond); ran.Add(1) })))
		}
		wg.Go(func() {
			assert.NoError(t, p.Stop(context.Background()))
		})
	}
	wg.Wait()
	assert.Equal(t, int64(2*n), ran.Load(), "tasks ran")
	spinUntil(func() bool { return runtime.NumGoroutine() == base })
}

// Goal: nothing is left of a pool, whatever happened to it: tasks that panic or end
// their goroutine, timeouts, cancelled and blocked submitters, resizing, an expired
// Stop and the end of the context given to Start.
func TestEveryEndLeavesNoGoroutine(t *testing.T) {
	base := goroutinesAtRest()
	for range scaled(100) {
		for _, end := range []func(p *pool.WorkerPool, cancel func()){
			func(p *pool.WorkerPool, _ func()) { _ = p.Stop(context.Background()) },
			func(p *pool.WorkerPool, _ func()) { _ = p.Stop(endedContext()) },
			func(_ *pool.WorkerPool, cancel func()) { cancel() },
			func(p *pool.WorkerPool, cancel func()) {
				cancel()
				_ = p.Stop(endedContext())
				_ = p.Stop(context.Background())
			},
		} {
			mixedLife(t, end)
		}
	}
	spinUntil(func() bool { return runtime.NumGoroutine() == base })
}

func mixedLife(t *testing.T, end func(p *pool.WorkerPool, cancel func())) {
	ctx, cancel := context.WithCancel(context.Background())
	p := newPool(pool.Config{Workers: 4, QueueSize: 4})
	require.NoError(t, p.Start(ctx))
	submit := func(f func(context.Context) error, opts ...pool.TaskOption) {
		_ = p.Submit(pool.NewTask(func(ctx context.Context) (any, error) { return nil, f(ctx) }, opts...))
	}
	submit(func(context.Context) error { panic("mixed") })
	submit(func(context.Context) error { runtime.Goexit(); return nil })
	submit(func(ctx context.Context) error { <-ctx.Done(); return nil }, pool.WithTaskTimeout(time.Nanosecond))
	submit(func(ctx context.Context) error { return nil }, pool.WithTaskTimeout(time.Hour))
	p.Resize(8)
	for range 8 {
		submit(func(ctx context.Context) error { <-ctx.Done(); return nil }, pool.WithTaskTimeout(time.Microsecond))
	}
	p.Resize(1)
	taskCtx, cancelTask := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { _ = p.SubmitContext(taskCtx, emptyTask) })
	}
	cancelTask()
	end(p, cancel)
	wg.Wait()
	cancel()
}

// Goal: New starts nothing, with any configuration, and a pool that was never started
// leaves nothing behind.
func TestNewStartsNoGoroutine(t *testing.T) {
	base := goroutinesAtRest()
	for _, cfg := range []pool.Config{
		{},
		{Workers: 1000},
		{Workers: 4, QueueSize: 100, TaskTimeout: time.Second},
		{Workers: -1},
	} {
		p := newPool(cfg, pool.WithProfilerLabels())
		assert.Equal(t, base, runtime.NumGoroutine(), "goroutines after New(%+v)", cfg)
		for range 10 {
			_ = p.TrySubmit(emptyTask)
		}
		assert.Equal(t, base, runtime.NumGoroutine(), "goroutines after TrySubmit before Start")
	}
	spinUntil(func() bool { return runtime.NumGoroutine() == base })
}

// Goal: workers start when there is work for them, and end when there has been none for
// long; one stays.
//
// Method: in a bubble the idle timeout passes at once.
func TestIdlePoolKeepsOneGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 1000
		p := livePool(t, pool.Config{Workers: workers})
		synctest.Wait()
		s := p.Stats()
		assert.Equal(t, 1, s.Goroutines, "before the first task")
		assert.Equal(t, workers, s.Workers, "before the first task")
		for range 3 {
			release := keepBusy(t, p, workers)
			s := p.Stats()
			assert.Equal(t, workers, s.Goroutines, "with all workers busy")
			assert.Equal(t, workers, s.ActiveWorkers, "with all workers busy")
			release()
			assert.NoError(t, p.Wait())
			time.Sleep(time.Hour)
			synctest.Wait()
			s = p.Stats()
			assert.Equal(t, 1, s.Goroutines, "after an hour without work: %+v", s)
			assert.Zero(t, s.ActiveWorkers, "after an hour without work: %+v", s)
			assert.Equal(t, workers, s.Workers, "after an hour without work: %+v", s)
		}
	})
}

// Goal: a light load on the most recently parked worker does not keep the others from
// ending.
func TestLightLoadLetsIdleWorkersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 100})
		keepBusy(t, p, 100)()
		for range 1000 {
			time.Sleep(100 * time.Millisecond)
			require.NoError(t, p.Submit(emptyTask))
		}
		synctest.Wait()
		assert.LessOrEqual(t, p.Stats().Goroutines, 2, "goroutines after 100 s of one task at a time")
	})
}

// Goal: a bubble whose only activity is an idle, searching worker ends. No spin is
// bounded by the clock alone, which stands still there.
func TestBubbleWithAnIdleWorkerEnds(t *testing.T) {
	for range scaled(100) {
		synctest.Test(t, func(t *testing.T) {
			p := newPool(pool.Config{Workers: 4})
			require.NoError(t, p.Start(t.Context()))
			require.NoError(t, p.Submit(emptyTask))
			synctest.Wait() // comes back only once the worker is parked
			assert.NoError(t, p.Stop(context.Background()))
		})
	}
}

// Goal: the end of the context given to Start is enough. Without any Stop nothing is
// left, or the bubble could not end.
func TestEndOfStartContextLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		p := newPool(pool.Config{Workers: 3, TaskTimeout: time.Hour})
		require.NoError(t, p.Start(ctx))
		for range 10 {
			require.NoError(t, p.SubmitFunc(func(ctx context.Context) error { <-ctx.Done(); return nil }))
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		s := p.Stats()
		assert.Zero(t, s.Goroutines, s)
		assert.Equal(t, int64(7), s.DroppedTasks, s)
		assert.Equal(t, int64(3), s.CompletedTasks, s)
	})
}
