package pool_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: no task begins after Stop returned nil, whatever is submitted concurrently:
// ants, where 34 tasks of 292,801 did.
//
// Method: each task checks a flag that is set after Stop.
func TestNoTaskBeginsAfterStop(t *testing.T) {
	for round := range scaled(30_000) {
		p := newPool(pool.Config{Workers: 2, QueueSize: 4})
		if err := p.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		var stopped atomic.Bool
		var accepted, ran, late atomic.Int64
		body := func(context.Context) error {
			if stopped.Load() {
				late.Add(1)
			}
			ran.Add(1)
			return nil
		}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for {
					if err := p.SubmitFunc(body); err != nil {
						if !errors.Is(err, pool.ErrStopped) {
							t.Errorf("SubmitFunc: %v", err)
						}
						return
					}
					accepted.Add(1)
				}
			})
		}
		spinUntil(func() bool { return accepted.Load() >= int64(round%8) })
		err := p.Stop(context.Background())
		stopped.Store(true)
		wg.Wait()
		if err != nil {
			t.Fatalf("round %d: Stop: %v", round, err)
		}
		if late.Load() != 0 || ran.Load() != accepted.Load() {
			t.Fatalf("round %d: %d tasks entered after Stop; %d ran of %d accepted", round, late.Load(), ran.Load(), accepted.Load())
		}
	}
}

// Goal: once one caller got ErrStopped, all later ones do, whatever way they submit.
//
// Method: a caller reads a flag before it submits, and sets it when it is refused. So a
// call that began after a refusal and is accepted is noticed.
func TestErrStoppedIsSeenByAllLaterCallers(t *testing.T) {
	ways := []func(p *pool.WorkerPool) error{
		func(p *pool.WorkerPool) error { return p.Submit(emptyTask) },
		func(p *pool.WorkerPool) error { return p.TrySubmit(emptyTask) },
		func(p *pool.WorkerPool) error { _, err := p.SubmitBatch([]pool.Task{emptyTask, emptyTask}); return err },
		func(p *pool.WorkerPool) error {
			_, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil })
			return err
		},
		func(p *pool.WorkerPool) error { _, err := p.SubmitWait(context.Background(), emptyTask); return err },
	}
	for round := range scaled(3000) {
		size, policy := round%3*2, pool.Block // 0 has no bound
		if round%2 == 1 {
			policy = pool.CallerRuns
		}
		p := newPool(pool.Config{Workers: 3, QueueSize: size}, pool.WithOverflow(policy))
		require.NoError(t, p.Start(context.Background()))
		var refused atomic.Bool
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				for refusals := 0; refusals < 3; {
					before := refused.Load()
					err := ways[i](p)
					switch {
					case errors.Is(err, pool.ErrStopped):
						refused.Store(true)
						refusals++
					case before:
						t.Errorf("round %d, way %d: %v after another caller got ErrStopped", round, i, err)
						return
					}
				}
			})
		}
		err := p.Stop(context.Background())
		wg.Wait()
		require.NoError(t, err, "Stop")
		if t.Failed() {
			return
		}
	}
}

// A submissionCount counts the runs and outcomes of one submission.
type submissionCount struct {
	accepted       atomic.Bool
	runs, outcomes atomic.Int32
	neverRan       atomic.Bool // the outcome says that it never ran
}

// Goal: an accepted task is resolved exactly once, and a refused one never. It runs
// once or is handed back, and its callback is called once. Meanwhile there are
// submissions of all kinds, cancelled contexts, timeouts, Resize, Stats, and the end by
// Stop, by an expired Stop or by the context of Start.
//
// Method: each task has counters of its own, checked at the end.
func TestAcceptedIsResolvedExactlyOnce(t *testing.T) {
	for round := range scaled(2000) {
		policies := []pool.Overflow{pool.Block, pool.Reject, pool.DropNewest, pool.DropOldest, pool.CallerRuns}
		resolveOneLifecycle(t, policies[round%len(policies)], round/len(policies)%4)
		if t.Failed() {
			t.Logf("round %d", round)
			return
		}
	}
}

func resolveOneLifecycle(t *testing.T, policy pool.Overflow, end int) {
	const submitters, each = 6, 40
	p := newPool(pool.Config{Workers: 3, QueueSize: 8}, pool.WithOverflow(policy))
	startCtx, cancelStart := context.WithCancel(context.Background())
	defer cancelStart()
	require.NoError(t, p.Start(startCtx))
	counts := make([]submissionCount, submitters*each)
	var tried, accepted atomic.Int32
	half := make(chan struct{}) // closed when half of the tasks were tried
	var wg sync.WaitGroup
	for i := range submitters {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			for j := range each {
				if tried.Add(1) == submitters*each/2 {
					close(half)
				}
				if j == each/2 {
					cancel() // what is queued is called off, and later submissions are refused
				}
				f := &counts[i*each+j]
				if submitCounted(p, ctx, f, i+j) == nil {
					f.accepted.Store(true)
					accepted.Add(1)
				}
			}
		})
	}
	over := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				p.Resize(1 + rand.IntN(6))
				_ = p.Stats()
				runtime.Gosched()
			}
		}
	})
	<-half
	switch end {
	case 0:
		_ = p.Stop(context.Background())
	case 1:
		_ = p.Stop(endedContext())
	case 2:
		cancelStart()
	case 3:
		for range 3 {
			others.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(100))*time.Microsecond)
				defer cancel()
				_ = p.Stop(ctx)
			})
		}
	}
	wg.Wait()
	err := p.Stop(context.Background())
	close(over)
	others.Wait()

	handedBack := 0
	for i := range counts {
		f := &counts[i]
		want := int32(0)
		if f.accepted.Load() {
			want = 1
		}
		runs := want
		if f.neverRan.Load() {
			runs = 0
		}
		if f.outcomes.Load() != want || f.runs.Load() != runs {
			t.Errorf("policy %d, end %d, task %d: accepted %v, never run %v, but %d runs and %d outcomes",
				policy, end, i, f.accepted.Load(), f.neverRan.Load(), f.runs.Load(), f.outcomes.Load())
		}
		if f.neverRan.Load() {
			handedBack++
		}
	}
	var stopErr *pool.StopError
	if err != nil && (!errors.As(err, &stopErr) || stopErr.Running.Count != 0) {
		t.Errorf("Stop: %v", err)
	}
	s := p.Stats()
	if stopErr != nil && policy != pool.DropOldest && int64(stopErr.NeverRun.Count) != s.DroppedTasks {
		t.Errorf("Stop reports %d that never ran, Stats %d", stopErr.NeverRun.Count, s.DroppedTasks)
	}
	if s.SubmittedTasks != int64(accepted.Load()) || s.DroppedTasks+s.CancelledTasks != int64(handedBack) ||
		s.SubmittedTasks != s.CompletedTasks+s.FailedTasks+s.DroppedTasks+s.CancelledTasks ||
		s.QueuedTasks != 0 || s.RunningTasks != 0 || s.OverdueTasks != 0 || s.ActiveWorkers != 0 || s.Goroutines != 0 {
		t.Errorf("policy %d, end %d: %d accepted, %d never ran, but %+v", policy, end, accepted.Load(), handedBack, s)
	}
}

// submitCounted submits a task that counts in f, in one of all ways.
func submitCounted(p *pool.WorkerPool, ctx context.Context, f *submissionCount, way int) error {
	body := func(ctx context.Context) (any, error) {
		f.runs.Add(1)
		if way%7 == 0 {
			panic(fmt.Sprint("counted ", way))
		}
		return nil, ctx.Err()
	}
	opts := []pool.TaskOption{pool.WithTaskCallback(func(r pool.Result) {
		if errors.Is(r.Error, pool.ErrStopped) || errors.Is(r.Error, pool.ErrNotStarted) || errors.Is(r.Error, pool.ErrDropped) {
			f.neverRan.Store(true)
		}
		f.outcomes.Add(1)
	})}
	if way%5 == 0 {
		opts = append(opts, pool.WithTaskTimeout(time.Hour))
	}
	task := pool.NewTask(body, opts...)
	switch way % 6 {
	case 0:
		return p.TrySubmit(task)
	case 1:
		return p.SubmitContext(ctx, task)
	case 2:
		n, err := p.SubmitBatch([]pool.Task{task})
		if n == 1 {
			return nil
		}
		return err
	case 3:
		future, err := pool.Go(p, func(ctx context.Context) (int, error) { _, err := body(ctx); return 0, err }, opts...)
		if err == nil && way%2 == 0 {
			future.Cancel()
		}
		return err
	case 4:
		return p.SubmitContext(ctx, pool.NewTask(body, append(opts, pool.WithTaskContext(context.Background()))...))
	}
	return p.Submit(task)
}

// Goal: every method may be called by any goroutine at any time: ants#356, and the data
// race of pkgz's GetStats. The test asserts only the possible results of each call; the
// race detector and the end of the test check the rest.
func TestAllMethodsConcurrently(t *testing.T) {
	for range scaled(1000) {
		p := newPool(pool.Config{Workers: 2, QueueSize: 4})
		require.NoError(t, p.Start(context.Background()))
		var ran, accepted atomic.Int64
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				for j := range 50 {
					var err error
					switch (i + j) % 8 {
					case 0, 1, 2, 3:
						if err = p.SubmitFunc(func(context.Context) error { ran.Add(1); return nil }); err == nil {
							accepted.Add(1)
						}
					case 4:
						p.Resize(j % 9)
					case 5:
						_ = p.Stats()
					case 6:
						if i == 7 && j > 25 {
							err = p.Stop(context.Background())
						}
					case 7:
						if i%4 == 0 {
							err = p.Wait()
						}
					}
					if err != nil && !errors.Is(err, pool.ErrStopped) {
						t.Errorf("unexpected error: %v", err)
					}
				}
			})
		}
		wg.Wait()
		assert.NoError(t, p.Stop(context.Background()))
		require.Equal(t, accepted.Load(), ran.Load(), "tasks ran of %d accepted", accepted.Load())
	}
}
