package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: a task whose context ends in the queue is resolved at once, even if the worker
// is busy. Its slot counts until a worker passes it.
func TestContextEndsInTheQueue(t *testing.T) {
	each(t, nestable(), func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 2})
			release := busyWorker(t, p)
			ctx, cancel := context.WithCancelCause(background)
			var skipped, ran tally
			answered := async(func() error { return sub.submit(p, ctx, skipped.body) })
			synctest.Wait()
			require.NoError(t, p.TrySubmit(asTask(ran.body)))
			s := p.Stats()
			assert.Equal(t, 2, s.QueuedTasks, "before: %+v", s)
			assert.Zero(t, s.CancelledTasks, "before: %+v", s)
			cancel(nil)
			synctest.Wait()
			s = p.Stats()
			assert.Equal(t, 1, s.QueuedTasks, "after: %+v", s)
			assert.Equal(t, int64(1), s.CancelledTasks, "after: %+v", s)
			if sub.waits {
				err := <-answered
				assert.ErrorIs(t, err, pool.ErrNotStarted)
				assert.ErrorIs(t, err, context.Canceled)
			} else {
				require.NoError(t, <-answered)
			}
			assert.ErrorIs(t, p.TrySubmit(asTask(ran.body)), pool.ErrQueueFull)
			release()
			err := p.Wait()
			if sub.name == "SubmitContext" {
				assert.ErrorIs(t, err, pool.ErrNotStarted)
				assert.ErrorIs(t, err, context.Canceled)
			} else {
				require.NoError(t, err)
			}
			require.NoError(t, p.TrySubmit(asTask(ran.body)))
			require.NoError(t, p.TrySubmit(asTask(ran.body)))
			require.NoError(t, p.Wait())
			skipped.want(t, 0)
			ran.want(t, 3)
		})
	})
}

// A task that has not started when its context ends never runs, even if a worker takes
// it before the end was noticed.
func TestContextEndsJustBeforeTheWorkerComes(t *testing.T) {
	each(t, nestable(), func(t *testing.T, sub submission) {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 2})
		for range rounds(5_000) {
			begun, leave := make(chan struct{}), make(chan struct{})
			require.NoError(t, p.SubmitFunc(func(context.Context) error { close(begun); <-leave; return nil }))
			<-begun
			ctx, cancel := context.WithCancel(background)
			var skipped tally
			accepted := p.Stats().SubmittedTasks
			answered := async(func() error { return sub.submit(p, ctx, skipped.body) })
			for p.Stats().SubmittedTasks == accepted {
				yield()
			}
			cancel()
			close(leave)
			err := <-answered
			if sub.waits {
				assert.ErrorIs(t, err, pool.ErrNotStarted)
				assert.ErrorIs(t, err, context.Canceled)
			}
			_ = p.Wait()
			skipped.want(t, 0)
			if t.Failed() {
				return
			}
		}
	})
}

// A task cancelled before Start has its outcome before Start.
func TestContextEndsBeforeStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 1, QueueSize: 2})
		ctx, cancel := context.WithCancel(background)
		results := make(chan pool.Result, 1)
		var skipped tally
		require.NoError(t, p.SubmitContext(ctx, asTask(skipped.body, pool.WithTaskCallback(func(r pool.Result) { results <- r }))))
		f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, skipped.body(ctx) })
		require.NoError(t, err)
		cancel()
		err = (<-results).Error
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
		assert.True(t, f.Cancel(), "Cancel reports false")
		_, err = f.Wait(background)
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
		s := p.Stats()
		assert.Equal(t, int64(2), s.CancelledTasks, s)
		assert.Zero(t, s.QueuedTasks, s)
		require.NoError(t, p.Start(background))
		require.NoError(t, p.Wait())
		stopPool(t, p)
		skipped.want(t, 0)
	})
}

// Goal: the error of a task that never ran has the cause of its context, whether
// it was accepted or not.
func TestNotStartedHasTheCauseOfTheContext(t *testing.T) {
	cause := errors.New("the reason")
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
	release := busyWorker(t, p)
	ctx, cancel := context.WithCancelCause(background)
	outcome := make(chan error, 1)
	require.NoError(t, p.SubmitContext(ctx, asTask(func(context.Context) error { return nil },
		pool.WithTaskCallback(func(r pool.Result) { outcome <- r.Error }))))
	refused := make(chan error, 1)
	go func() { refused <- p.SubmitContext(ctx, asTask(func(context.Context) error { return nil })) }()
	cancel(cause)
	for _, err := range []error{
		<-outcome,
		<-refused,
		p.SubmitContext(ctx, asTask(func(context.Context) error { return nil })),
	} {
		for _, want := range []error{pool.ErrNotStarted, context.Canceled, cause} {
			assert.ErrorIs(t, err, want)
		}
	}
	release()
	require.NoError(t, p.Wait())
}
