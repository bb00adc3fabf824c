package pool_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/user/millrace/pool"
)

// failsafe-go#393: a permit given to a waiter that had left was lost.
// Goal: after many submitters that gave up waiting for room, the whole bound is
// there.
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
	must(t, p.Wait())
	if ran.Load()+cancelled.Load() != accepted.Load() {
		t.Errorf("%d accepted, %d ran, %d cancelled", accepted.Load(), ran.Load(), cancelled.Load())
	}
	if s := p.Stats(); s.SubmittedTasks != accepted.Load() || s.CancelledTasks != cancelled.Load() {
		t.Errorf("%d accepted, %d cancelled: %+v", accepted.Load(), cancelled.Load(), s)
	}
	for pool.QueuedItems(p) > 0 {
		runtime.Gosched() // places of cancelled tasks count until a worker passes them
	}
	release1, release2 := busyWorker(t, p), busyWorker(t, p)
	for range bound {
		must(t, p.TrySubmit(asTask(func(context.Context) error { return nil })))
	}
	wantErr(t, p.TrySubmit(asTask(func(context.Context) error { return nil })), pool.ErrQueueFull)
	release1()
	release2()
	must(t, p.Wait())
}
