package pool_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: under 64 submitters and a storm of Resize, at most as many tasks run at once as
// the largest size asked for, by their own count and by the gauge: ants#374 to
// ants#376, and pond's gauge.
//
// Method: the sizes grow and shrink within a limit that rises from time to time. The
// limit is raised before, and read after, the size it bounds.
func TestResizeStormKeepsTheBounds(t *testing.T) {
	const submitters, size = 64, 32
	for range scaled(20) {
		p := livePool(t, pool.Config{Workers: 1, QueueSize: size})
		var limit, inside, most atomic.Int64
		limit.Store(1)
		var submitted, ran atomic.Int64
		var failed atomic.Bool
		body := func(context.Context) error {
			n := inside.Add(1)
			if n > limit.Load() {
				failed.Store(true)
			}
			raise(&most, n)
			runtime.Gosched()
			inside.Add(-1)
			ran.Add(1)
			return nil
		}
		var wg, others sync.WaitGroup
		for range submitters {
			wg.Go(func() {
				for n := 0; n < 100 || most.Load() < 2; n++ { // until something was to be seen
					if err := p.SubmitFunc(body); err != nil {
						t.Errorf("SubmitFunc: %v", err)
						return
					}
					submitted.Add(1)
				}
			})
		}
		over := make(chan struct{})
		for range 2 {
			others.Go(func() {
				for top := int64(1); ; {
					select {
					case <-over:
						return
					default:
					}
					if top < 12 && rand.IntN(10) == 0 {
						top++
						raise(&limit, top)
					}
					p.Resize(1 + rand.IntN(int(top)))
					s := p.Stats()
					if n := limit.Load(); int64(s.ActiveWorkers) > n || int64(s.Workers) > n || s.RunningTasks > s.ActiveWorkers {
						t.Errorf("%+v, and no more than %d workers were asked for", s, n)
					}
					runtime.Gosched()
				}
			})
		}
		wg.Wait()
		close(over)
		others.Wait()
		assert.NoError(t, p.Wait())
		require.False(t, failed.Load(),
			"%d tasks ran at once, at most %d workers were asked for", most.Load(), limit.Load())
		require.Equal(t, submitted.Load(), ran.Load(), "tasks ran")
	}
}

// Goal: under a storm of submissions of all kinds, the gauge never shows more queued
// tasks than the bound.
func TestQueuedTasksStaysWithinTheBound(t *testing.T) {
	for _, size := range []int{1, 3, 64} {
		p := livePool(t, pool.Config{Workers: 4, QueueSize: size})
		var wg, others sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				batch := []pool.Task{emptyTask, emptyTask, emptyTask}
				for range scaled(3000) {
					var err error
					switch i % 4 {
					case 0:
						err = p.Submit(emptyTask)
					case 1:
						_, err = p.SubmitBatch(batch)
					case 2:
						if err = p.TrySubmit(emptyTask); errors.Is(err, pool.ErrQueueFull) {
							err = nil
						}
					case 3:
						_, err = pool.Go(p, func(context.Context) (int, error) { return 0, nil })
					}
					if err != nil {
						t.Errorf("submission: %v", err)
					}
				}
			})
		}
		over := make(chan struct{})
		others.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					if n := p.Stats().QueuedTasks; n < 0 || n > size {
						t.Errorf("QueuedTasks is %d, the bound %d", n, size)
						return
					}
					runtime.Gosched()
				}
			}
		})
		wg.Wait()
		close(over)
		others.Wait()
	}
}
