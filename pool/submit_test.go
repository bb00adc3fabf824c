package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

func TestNilTaskIsRefused(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 4})
	nils := map[string]pool.Task{"nil": nil, "TaskFunc(nil)": pool.TaskFunc(nil), "NewTask(nil)": pool.NewTask(nil)}
	for name, task := range nils {
		t.Run(name, func(t *testing.T) {
			assert.ErrorIs(t, p.Submit(task), pool.ErrNilTask)
			assert.ErrorIs(t, p.TrySubmit(task), pool.ErrNilTask)
			assert.ErrorIs(t, p.SubmitContext(background, task), pool.ErrNilTask)
			assert.ErrorIs(t, p.SubmitContext(t.Context(), task), pool.ErrNilTask)
			_, err := p.SubmitBatch([]pool.Task{task})
			assert.ErrorIs(t, err, pool.ErrNilTask)
			_, err = p.SubmitWait(background, task)
			assert.ErrorIs(t, err, pool.ErrNilTask)
			_, err = p.SubmitWait(t.Context(), task)
			assert.ErrorIs(t, err, pool.ErrNilTask)
		})
	}
	assert.ErrorIs(t, p.SubmitFunc(nil), pool.ErrNilTask)
	_, err := pool.Go[int](p, nil)
	assert.ErrorIs(t, err, pool.ErrNilTask)
	g := pool.NewGroup(p)
	g.Go(nil)
	assert.ErrorIs(t, g.Wait(), pool.ErrNilTask)
	s := p.Stats()
	assert.Zero(t, s.SubmittedTasks, "nil tasks were accepted: %+v", s)
}

func TestNilContextIsBackground(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	var none context.Context
	var ran tally
	require.NoError(t, p.SubmitContext(none, asTask(ran.body)))
	_, err := p.SubmitWait(none, asTask(ran.body))
	require.NoError(t, err)
	f, err := pool.Go(p, func(context.Context) (int, error) { return 7, nil }, pool.WithTaskContext(none), nil)
	require.NoError(t, err)
	v, err := f.Wait(none)
	assert.NoError(t, err)
	assert.Equal(t, 7, v)
	g := pool.NewGroup(p, pool.WithGroupContext(none), nil)
	g.Go(ran.body)
	require.NoError(t, g.Wait())
	require.NoError(t, p.Wait())
	ran.want(t, 3)
}

func TestBeforeStartTasksAreAcceptedUpToTheBound(t *testing.T) {
	const bound = 10
	for _, workers := range []int{1, 4} {
		p := newPool(pool.Config{Workers: workers, QueueSize: bound})
		var ran tally
		require.NoError(t, p.Submit(asTask(ran.body)))
		require.NoError(t, p.SubmitFunc(ran.body))
		require.NoError(t, p.TrySubmit(asTask(ran.body)))
		require.NoError(t, p.SubmitContext(t.Context(), asTask(ran.body)))
		n, err := p.SubmitBatch([]pool.Task{asTask(ran.body), asTask(ran.body), asTask(ran.body)})
		require.NoError(t, err)
		require.Equal(t, 3, n)
		f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 5, ran.body(ctx) })
		require.NoError(t, err)
		g := pool.NewGroup(p)
		g.Go(ran.body)
		g.Go(ran.body)

		assert.ErrorIs(t, p.TrySubmit(asTask(ran.body)), pool.ErrQueueFull)
		for _, sub := range submissions {
			assert.ErrorIs(t, sub.submit(p, background, ran.body), pool.ErrNotStarted)
		}
		ran.want(t, 0)
		s := p.Stats()
		assert.Equal(t, bound, s.QueuedTasks, "before Start: %+v", s)
		assert.Equal(t, int64(bound), s.SubmittedTasks, "before Start: %+v", s)
		assert.Zero(t, s.Goroutines, "before Start: %+v", s)

		require.NoError(t, p.Start(background))
		require.NoError(t, g.Wait())
		v, err := f.Wait(background)
		assert.NoError(t, err)
		assert.Equal(t, 5, v)
		require.NoError(t, p.Wait())
		ran.want(t, bound)
		stopPool(t, p)
	}
}

func TestBeforeStartSubmitWaitCouldOnlyBlock(t *testing.T) {
	p := newPool(pool.Config{Workers: 1})
	var ran tally
	_, err := p.SubmitWait(background, asTask(ran.body))
	assert.ErrorIs(t, err, pool.ErrNotStarted)
	require.NoError(t, p.Start(background))
	stopPool(t, p)
	ran.want(t, 0)
}

func TestBatchBeforeStartStopsAtTheBound(t *testing.T) {
	p := newPool(pool.Config{Workers: 2, QueueSize: 3})
	var ran tally
	n, err := p.SubmitBatch(slices.Repeat([]pool.Task{asTask(ran.body)}, 5))
	assert.Equal(t, 3, n, "accepted")
	assert.ErrorIs(t, err, pool.ErrNotStarted)
	require.NoError(t, p.Start(background))
	require.NoError(t, p.Wait())
	ran.want(t, 3)
	stopPool(t, p)
}

// batchKinds are batches in which each task takes another way into the queue: tasks
// without a record are queued as they are, the others behind a ticket.
var batchKinds = map[string]func(i int, body doing) pool.Task{
	"recordless": func(_ int, body doing) pool.Task { return asTask(body) },
	"recorded":   func(_ int, body doing) pool.Task { return asTask(body, pool.WithTaskCallback(func(pool.Result) {})) },
	"mixed": func(i int, body doing) pool.Task {
		if i%3 == 1 {
			return asTask(body, pool.WithTaskCallback(func(pool.Result) {}))
		}
		return asTask(body)
	},
}

// batch returns n tasks of a kind that record their index.
func batch(kind func(int, doing) pool.Task, n int) (tasks []pool.Task, ran func() []int) {
	var mu sync.Mutex
	var list []int
	for i := range n {
		tasks = append(tasks, kind(i, func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			list = append(list, i)
			return nil
		}))
	}
	return tasks, func() []int {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(list)
	}
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestBatchStopsAtANilTask(t *testing.T) {
	for name, kind := range batchKinds {
		for _, at := range []int{0, 1, 2, 5, 6} {
			t.Run(fmt.Sprintf("%s/at=%d", name, at), func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1})
				tasks, ran := batch(kind, 7)
				tasks[at] = nil
				n, err := p.SubmitBatch(tasks)
				assert.ErrorIs(t, err, pool.ErrNilTask)
				require.NoError(t, p.Wait())
				if n != at || !slices.Equal(ran(), upTo(at)) {
					t.Errorf("n = %d, ran %v; want those before %d", n, ran(), at)
				}
			})
		}
	}
}

func TestBatchRunsInOrderAndOnce(t *testing.T) {
	for name, kind := range batchKinds {
		for _, size := range []int{0, 1, 3, 64} {
			t.Run(fmt.Sprintf("%s/queue=%d", name, size), func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1, QueueSize: size})
				tasks, ran := batch(kind, 100)
				n, err := p.SubmitBatch(tasks)
				require.NoError(t, err)
				require.Equal(t, 100, n)
				require.NoError(t, p.Wait())
				assert.Equal(t, upTo(100), ran())
				n, err = p.SubmitBatch(nil)
				assert.NoError(t, err, "empty batch")
				assert.Zero(t, n, "empty batch")
			})
		}
	}
}

// Goal: n and err of a batch that does not fit, under each policy.
// Method: a busy worker, a queue of 3, a batch of 5, in a bubble.
func TestBatchOnAFullQueue(t *testing.T) {
	cases := []struct {
		policy  pool.Overflow
		n       int
		err     error
		ran     []int
		dropped int64
	}{
		{pool.Block, 5, nil, []int{0, 1, 2, 3, 4}, 0},
		{pool.Reject, 3, pool.ErrQueueFull, []int{0, 1, 2}, 0},
		{pool.DropNewest, 3, pool.ErrDropped, []int{0, 1, 2}, 0},
		{pool.DropOldest, 5, nil, []int{2, 3, 4}, 2},
		{pool.CallerRuns, 5, nil, []int{3, 4, 0, 1, 2}, 0},
	}
	for name, kind := range batchKinds {
		for _, c := range cases {
			t.Run(fmt.Sprintf("%s/policy=%d", name, c.policy), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := startPool(t, pool.Config{Workers: 1, QueueSize: 3}, pool.WithOverflow(c.policy))
					release := busyWorker(t, p)
					tasks, ran := batch(kind, 5)
					type answer struct {
						n   int
						err error
					}
					answered := async(func() answer {
						n, err := p.SubmitBatch(tasks)
						return answer{n, err}
					})
					synctest.Wait()
					require.Equal(t, c.policy == pool.Block, len(answered) == 0)
					release()
					a := <-answered
					assert.ErrorIs(t, a.err, c.err)
					assert.Equal(t, c.n, a.n)
					_ = p.Wait()
					assert.Equal(t, c.ran, ran())
					assert.Equal(t, c.dropped, p.Stats().DroppedTasks)
				})
			})
		}
	}
}

// Goal: a batch that waits for room is refused by Stop from the first task on that is
// not yet queued. Queued ones run.
func TestStopInTheMiddleOfABatch(t *testing.T) {
	for name, kind := range batchKinds {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1, QueueSize: 3})
				release := busyWorker(t, p)
				tasks, ran := batch(kind, 9)
				n := 0
				answered := async(func() (err error) {
					n, err = p.SubmitBatch(tasks)
					return err
				})
				synctest.Wait()
				stopped := async(func() error { return p.Stop(background) })
				assert.ErrorIs(t, <-answered, pool.ErrStopped)
				assert.Equal(t, 3, n)
				assert.Empty(t, ran())
				release()
				require.NoError(t, <-stopped)
				assert.Equal(t, upTo(3), ran())
			})
		})
	}
}

func TestSubmitContextGivesValuesAndCancellation(t *testing.T) {
	type key struct{}
	type poolKey struct{}
	p := newPool(pool.Config{Workers: 1})
	t.Cleanup(func() { stopPool(t, p) })
	require.NoError(t, p.Start(context.WithValue(background, poolKey{}, "pool")))

	ctx, cancel := context.WithCancel(context.WithValue(background, key{}, "value"))
	begun := make(chan struct{})
	ended := make(chan error, 1)
	require.NoError(t, p.SubmitContext(ctx, asTask(func(ctx context.Context) error {
		assert.Equal(t, "value", ctx.Value(key{}), "the submitter's value")
		assert.Equal(t, "pool", ctx.Value(poolKey{}), "the pool's value")
		assert.NoError(t, ctx.Err(), "ended already")
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil
	})))
	<-begun
	cancel()
	assert.Same(t, context.Canceled, <-ended)
	require.NoError(t, p.Wait())
}

func TestSubmitContextEndedBeforeIsRefused(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	ctx, cancel := context.WithCancel(background)
	cancel()
	var ran tally
	for _, sub := range nestable() {
		err := sub.submit(p, ctx, ran.body)
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
	}
	err := p.Submit(asTask(ran.body, pool.WithTaskContext(ctx)))
	assert.ErrorIs(t, err, pool.ErrNotStarted)
	assert.ErrorIs(t, err, context.Canceled)
	err = p.TrySubmit(asTask(ran.body, pool.WithTaskContext(ctx)))
	assert.ErrorIs(t, err, pool.ErrNotStarted)
	assert.ErrorIs(t, err, context.Canceled)
	_ = p.Wait()
	ran.want(t, 0)
	s := p.Stats()
	assert.Zero(t, s.CompletedTasks+s.FailedTasks+s.DroppedTasks, s)
}

// ants#141 left submitters blocked forever.
func TestSubmitContextEndsWhileWaitingForRoom(t *testing.T) {
	each(t, nestable(), func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 2})
			release := busyWorker(t, p)
			fill(t, p, 2)
			ctx, cancel := context.WithCancel(background)
			var ran tally
			answered := async(func() error { return sub.submit(p, ctx, ran.body) })
			synctest.Wait()
			require.Empty(t, answered, "it did not wait")
			cancel()
			err := <-answered
			assert.ErrorIs(t, err, pool.ErrNotStarted)
			assert.ErrorIs(t, err, context.Canceled)
			s := p.Stats()
			assert.Equal(t, int64(3), s.SubmittedTasks, "it was accepted: %+v", s)
			assert.Equal(t, int64(1), s.RejectedTasks, "it was accepted: %+v", s)
			assert.Zero(t, s.CancelledTasks, "it was accepted: %+v", s)
			release()
			_ = p.Wait()
			ran.want(t, 0)
		})
	})
}

// The same holds for the deadline of a context.
func TestSubmitContextDeadlineWhileWaitingForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
		defer busyWorker(t, p)()
		fill(t, p, 1)
		ctx, cancel := context.WithTimeout(background, 1e9)
		defer cancel()
		var ran tally
		err := p.SubmitContext(ctx, asTask(ran.body))
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		ran.want(t, 0)
	})
}

func TestSubmissionsToAnInvalidPoolSayWhy(t *testing.T) {
	p := newPool(pool.Config{Workers: -1})
	var ran tally
	for _, sub := range submissions {
		assert.ErrorIs(t, sub.submit(p, background, ran.body), pool.ErrInvalidConfig)
	}
	assert.ErrorIs(t, p.TrySubmit(asTask(ran.body)), pool.ErrInvalidConfig)
}

func TestSubmitWaitReturnsValueAndError(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	bad := errors.New("bad")
	for _, ctx := range []context.Context{background, t.Context()} {
		v, err := p.SubmitWait(ctx, pool.TaskFunc(func(context.Context) (any, error) { return 42, nil }))
		assert.NoError(t, err)
		assert.Equal(t, 42, v)
		v, err = p.SubmitWait(ctx, pool.TaskFunc(func(context.Context) (any, error) { return 43, bad }))
		assert.Equal(t, 43, v)
		assert.Same(t, bad, err)
	}
	require.NoError(t, p.Wait()) // the error had an owner
}

func TestSubmitWaitEndsInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 2})
		release := busyWorker(t, p)
		ctx, cancel := context.WithCancel(background)
		var ran tally
		answered := async(func() error {
			_, err := p.SubmitWait(ctx, asTask(ran.body))
			return err
		})
		synctest.Wait()
		cancel()
		err := <-answered
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
		s := p.Stats()
		assert.Equal(t, int64(1), s.CancelledTasks, s)
		assert.Zero(t, s.QueuedTasks, s)
		release()
		require.NoError(t, p.Wait())
		ran.want(t, 0)
	})
}

func TestSubmitWaitLeavesARunningTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		ctx, cancel := context.WithTimeout(background, 1e9)
		defer cancel()
		leave := make(chan struct{})
		defer close(leave)
		told := make(chan error, 1)
		_, err := p.SubmitWait(ctx, asTask(func(ctx context.Context) error {
			<-ctx.Done()
			told <- ctx.Err()
			<-leave
			return nil
		}))
		assert.Equal(t, context.DeadlineExceeded, err)
		assert.Equal(t, context.DeadlineExceeded, <-told, "the task's Err()")
		s := p.Stats()
		assert.Equal(t, 1, s.ActiveWorkers, "the worker must be counted until the function returns: %+v", s)
		assert.Equal(t, 1, s.RunningTasks, "the worker must be counted until the function returns: %+v", s)
		assert.Zero(t, s.CompletedTasks+s.FailedTasks,
			"the worker must be counted until the function returns: %+v", s)
		leave <- struct{}{}
		require.NoError(t, p.Wait())
		s = p.Stats()
		assert.Equal(t, int64(1), s.CompletedTasks, s)
	})
}
