package pool_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// insideTask runs f inside a task of p, and fails the test if it returns an error.
func insideTask(t *testing.T, p *pool.WorkerPool, f doing) {
	t.Helper()
	_, err := p.SubmitWait(background, asTask(f))
	require.NoError(t, err)
}

// ants#197: tasks that submit to their own pool block it once it is full.
func TestNestedSubmissionNeverBlocks(t *testing.T) {
	for policy := pool.Block; policy <= pool.CallerRuns; policy++ {
		each(t, nestable(), func(t *testing.T, sub submission) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(policy))
			var ran tally
			insideTask(t, p, func(ctx context.Context) error {
				fill(t, p, 1)
				for range 20 {
					assert.NoError(t, sub.submit(p, ctx, ran.body))
				}
				if s := p.Stats(); !sub.waits && (s.QueuedTasks != 21 || ran.n.Load() != 0) {
					t.Errorf("past the bound and counted: %+v", s)
				}
				return nil
			})
			require.NoError(t, p.Wait())
			ran.want(t, 20)
			s := p.Stats()
			assert.Zero(t, s.DroppedTasks, s)
			assert.Zero(t, s.RejectedTasks, s)
		})
	}
}

// Goal: waiting inside a task needs no worker, to depth 100 with one worker.
func TestNestedSubmitWaitToDepth(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
	var descend func(depth int) pool.TaskFunc
	descend = func(depth int) pool.TaskFunc {
		return func(ctx context.Context) (any, error) {
			if depth == 0 {
				return 0, ctx.Err()
			}
			v, err := p.SubmitWait(ctx, descend(depth-1))
			if err != nil {
				return nil, err
			}
			return v.(int) + 1, nil
		}
	}
	for range 3 {
		v, err := p.SubmitWait(background, descend(100))
		assert.NoError(t, err)
		assert.Equal(t, 100, v)
	}
	require.NoError(t, p.Wait())
}

// The timer's goroutine gives the outcome of a task whose function returns at its
// deadline. A SubmitWait that ran the task itself must wait for that.
func TestNestedSubmitWaitOfATaskThatTimesOut(t *testing.T) {
	for range rounds(200) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1})
			results := make(chan pool.Result, 1)
			insideTask(t, p, func(ctx context.Context) error {
				_, err := p.SubmitWait(ctx, asTask(func(ctx context.Context) error {
					<-ctx.Done()
					return nil
				}, pool.WithTaskTimeout(time.Second), pool.WithTaskCallback(func(r pool.Result) { results <- r })))
				assert.Equal(t, context.DeadlineExceeded, err)
				assert.Len(t, results, 1, "SubmitWait returned before the callback")
				return nil
			})
		})
	}
}

func TestNestedSubmitAfterTheTaskAndItsWorkerEnded(t *testing.T) {
	each(t, nestable(), func(t *testing.T, sub submission) {
		kinds := map[string]func(p *pool.WorkerPool, body doing) error{
			"recordless": func(p *pool.WorkerPool, body doing) error { return p.SubmitFunc(body) },
			"recorded":   func(p *pool.WorkerPool, body doing) error { return p.SubmitContext(t.Context(), asTask(body)) },
		}
		for name, submit := range kinds {
			t.Run(name, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 2, QueueSize: 1})
				var of context.Context
				exits(func() {
					assert.NoError(t, submit(p, func(ctx context.Context) error {
						of = ctx
						_, err := goexit() // takes the worker's goroutine with it
						return err
					}))
				})
				assert.ErrorIs(t, p.Wait(), pool.ErrGoexit)
				p.Resize(1)
				release := busyWorker(t, p)
				fill(t, p, 1)
				var ran tally
				answered := async(func() error {
					return sub.submit(p, of, func(ctx context.Context) error {
						ran.n.Add(1)
						return ctx.Err() // not ended with the task
					})
				})
				require.NoError(t, <-answered)
				release()
				require.NoError(t, p.Wait())
				ran.want(t, 1)
			})
		}
	})
}

// goshimmer#648: three pools that submit to each other, each of them full.
func TestNestedRingOfPoolsAtCapacity(t *testing.T) {
	const laps, chains = 20, 4
	var pools [3]*pool.WorkerPool
	for i := range pools {
		pools[i] = startPool(t, pool.Config{Workers: 1, QueueSize: 1})
	}
	var ended sync.WaitGroup
	var hop func(at int) doing
	hop = func(at int) doing {
		return func(ctx context.Context) error {
			if at == laps*len(pools) {
				ended.Done()
				return nil
			}
			// For another pool, the end of this task is an end from outside.
			ctx = context.WithoutCancel(ctx)
			return pools[(at+1)%len(pools)].SubmitContext(ctx, asTask(hop(at+1)))
		}
	}
	// The first submission of a chain to each pool may have to wait; the later ones are
	// nested.
	for range chains {
		ended.Add(1)
		require.NoError(t, pools[0].SubmitFunc(hop(0)))
	}
	ended.Wait()
	for _, p := range pools {
		require.NoError(t, p.Wait())
	}
}

// Goal: the child is bound to what the parent was submitted with and to what was
// layered on the parent's context, but not to the parent's timeout or end.
func TestNestedChildKeepsTheOutsideOnly(t *testing.T) {
	type outerKey struct{}
	type layerKey struct{}
	nest := []struct {
		name   string
		submit func(p *pool.WorkerPool, ctx context.Context, body doing) error
	}{
		{"SubmitContext", func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			return p.SubmitContext(ctx, asTask(body))
		}},
		{"Go", func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			_, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, pool.WithTaskContext(ctx))
			return err
		}},
		{"Group", func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			pool.NewGroup(p, pool.WithGroupContext(ctx)).Go(body)
			return nil
		}},
	}
	layers := map[string]func(ctx context.Context) context.Context{
		"plain":  func(ctx context.Context) context.Context { return ctx },
		"valued": func(ctx context.Context) context.Context { return context.WithValue(ctx, layerKey{}, "layer") },
		"cancellable": func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(context.WithValue(ctx, layerKey{}, "layer"))
			_ = cancel
			return ctx
		},
	}
	for _, n := range nest {
		for layer, add := range layers {
			t.Run(n.name+"/"+layer, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := startPool(t, pool.Config{Workers: 1})
					outer, cancel := context.WithTimeout(context.WithValue(background, outerKey{}, "outer"), time.Hour)
					defer cancel()
					deadline, _ := outer.Deadline()
					begun, leave := make(chan struct{}), make(chan struct{})
					ended := make(chan error, 1)
					results := make(chan pool.Result, 1)
					require.NoError(t, p.SubmitContext(outer, asTask(func(ctx context.Context) error {
						assert.NoError(t, p.SubmitContext(ctx, asTask(func(context.Context) error { <-leave; return nil })))
						return n.submit(p, add(ctx), func(ctx context.Context) error {
							assert.Equal(t, "outer", ctx.Value(outerKey{}), "without the outer value")
							if layer != "plain" && ctx.Value(layerKey{}) != "layer" {
								t.Error("without the layer's value")
							}
							if d, ok := ctx.Deadline(); !ok || !d.Equal(deadline) {
								t.Errorf("deadline %v, %v; want the outer one, %v", d, ok, deadline)
							}
							assert.NoError(t, ctx.Err(), "ended with its parent")
							close(begun)
							<-ctx.Done()
							ended <- ctx.Err()
							return nil
						})
					}, pool.WithTaskTimeout(time.Minute), pool.WithTaskCallback(func(r pool.Result) { results <- r }))))
					assert.NoError(t, (<-results).Error, "parent")
					synctest.Wait() // all reactions to the parent's end are over
					close(leave)
					<-begun
					time.Sleep(2 * time.Minute) // past the parent's timeout
					synctest.Wait()
					if len(ended) != 0 {
						t.Fatalf("ended with its parent's timeout: %v", <-ended)
					}
					cancel()
					assert.Same(t, context.Canceled, <-ended)
					require.NoError(t, p.Wait())
				})
			})
		}
	}
}

// Goal: the same holds for a child of the child. Method: the child is submitted through
// a layered context, the grandchild with the child's own. The grandchild runs after
// both have ended.
func TestNestedGrandchildKeepsTheOutsideOnly(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		outer, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		deadline, _ := outer.Deadline()
		begun := make(chan struct{})
		ended := make(chan error, 1)
		require.NoError(t, p.SubmitContext(outer, asTask(func(ctx context.Context) error {
			return p.SubmitContext(context.WithValue(ctx, key{}, "layer"), asTask(func(ctx context.Context) error {
				return p.SubmitContext(ctx, asTask(func(ctx context.Context) error {
					assert.Equal(t, "layer", ctx.Value(key{}), "without the layer's value")
					d, ok := ctx.Deadline()
					assert.True(t, ok, "deadline %v; the outer one counts", d)
					assert.True(t, d.Equal(deadline), "deadline %v; the outer one counts", d)
					close(begun)
					<-ctx.Done()
					ended <- ctx.Err()
					return nil
				}, pool.WithTaskTimeout(2*time.Hour)))
			}))
		}, pool.WithTaskTimeout(time.Minute))))
		<-begun
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if len(ended) != 0 {
			t.Fatalf("ended with its grandparent: %v", <-ended)
		}
		cancel()
		assert.Same(t, context.Canceled, <-ended)
		require.NoError(t, p.Wait())
	})
}

// Goal: the end of a layered context before the parent's end counts, however soon the
// parent ends after it.
func TestNestedLayerCancelledBeforeTheParentEnds(t *testing.T) {
	for range rounds(2_000) {
		p := startPool(t, pool.Config{Workers: 1})
		var skipped tally
		results := make(chan pool.Result, 1)
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			layer, cancel := context.WithCancel(ctx)
			defer cancel()
			return p.SubmitContext(layer, asTask(skipped.body, pool.WithTaskCallback(func(r pool.Result) { results <- r })))
		}))
		require.NoError(t, err)
		r := <-results
		require.ErrorIs(t, r.Error, pool.ErrNotStarted)
		require.ErrorIs(t, r.Error, context.Canceled)
		skipped.want(t, 0)
		require.NoError(t, p.Stop(background))
	}
}

// The same for a child that runs already and checks only later.
func TestNestedLayerCancelledUnderARunningChild(t *testing.T) {
	for range rounds(500) {
		p := startPool(t, pool.Config{Workers: 2})
		begun, check := make(chan struct{}), make(chan struct{})
		child := make(chan error, 1)
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			layer, cancel := context.WithCancel(ctx)
			defer cancel()
			err := p.SubmitContext(layer, asTask(func(ctx context.Context) error {
				close(begun)
				<-check
				<-ctx.Done()
				child <- ctx.Err()
				return nil
			}))
			<-begun
			return err
		}))
		require.NoError(t, err)
		close(check)
		require.Same(t, context.Canceled, <-child)
		require.NoError(t, p.Stop(background))
	}
}

func TestNestedLayerPassesItsTimeout(t *testing.T) {
	each(t, nestable(), func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2})
			ended := make(chan error, 1)
			insideTask(t, p, func(ctx context.Context) error {
				layer, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				begin := time.Now()
				_ = sub.submit(p, layer, func(ctx context.Context) error {
					d, ok := ctx.Deadline()
					assert.True(t, ok, "deadline %v", d)
					assert.True(t, d.Equal(begin.Add(time.Second)), "deadline %v", d)
					<-ctx.Done()
					ended <- ctx.Err()
					return nil
				})
				assert.Equal(t, context.DeadlineExceeded, <-ended)
				assert.Equal(t, time.Second, time.Since(begin))
				return nil
			})
			require.NoError(t, p.Wait())
		})
	})
}

func TestNestedSubmissionAfterStopIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		stopping := make(chan struct{})
		begun := make(chan struct{})
		var ran tally
		require.NoError(t, p.SubmitFunc(func(ctx context.Context) error {
			close(begun)
			<-stopping
			for _, sub := range nestable() {
				assert.ErrorIs(t, sub.submit(p, ctx, ran.body), pool.ErrStopped)
			}
			return nil
		}))
		<-begun
		stopped := async(func() error { return p.Stop(background) })
		synctest.Wait()
		close(stopping)
		require.NoError(t, <-stopped)
		ran.want(t, 0)
	})
}
