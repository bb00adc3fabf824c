package pool_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// failsafe-go#393: a permit given to a waiter that had left was lost. Goal: after many
// submitters gave up waiting for room, the whole bound is available.
func TestAbandonedSubmittersLeaveTheWholeBound(t *testing.T) {
	const bound = 4
	p := startPool(t, pool.Config{Workers: 2, QueueSize: bound})
	var accepted, abandoned, ran, cancelled atomic.Int64
	var submitters sync.WaitGroup
	for range 8 {
		submitters.Go(func() {
			for range rounds(100_000) / 8 {
				ctx, cancel := context.WithCancel(background)
				go cancel()
				switch err := p.SubmitContext(ctx, asTask(func(context.Context) error { ran.Add(1); return nil },
					pool.WithTaskCallback(func(r pool.Result) {
						if r.Error != nil {
							cancelled.Add(1)
						}
					}))); {
				case err == nil:
					accepted.Add(1)
				case errors.Is(err, pool.ErrNotStarted) && errors.Is(err, context.Canceled):
					abandoned.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	submitters.Wait()
	require.NoError(t, p.Wait())
	assert.Equal(t, accepted.Load(), ran.Load()+cancelled.Load(),
		"%d accepted, %d ran, %d cancelled", accepted.Load(), ran.Load(), cancelled.Load())
	s := p.Stats()
	assert.Equal(t, accepted.Load(), s.SubmittedTasks,
		"%d accepted, %d cancelled: %+v", accepted.Load(), cancelled.Load(), s)
	assert.Equal(t, cancelled.Load(), s.CancelledTasks,
		"%d accepted, %d cancelled: %+v", accepted.Load(), cancelled.Load(), s)
	for pool.QueuedItems(p) > 0 {
		runtime.Gosched() // places of cancelled tasks count until a worker passes them
	}
	release1, release2 := busyWorker(t, p), busyWorker(t, p)
	for range bound {
		require.NoError(t, p.TrySubmit(asTask(func(context.Context) error { return nil })))
	}
	assert.ErrorIs(t, p.TrySubmit(asTask(func(context.Context) error { return nil })), pool.ErrQueueFull)
	release1()
	release2()
	require.NoError(t, p.Wait())
}
