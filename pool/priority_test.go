package pool_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// A roll records the order in which tasks start.
type roll struct {
	mu    sync.Mutex
	names []string
}

func (r *roll) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names = append(r.names, name)
}

func (r *roll) task(name string, opts ...pool.TaskOption) pool.Task {
	return pool.NewTask(func(context.Context) (any, error) { r.add(name); return nil, nil }, opts...)
}

func (r *roll) want(t *testing.T, names ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	assert.Equal(t, names, r.names, "order of the starts")
}

func TestLargerPriorityRunsFirstAndEqualsInOrder(t *testing.T) {
	p := pool.New(pool.Config{Workers: 1, Priority: true})
	var order roll
	priority := pool.WithTaskPriority
	require.NoError(t, p.SubmitFunc(func(context.Context) error { order.add("zero"); return nil }))
	require.NoError(t, p.Submit(order.task("low", priority(-3))))
	require.NoError(t, p.Submit(order.task("high", priority(7))))
	require.NoError(t, p.Submit(order.task("high too", priority(7))))
	require.NoError(t, p.Submit(order.task("own id", priority(8), pool.WithTaskID("mine"), pool.WithTaskCallback(func(pool.Result) {}))))
	require.NoError(t, p.Submit(rankedTask{&order, "a task of one's own", 9}))
	require.NoError(t, p.SubmitContext(t.Context(), order.task("with a context", priority(6))))
	_, err := p.SubmitBatch([]pool.Task{order.task("in a batch", priority(5)), order.task("also zero")})
	require.NoError(t, err)
	_, err = pool.Go(p, func(context.Context) (int, error) { order.add("typed"); return 0, nil }, priority(4))
	require.NoError(t, err)
	require.NoError(t, p.Start(background))
	require.NoError(t, p.Stop(background))
	order.want(t, "a task of one's own", "own id", "high", "high too", "with a context", "in a batch", "typed", "zero", "also zero", "low")
}

// A rankedTask has a priority of its own.
type rankedTask struct {
	order    *roll
	name     string
	priority int
}

func (r rankedTask) Execute(context.Context) (any, error) { r.order.add(r.name); return nil, nil }
func (r rankedTask) ID() string                           { return r.name }
func (r rankedTask) Priority() int                        { return r.priority }

func TestWithoutPrioritiesTheyAreOfNoEffect(t *testing.T) {
	p := pool.New(pool.Config{Workers: 1})
	var order roll
	require.NoError(t, p.Submit(order.task("first", pool.WithTaskPriority(1))))
	require.NoError(t, p.Submit(order.task("second", pool.WithTaskPriority(2))))
	require.NoError(t, p.Start(background))
	require.NoError(t, p.Stop(background))
	order.want(t, "first", "second")
}

func TestOptionPriorityIsTheConfigs(t *testing.T) {
	for name, opt := range map[string]pool.Option{"priority": pool.WithPriority(), "aging": pool.WithPriorityAging(10)} {
		t.Run(name, func(t *testing.T) {
			p := pool.New(pool.Config{Workers: 1}, opt)
			var order roll
			require.NoError(t, p.Submit(order.task("later", pool.WithTaskPriority(1))))
			require.NoError(t, p.Submit(order.task("first", pool.WithTaskPriority(2))))
			require.NoError(t, p.Start(background))
			require.NoError(t, p.Stop(background))
			order.want(t, "first", "later")
		})
	}
}

// A task that exceeds the bound is queued by its priority as well.
func TestNestedTasksGoByPriorityBeyondTheBound(t *testing.T) {
	p := pool.New(pool.Config{Workers: 1, QueueSize: 2, Priority: true})
	var order roll
	require.NoError(t, p.Submit(pool.NewTask(func(ctx context.Context) (any, error) {
		for i := range 5 {
			assert.NoError(t, p.SubmitContext(ctx, order.task(fmt.Sprint("nested ", i), pool.WithTaskPriority(i))))
		}
		return nil, nil
	}, pool.WithTaskPriority(100))))
	require.NoError(t, p.Submit(order.task("outside", pool.WithTaskPriority(3))))
	require.NoError(t, p.Start(background))
	require.NoError(t, p.Wait())
	require.NoError(t, p.Stop(background))
	order.want(t, "nested 4", "outside", "nested 3", "nested 2", "nested 1", "nested 0")
}

// A retried task keeps its position: before its equals submitted later, and behind
// larger priorities.
func TestRetriedTaskKeepsPriorityAndAge(t *testing.T) {
	for name, fail := range map[string]func(*roll, error) pool.Task{
		"recordless": func(order *roll, err error) pool.Task {
			runs := 0
			return pool.NewTask(func(context.Context) (any, error) {
				order.add("again")
				if runs++; runs == 1 {
					return nil, err
				}
				return nil, nil
			}, pool.WithTaskPriority(5))
		},
		"with a record": func(order *roll, err error) pool.Task {
			runs := 0
			return pool.NewTask(func(context.Context) (any, error) {
				order.add("again")
				if runs++; runs == 1 {
					return nil, err
				}
				return nil, nil
			}, pool.WithTaskPriority(5), pool.WithTaskTimeout(time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pool.New(pool.Config{Workers: 1, Priority: true}, pool.WithRetry(1, time.Second))
				var order roll
				require.NoError(t, p.Submit(fail(&order, errors.New("once"))))
				require.NoError(t, p.Submit(pool.NewTask(func(context.Context) (any, error) {
					time.Sleep(time.Minute) // the first one comes back meanwhile
					return nil, nil
				}, pool.WithTaskPriority(5))))
				require.NoError(t, p.Submit(order.task("equal", pool.WithTaskPriority(5))))
				require.NoError(t, p.Submit(order.task("lower", pool.WithTaskPriority(4))))
				require.NoError(t, p.Start(background))
				time.Sleep(time.Second / 2)
				require.NoError(t, p.Submit(order.task("higher", pool.WithTaskPriority(6))))
				require.NoError(t, p.Wait())
				require.NoError(t, p.Stop(background))
				order.want(t, "again", "higher", "again", "equal", "lower")
			})
		})
	}
}

// Goal: a task is overtaken by at most as many tasks as aging allows, however many
// submitters there are. Method: one task of low priority is submitted among a stream of
// higher ones from 8 submitters that keep the queue full. There is one worker, so tasks
// start in the order in which they are taken.
func TestAgingBoundsHowOftenATaskIsOvertaken(t *testing.T) {
	const aging, levels, submitters, queue = 50, 4, 8, 64
	p := startPool(t, pool.Config{Workers: 1, QueueSize: queue}, pool.WithPriorityAging(aging))
	for range rounds(50) {
		var started atomic.Int64 // high ones
		var over atomic.Bool
		high := asTask(func(context.Context) error { started.Add(1); return nil }, pool.WithTaskPriority(levels))
		var submitting sync.WaitGroup
		for range submitters {
			submitting.Go(func() {
				for !over.Load() {
					assert.NoError(t, p.Submit(high))
				}
			})
		}
		spinUntil(func() bool { return started.Load() > 0 })
		low := make(chan int64, 1)
		require.NoError(t, p.Submit(pool.NewTask(func(context.Context) (any, error) {
			low <- started.Load()
			return nil, nil
		})))
		// A task that waits by now was submitted before, or overtakes it.
		bound := started.Load() + queue + 1 + aging*levels
		n := <-low
		assert.LessOrEqual(t, n, bound, "overtaken until %d had started, the bound is %d", n, bound)
		over.Store(true)
		submitting.Wait()
	}
}

// With this flag the pools of the tests have priorities: a pool keeps its promises in
// both modes.
var withPriorities = flag.Bool("pool.priority", false, "test pools with priorities")

// newPool is pool.New for pools to be tested in both modes.
func newPool(cfg pool.Config, opts ...pool.Option) *pool.WorkerPool {
	if *observed {
		opts = append(observers(), opts...)
	}
	if *withPriorities {
		prioritized := cfg
		prioritized.Priority = true
		if p := pool.New(prioritized, opts...); p.Validate() == nil {
			return p
		} // it would be refused, for the policy DropOldest
	}
	return pool.New(cfg, opts...)
}

// Goal: all laws hold in a pool with priorities, too. Method: run all tests of this
// package again, with such pools.
func TestEverythingHoldsWithPriorities(t *testing.T) {
	if *withPriorities || *observed {
		return // this is the run below, or that of another mode
	}
	args := []string{"-pool.priority", "-test.short", "-test.timeout=90s", "-test.run=^Test", "-test.count=1"}
	out, err := exec.Command(os.Args[0], args...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, bytes.TrimSpace(out))
	}
}
