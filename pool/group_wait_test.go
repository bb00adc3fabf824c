package pool_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

func TestGroupRefusesMembersOnceWaitReturned(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	g := pool.NewGroup(p)
	var ran tally
	g.Go(ran.body)
	require.NoError(t, g.Wait())
	require.NoError(t, g.Wait())
	assert.ErrorIs(t, g.TryGo(ran.body), pool.ErrNotStarted)
	require.NoError(t, g.Wait())
	g.Go(ran.body)
	assert.ErrorIs(t, g.Wait(), pool.ErrNotStarted)
	ran.want(t, 1)
}

// Goal: each member either runs before Wait returns, or never. Method: members are
// added concurrently with Wait, and check whether it has returned.
func TestGroupWaitReturnsAfterMembersAddedConcurrently(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 2})
	for range rounds(5_000) {
		g := pool.NewGroup(p)
		var waited, late atomic.Bool
		member := func(context.Context) error {
			for range 10 {
				yield()
			}
			if waited.Load() {
				late.Store(true)
			}
			return nil
		}
		added := async(func() error {
			for g.TryGo(member) == nil {
			}
			return nil
		})
		_ = g.Wait()
		waited.Store(true)
		<-added
		require.NoError(t, p.Wait())
		if late.Load() {
			t.Fatal("a member ran after Wait had returned")
		}
	}
}

func TestGroupMembersMayAddMembers(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	g := pool.NewGroup(p)
	var ran atomic.Int64
	var grow func(depth int)
	grow = func(depth int) {
		g.Go(func(context.Context) error {
			ran.Add(1)
			if depth > 0 {
				grow(depth - 1)
				grow(depth - 1)
			}
			return nil
		})
	}
	grow(7)
	require.NoError(t, g.Wait())
	assert.Equal(t, int64(255), ran.Load(), "members ran")
}

func TestGroupManyMayWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		g := pool.NewGroup(p)
		bad := errors.New("bad")
		leave := make(chan struct{})
		g.Go(func(context.Context) error { <-leave; return bad })
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				assert.Same(t, bad, g.Wait())
			})
		}
		synctest.Wait()
		close(leave)
		wg.Wait()
	})
}

// Goal: a waiter inside a task runs members that were added after it blocked. Method:
// both workers are occupied, by the waiter and by a member that waits for the one added
// last.
func TestGroupInsideATaskRunsMembersAddedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 2})
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			begun, late := make(chan struct{}), make(chan struct{})
			g.Go(func(context.Context) error { close(begun); <-late; return nil })
			<-begun
			go func() {
				synctest.Wait() // Wait is asleep
				g.Go(func(context.Context) error { close(late); return nil })
			}()
			return g.Wait()
		}))
		require.NoError(t, err)
	})
}

// Goal: Wait knows the outcome of each member, even if the function returns before the
// timer has given it. Method: many callbacks hang on the context, which the timer ends
// first.
func TestGroupWaitReturnsAfterTheOutcomeOfATimeout(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1}, pool.WithTaskTimeout(time.Millisecond))
	for range rounds(100) {
		g := pool.NewGroup(p)
		g.Go(func(ctx context.Context) error {
			for range 100 {
				context.AfterFunc(ctx, func() {})
			}
			<-ctx.Done()
			return nil
		})
		require.Equal(t, context.DeadlineExceeded, g.Wait())
	}
}

// The error of a member that never ran has the cause of its context's end.
func TestGroupErrorHasTheCauseOfItsContext(t *testing.T) {
	bad := errors.New("bad")
	p := startPool(t, pool.Config{Workers: 1})
	release := busyWorker(t, p)
	for range rounds(500) {
		ctx, cancel := context.WithCancelCause(background)
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		g.Go(new(tally).body)
		cancel(bad)
		err := g.Wait()
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
		assert.ErrorIs(t, err, bad)
	}
	release()
}
