package pool_test

import (
	"context"
	"errors"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: an accepted value has one outcome, under any interleaving of submissions with
// Resize and Stop. No call begins after Stop has returned nil.
func TestFuncPoolAcceptedMeansResolved(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			for round := range rounds(100) {
				var called, accepted atomic.Int64
				var stopped atomic.Bool
				p := pool.NewFunc(pool.Config{Workers: 1 + round%3, QueueSize: 1 + round%5}, func(context.Context, big) error {
					if stopped.Load() {
						t.Error("a call after Stop")
					}
					called.Add(1)
					return nil
				}, append([]pool.Option{pool.WithOverflow(pool.Overflow(round % 2))}, opts...)...)
				require.NoError(t, p.Start(background))
				var wg sync.WaitGroup
				for i, sub := range funcSubmissions {
					wg.Go(func() {
						for {
							err := sub.submit(p, t.Context(), bigOf(i))
							switch {
							case err == nil:
								accepted.Add(1)
							case errors.Is(err, pool.ErrStopped):
								return
							case errors.Is(err, pool.ErrQueueFull):
								yield() // to those who make room
							default:
								t.Error(err)
								return
							}
						}
					})
				}
				wg.Go(func() { p.Resize(1 + round%4); p.Resize(2) })
				// On one processor, each of the other goroutines may keep it for a time
				// slice.
				for accepted.Load() < 20 {
					yield()
				}
				require.NoError(t, p.Stop(background))
				stopped.Store(true)
				wg.Wait()
				assert.Equal(t, called.Load(), accepted.Load())
				accountedFor(t, p.Stats())
				if t.Failed() {
					t.Fatalf("in round %d", round)
				}
			}
		})
	}
}

// Submitting a value synchronizes before its call, and the call before Wait. The race
// detector checks it.
func TestFuncPoolHappensBefore(t *testing.T) {
	for _, opts := range funcConfigs {
		p := startFunc(t, pool.Config{Workers: 2, QueueSize: 2}, func(_ context.Context, v *int) error { *v++; return nil }, opts...)
		values := make([]int, 100)
		for i := range values {
			values[i] = i
			require.NoError(t, p.Submit(&values[i]))
		}
		require.NoError(t, p.Wait())
		for i, v := range values {
			require.Equal(t, i+1, v, "at index %d", i)
		}
	}
}

// After its call nothing holds a value, even if its slot in the queue was not used
// again.
func TestFuncPoolReleasesValues(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			p := startFunc(t, pool.Config{Workers: 1, QueueSize: 100}, func(_ context.Context, v *payload) error { v.use(); return nil }, opts...)
			one, collected := newPayload()
			require.NoError(t, p.Submit(one))
			require.NoError(t, p.SubmitContext(t.Context(), one))
			require.NoError(t, p.SubmitWait(t.Context(), one))
			_, err := p.SubmitBatch([]*payload{one})
			require.NoError(t, err)
			require.NoError(t, p.Wait())
			one = nil
			wantCollected(t, collected)
		})
	}
}

// A call has the labels of its submitter's context, and the next call has none of them.
func TestFuncPoolCallsHaveTheLabelsOfTheirContext(t *testing.T) {
	p := startFunc(t, pool.Config{Workers: 1}, func(_ context.Context, want string) error {
		lookAtOwn(t, want)
		return nil
	}, pool.WithProfilerLabels())
	require.NoError(t, p.SubmitContext(pprof.WithLabels(background, pprof.Labels("who", "submitter")), "submitter"))
	require.NoError(t, p.Submit(""))
	require.NoError(t, p.Wait())
}
