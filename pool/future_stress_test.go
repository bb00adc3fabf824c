package pool_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: each task either runs or is called off by one Cancel that returns true. Method:
// several cancellers race the workers, and each other, for each future.
func TestFutureCancelOrRunNeverBoth(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 8})
	var ranAll, cancelledAll int64
	for range rounds(20_000) {
		var ran, cancelled atomic.Int64
		f, err := pool.Go(p, func(context.Context) (int, error) { ran.Add(1); return 1, nil })
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if f.Cancel() {
					cancelled.Add(1)
				}
			})
		}
		_, err = f.Wait(background)
		wg.Wait()
		if ran.Load()+cancelled.Load() != 1 {
			t.Fatalf("ran %d times, Cancel reported true %d times", ran.Load(), cancelled.Load())
		}
		if (err == nil) != (ran.Load() == 1) || err != nil && !errors.Is(err, pool.ErrNotStarted) {
			t.Fatalf("ran %d times, error %v", ran.Load(), err)
		}
		ranAll += ran.Load()
		cancelledAll += cancelled.Load()
	}
	s := p.Stats()
	assert.Equal(t, cancelledAll, s.CancelledTasks, "%d ran and %d were cancelled, but %+v", ranAll, cancelledAll, s)
	assert.Equal(t, ranAll, s.CompletedTasks, "%d ran and %d were cancelled, but %+v", ranAll, cancelledAll, s)
	if ranAll == 0 || cancelledAll == 0 {
		t.Logf("one side won always: %d ran, %d cancelled", ranAll, cancelledAll)
	}
}

func TestFutureManyWaiters(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	for range rounds(2_000) {
		f, err := pool.Go(p, func(context.Context) (int, error) { return 11, nil })
		require.NoError(t, err)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				switch i % 3 {
				case 0:
					<-f.Done()
				case 1:
					ctx, cancel := context.WithCancel(background)
					defer cancel()
					if _, err := f.Wait(ctx); err != nil {
						t.Error(err)
					}
				}
				if v, err := f.Wait(background); v != 11 || err != nil {
					t.Error(v, err)
				}
			})
		}
		wg.Wait()
	}
}

// Goal: there is one run, whichever of several waiting tasks, or a worker, claims it.
func TestFutureManyTasksWaitForOne(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 3, QueueSize: 2})
	for range rounds(3_000) {
		var ran tally
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 1, ran.body(ctx) }, pool.WithTaskContext(ctx))
			if err != nil {
				return err
			}
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			for range 3 {
				g.Go(func(ctx context.Context) error {
					_, err := f.Wait(ctx)
					return err
				})
			}
			return g.Wait()
		}))
		require.NoError(t, err)
		ran.want(t, 1)
	}
}
