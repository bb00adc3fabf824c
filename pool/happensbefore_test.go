package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// The tests in this file mean something only under -race: they read and write plain
// variables on both sides of each promised edge.

// Goal: Submit happens before the run, the run before Wait.
func TestHappensBeforeSubmitRunWait(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p := startPool(t, pool.Config{Workers: 2, QueueSize: 2})
		for i := range rounds(200) {
			before, after := i, -1
			require.NoError(t, sub.submit(p, t.Context(), func(context.Context) error {
				after = before
				return nil
			}))
			if sub.waits && after != i {
				t.Fatalf("read %d", after)
			}
			require.NoError(t, p.Wait())
			require.Equal(t, i, after, "read")
		}
	})
}

// Goal: the run happens before its callback, and both before Wait.
func TestHappensBeforeCallback(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 2})
	for i := range rounds(500) {
		ran, called := -1, -1
		require.NoError(t, p.Submit(asTask(func(context.Context) error { ran = i; return nil },
			pool.WithTaskTimeout(time.Hour), pool.WithTaskCallback(func(pool.Result) { called = ran }))))
		require.NoError(t, p.Wait())
		require.Equal(t, i, called, "read")
	}
}

func TestHappensBeforeFutureWaitAndDone(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 2})
	for i := range rounds(500) {
		ran := -1
		f, err := pool.Go(p, func(context.Context) (*int, error) { ran = i; return &ran, nil })
		require.NoError(t, err)
		if i%2 == 0 {
			<-f.Done()
			require.Equal(t, i, ran, "read")
		}
		v, err := f.Wait(background)
		require.NoError(t, err)
		require.Equal(t, i, *v, "read")
	}
}

// Goal: the canceller's writes happen before the callback of the task it called off,
// and that before Wait.
func TestHappensBeforeOfACancelledTask(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	defer busyWorker(t, p)()
	for i := range rounds(500) {
		before, called := -1, -1
		f, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil },
			pool.WithTaskCallback(func(pool.Result) { called = before }))
		require.NoError(t, err)
		waited := async(func() int { _, _ = f.Wait(background); return called })
		before = i
		require.True(t, f.Cancel(), "Cancel reports false")
		require.Equal(t, i, <-waited)
	}
}

// Goal: a run on the waiter's own goroutine and one on a worker both happen before the
// return of a wait inside a task.
func TestHappensBeforeInsideATask(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	for i := range rounds(300) {
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			ran, member := -1, -1
			f, err := pool.Go(p, func(context.Context) (int, error) { ran = i; return i, nil }, pool.WithTaskContext(ctx))
			assert.NoError(t, err)
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			g.Go(func(context.Context) error { member = i; return nil })
			assert.NoError(t, g.Wait())
			_, err = f.Wait(ctx)
			assert.Equal(t, i, ran)
			assert.Equal(t, i, member)
			return err
		}))
		require.NoError(t, err)
	}
}
