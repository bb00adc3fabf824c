package pool_test

// The usage examples of the plan that this package was built from, as printed there
// except for the import path and blank lines. Each is the body of a function here.
// Names that it uses but does not declare are the function's parameters.

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	worker "github.com/user/millrace/pool"
)

func planBasicUsage() {
	// Create pool with 5 workers
	pool := worker.New(worker.Config{
		Workers:   5,
		QueueSize: 100,
	})

	ctx := context.Background()
	pool.Start(ctx)
	defer pool.Stop(ctx)

	// Submit tasks
	for i := 0; i < 100; i++ {
		i := i
		pool.SubmitFunc(func(ctx context.Context) error {
			fmt.Printf("Processing task %d\n", i)
			time.Sleep(100 * time.Millisecond)
			return nil
		})
	}

	// Wait for completion
	pool.Wait()
}

func TestPlanBasicUsage(t *testing.T) {
	printed := captureStdout(t, func() {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			planBasicUsage()
			took := time.Since(began)
			assert.Equal(t, 2*time.Second, took, "100 tasks of 100 ms took %v on 5 workers", took)
		})
	})
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprintf("Processing task %d", i))
	}
	slices.Sort(want)
	got := strings.Split(strings.TrimSuffix(printed, "\n"), "\n")
	slices.Sort(got)
	assert.Equal(t, want, got, "printed lines")
}

func planWithResults(ctx context.Context, cfg worker.Config, computeExpensiveValue func() int) {
	pool := worker.New(cfg)
	pool.Start(ctx)
	defer pool.Stop(ctx)

	// Submit and wait for result
	result, err := pool.SubmitWait(ctx, worker.TaskFunc(
		func(ctx context.Context) (interface{}, error) {
			return computeExpensiveValue(), nil
		},
	))
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println("Result:", result)
}

func TestPlanWithResults(t *testing.T) {
	printed := captureStdout(t, func() {
		planWithResults(t.Context(), worker.Config{}, func() int { return 42 })
	})
	assert.Equal(t, "Result: 42\n", printed)
}

func planPriorityQueue(ctx context.Context, processUrgent, processNormal, processBackground func() int) *worker.WorkerPool {
	pool := worker.New(worker.Config{
		Workers:  5,
		Priority: true,
	})
	pool.Start(ctx)

	// High priority (processed first)
	pool.Submit(worker.NewTask(
		func(ctx context.Context) (interface{}, error) {
			return processUrgent(), nil
		},
		worker.WithTaskPriority(10),
	))

	// Normal priority
	pool.Submit(worker.NewTask(
		func(ctx context.Context) (interface{}, error) {
			return processNormal(), nil
		},
		worker.WithTaskPriority(5),
	))

	// Low priority (processed last)
	pool.Submit(worker.NewTask(
		func(ctx context.Context) (interface{}, error) {
			return processBackground(), nil
		},
		worker.WithTaskPriority(1),
	))
	return pool
}

func planBatchProcessing(ctx context.Context, cfg worker.Config, items []string, processItem func(string) int) {
	pool := worker.New(cfg)
	pool.Start(ctx)

	// Create result channel
	results := make(chan worker.Result, len(items))

	// Submit batch
	for _, item := range items {
		item := item
		pool.Submit(worker.NewTask(
			func(ctx context.Context) (interface{}, error) {
				return processItem(item), nil
			},
			worker.WithTaskCallback(func(r worker.Result) {
				results <- r
			}),
		))
	}

	// Collect results
	for i := 0; i < len(items); i++ {
		result := <-results
		if result.Error != nil {
			log.Printf("Task %s failed: %v", result.TaskID, result.Error)
		}
	}
}

func TestPlanBatchProcessing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // ends the pool
	items := strings.Fields("an example with some items of which one is bad")
	processed := make(chan string, len(items))
	logged := captureLog(t, func() {
		planBatchProcessing(ctx, worker.Config{Workers: 3, QueueSize: 2}, items, func(item string) int {
			processed <- item
			if item == "bad" {
				panic("bad item")
			}
			return len(item)
		})
	})
	close(processed)
	var got []string
	for item := range processed {
		got = append(got, item)
	}
	slices.Sort(got)
	slices.Sort(items)
	assert.Equal(t, items, got, "processed")
	assert.Equal(t, 1, strings.Count(logged, "failed: "))
	assert.Contains(t, logged, "failed: pool: task panicked: bad item")
}

func planWithRetry(ctx context.Context, cfg worker.Config, callExternalAPI func() (interface{}, error)) *worker.WorkerPool {
	pool := worker.New(cfg,
		worker.WithRetry(3, time.Second), // Retry 3 times with 1s delay
	)
	pool.Start(ctx)

	pool.Submit(worker.NewTask(
		func(ctx context.Context) (interface{}, error) {
			return callExternalAPI() // May fail transiently
		},
		worker.WithTaskRetry(5), // Override: 5 retries for this task
	))
	return pool
}

func planRateLimited(ctx context.Context, cfg worker.Config, callRateLimitedAPI func() error) *worker.WorkerPool {
	pool := worker.New(cfg,
		worker.WithRateLimit(10), // Max 10 tasks per second
	)
	pool.Start(ctx)

	// Tasks are processed at controlled rate
	for i := 0; i < 1000; i++ {
		pool.SubmitFunc(func(ctx context.Context) error {
			return callRateLimitedAPI()
		})
	}
	return pool
}

func TestPlanWithRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs []time.Duration
		begin := time.Now()
		pool := planWithRetry(t.Context(), worker.Config{}, func() (interface{}, error) {
			runs = append(runs, time.Since(begin))
			return nil, errors.New("down")
		})
		err := pool.Wait()
		var retry *worker.RetryError
		if assert.ErrorAs(t, err, &retry) {
			assert.Equal(t, 6, retry.Runs)
		}
		for i, at := range runs {
			assert.Equal(t, time.Duration(i)*time.Second, at, "run %d began after %v", i+1, at)
		}
		pool.Stop(t.Context())
	})
}

func TestPlanPriorityQueue(t *testing.T) {
	var ran atomic.Int64
	one := func() int { ran.Add(1); return 0 }
	pool := planPriorityQueue(t.Context(), one, one, one)
	assert.NoError(t, pool.Stop(t.Context()))
	assert.Equal(t, int64(3), ran.Load())
}

func TestPlanRateLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var starts []time.Duration
		begin := time.Now()
		pool := planRateLimited(t.Context(), worker.Config{}, func() error {
			starts = append(starts, time.Since(begin)) // no two at a time: they start 100 ms apart
			return nil
		})
		assert.NoError(t, pool.Wait())
		for i, at := range starts {
			want := time.Duration(i) * 100 * time.Millisecond
			require.GreaterOrEqual(t, at, want, "start %d", i)
			require.LessOrEqual(t, at, want+time.Microsecond, "start %d", i)
		}
		assert.Len(t, starts, 1000, "started")
		pool.Stop(t.Context())
	})
}

// planTime stands for package time in an example that loops forever: its Sleep ends the
// loop.
type planTime struct {
	Second time.Duration
	Sleep  func(time.Duration)
}

func planDynamicResizing(ctx context.Context, time planTime) *worker.WorkerPool {
	pool := worker.New(worker.Config{
		Workers: 5,
	})
	pool.Start(ctx)

	// Monitor and resize based on load
	go func() {
		for {
			stats := pool.Stats()

			// Scale up if queue is backing up
			if stats.QueuedTasks > 100 && stats.Workers < 20 {
				pool.Resize(stats.Workers + 5)
			}

			// Scale down if idle
			if stats.QueuedTasks == 0 && stats.ActiveWorkers == 0 {
				pool.Resize(5) // Minimum workers
			}

			time.Sleep(10 * time.Second)
		}
	}()
	return pool
}

// Goal: the loop adds workers when the queue backs up, and removes them when the pool
// is idle. Method: in a bubble synctest.Wait returns when all tasks that can start have
// started.
func TestPlanDynamicResizing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel() // ends the pool
		var ended atomic.Bool
		pool := planDynamicResizing(ctx, planTime{time.Second, func(d time.Duration) {
			if ended.Load() {
				runtime.Goexit()
			}
			time.Sleep(d)
		}})
		tick := func() { time.Sleep(10 * time.Second); synctest.Wait() }
		time.Sleep(time.Second) // between the loop's checks
		synctest.Wait()

		var running atomic.Int64
		release := make(chan struct{})
		for range 120 {
			require.NoError(t, pool.SubmitFunc(func(context.Context) error {
				running.Add(1)
				defer running.Add(-1)
				<-release
				return nil
			}))
		}
		synctest.Wait()
		for _, want := range []int64{5, 10, 15, 20, 20} {
			require.Equal(t, want, running.Load())
			require.Equal(t, int(want), pool.Stats().Workers)
			tick()
		}
		close(release)
		tick()
		assert.Equal(t, 5, pool.Stats().Workers, "workers when idle")
		ended.Store(true)
		tick()
	})
}

func planErrorGroupPattern(ctx context.Context, cfg worker.Config, fetchDataA, fetchDataB, fetchDataC func(context.Context) error, log interface{ Fatal(...any) }) {
	pool := worker.New(cfg)
	pool.Start(ctx)

	// Create error group
	g := worker.NewGroup(pool)

	// Submit tasks
	g.Go(func(ctx context.Context) error {
		return fetchDataA(ctx)
	})

	g.Go(func(ctx context.Context) error {
		return fetchDataB(ctx)
	})

	g.Go(func(ctx context.Context) error {
		return fetchDataC(ctx)
	})

	// Wait for all, return first error
	if err := g.Wait(); err != nil {
		log.Fatal(err)
	}
}

// fatalities stands for package log in an example that a test makes fail.
type fatalities []any

func (f *fatalities) Fatal(args ...any) { *f = append(*f, args...) }

func TestPlanErrorGroupPattern(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // ends the pool
	unreachable := errors.New("B is unreachable")
	var fetched atomic.Int64
	fetch := func(context.Context) error { fetched.Add(1); return nil }
	for _, test := range []struct {
		fetchB func(context.Context) error
		fatal  []any
	}{
		{fetch, nil},
		{func(context.Context) error { return unreachable }, []any{unreachable}},
	} {
		var fatal fatalities
		fetched.Store(0)
		// C waits for the end of the group when B fails, as a fetch does.
		fetchC := fetch
		if test.fatal != nil {
			fetchC = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		}
		planErrorGroupPattern(ctx, worker.Config{}, fetch, test.fetchB, fetchC, &fatal)
		if !slices.Equal(fatal, fatalities(test.fatal)) {
			t.Errorf("fatal are %v, want %v", fatal, test.fatal)
		}
		if test.fatal == nil && fetched.Load() != 3 {
			t.Errorf("fetched %d, want 3", fetched.Load())
		}
	}
}

// captureStdout returns what f prints.
func captureStdout(t *testing.T, f func()) string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "stdout")
	require.NoError(t, err)
	defer file.Close()
	before := os.Stdout
	os.Stdout = file
	defer func() { os.Stdout = before }()
	f()
	printed, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	return string(printed)
}

// captureLog returns what f logs.
func captureLog(t *testing.T, f func()) string {
	t.Helper()
	var logged strings.Builder
	before := log.Writer()
	log.SetOutput(&logged)
	defer log.SetOutput(before)
	f()
	return logged.String()
}
