package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

func TestGroupRunsAllMembers(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 3, QueueSize: 2})
	g := pool.NewGroup(p)
	var ran tally
	for range 100 {
		g.Go(ran.body)
	}
	require.NoError(t, g.Wait())
	ran.want(t, 100)
}

func TestGroupWithoutMembers(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	require.NoError(t, pool.NewGroup(p).Wait())
	require.NoError(t, pool.NewGroup(p, pool.WithGroupContext(t.Context())).Wait())
	assert.NoError(t, pool.NewGroup(newPool(pool.Config{Workers: -1})).Wait())
}

// Goal: the first error ends the group. Wait returns it, running members see their
// context end, and members not started never run.
func TestGroupFirstErrorWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 2})
		first, second := errors.New("first"), errors.New("second")
		g := pool.NewGroup(p)
		var skipped tally
		fail := make(chan struct{})
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			assert.Same(t, context.Canceled, ctx.Err())
			assert.Same(t, first, context.Cause(ctx))
			return second
		})
		g.Go(func(context.Context) error { <-fail; return first })
		synctest.Wait() // these two run; with priorities tasks submitted at once may pass each other
		for range 10 {
			g.Go(skipped.body)
		}
		synctest.Wait()
		close(fail)
		assert.Same(t, first, g.Wait())
		g.Go(skipped.body) // of no effect once it has an error
		assert.Same(t, first, g.Wait(), "the next Wait")
		require.NoError(t, p.Wait()) // the errors had an owner
		skipped.want(t, 0)
		s := p.Stats()
		assert.Equal(t, int64(2), s.FailedTasks, s)
		assert.Equal(t, int64(10), s.CancelledTasks, s)
	})
}

func TestGroupWaitReturnsAfterItsMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 2})
		g := pool.NewGroup(p)
		leave := make(chan struct{})
		begun := make(chan struct{})
		g.Go(func(context.Context) error { close(begun); <-leave; return nil })
		<-begun // else it may be skipped
		g.Go(func(context.Context) error { return errors.New("bad") })
		waited := async(g.Wait)
		synctest.Wait()
		assert.Empty(t, waited, "Wait returned while a member runs")
		close(leave)
		assert.Error(t, <-waited)
	})
}

// The outcome of a member may come before its end, at its deadline. Its group learns of
// it then, but Wait waits for the function.
func TestGroupWaitReturnsAfterOverdueMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 2}, pool.WithTaskTimeout(time.Second))
		g := pool.NewGroup(p)
		leave := make(chan struct{})
		g.Go(func(context.Context) error { <-leave; return nil })
		told := make(chan error, 1)
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			told <- ctx.Err()
			return nil
		})
		waited := async(g.Wait)
		<-told
		synctest.Wait()
		s := p.Stats()
		require.Equal(t, 1, s.OverdueTasks, s)
		assert.Empty(t, waited, "Wait returned while a member runs")
		close(leave)
		assert.ErrorIs(t, <-waited, context.DeadlineExceeded)
		require.NoError(t, p.Wait())
	})
}

func TestGroupMemberContextEndsAfterWait(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	g := pool.NewGroup(p, pool.WithGroupContext(t.Context()))
	var member context.Context
	g.Go(func(ctx context.Context) error { member = ctx; return nil })
	require.NoError(t, g.Wait())
	assert.Same(t, context.Canceled, member.Err())
}

func TestGroupsShareAPoolAndNothingElse(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 3})
	bad := errors.New("bad")
	a, b := pool.NewGroup(p), pool.NewGroup(p)
	var ran tally
	for range 50 {
		a.Go(func(context.Context) error { return bad })
		b.Go(func(ctx context.Context) error { ran.n.Add(1); return ctx.Err() })
	}
	assert.Same(t, bad, a.Wait())
	require.NoError(t, b.Wait())
	ran.want(t, 50)
}

// Goal: a group made with a task's context needs no other worker, to any depth.
func TestGroupInsideATaskNeedsNoWorker(t *testing.T) {
	for _, size := range []int{0, 1} {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: size})
		var leaves atomic.Int64
		var tree func(depth int) doing
		tree = func(depth int) doing {
			return func(ctx context.Context) error {
				if depth == 0 {
					leaves.Add(1)
					return ctx.Err()
				}
				g := pool.NewGroup(p, pool.WithGroupContext(ctx))
				for range 3 {
					g.Go(tree(depth - 1))
				}
				return g.Wait()
			}
		}
		_, err := p.SubmitWait(background, asTask(tree(6)))
		require.NoError(t, err)
		assert.Equal(t, int64(729), leaves.Load())
		require.NoError(t, p.Wait())
	}
}

func TestGroupInsideATaskFirstErrorWins(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	bad := errors.New("bad")
	var ran tally
	_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		for range 5 { // Wait runs them itself, one of them first
			g.Go(func(context.Context) error { ran.n.Add(1); return bad })
		}
		return g.Wait()
	}))
	assert.Same(t, bad, err)
	ran.want(t, 1)
	s := p.Stats()
	assert.Equal(t, int64(4), s.CancelledTasks, s)
	require.NoError(t, p.Wait())
}

// Members are bound to what came from outside, not to the end of the task that made the
// group.
func TestGroupOutlivesTheTaskThatMadeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		var g *pool.Group
		var ran tally
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			g = pool.NewGroup(p, pool.WithGroupContext(ctx))
			for range 3 {
				g.Go(func(ctx context.Context) error { ran.n.Add(1); return ctx.Err() })
			}
			return nil
		}))
		require.NoError(t, err)
		require.NoError(t, g.Wait())
		ran.want(t, 3)
	})
}

func TestGroupInsideATaskEndsWithTheOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 2})
		outer, cancel := context.WithCancel(background)
		defer cancel()
		var skipped tally
		err := p.SubmitContext(outer, asTask(func(ctx context.Context) error {
			layer, cancelLayer := context.WithCancel(ctx)
			defer cancelLayer()
			g := pool.NewGroup(p, pool.WithGroupContext(layer))
			g.Go(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
			synctest.Wait()
			cancel()
			synctest.Wait()
			g.Go(skipped.body)
			return g.Wait()
		}))
		require.NoError(t, err)
		assert.ErrorIs(t, p.Wait(), context.Canceled)
		skipped.want(t, 0)
	})
}

func TestGroupRefusedMemberIsItsError(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.Reject))
	release := busyWorker(t, p)
	g := pool.NewGroup(p)
	var ran tally
	g.Go(ran.body)
	g.Go(ran.body) // no room
	release()
	assert.ErrorIs(t, g.Wait(), pool.ErrQueueFull)
	require.NoError(t, p.Wait())

	require.NoError(t, p.Stop(background))
	g = pool.NewGroup(p)
	g.Go(ran.body)
	assert.ErrorIs(t, g.Wait(), pool.ErrStopped)
	ran.want(t, 0) // the first was skipped: its group had failed
}

func TestGroupMemberPanicsAndGoexits(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	g := pool.NewGroup(p)
	g.Go(func(context.Context) error { panic("boom") })
	err := g.Wait()
	pe := new(pool.PanicError)
	if assert.ErrorAs(t, err, &pe) {
		assert.Equal(t, "boom", pe.Value)
	}
	g = pool.NewGroup(p)
	g.Go(func(context.Context) error { _, err := goexit(); return err })
	assert.ErrorIs(t, g.Wait(), pool.ErrGoexit)
	g = pool.NewGroup(p)
	var ran tally
	g.Go(ran.body)
	require.NoError(t, g.Wait())
	ran.want(t, 1)
}

func TestGroupOuterContextCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		ctx, cancel := context.WithCancel(background)
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		var skipped tally
		g.Go(func(ctx context.Context) error { <-ctx.Done(); return nil })
		for range 5 {
			g.Go(skipped.body)
		}
		synctest.Wait()
		cancel()
		err := g.Wait()
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
		require.NoError(t, p.Wait())
		skipped.want(t, 0)
		s := p.Stats()
		assert.Equal(t, int64(5), s.CancelledTasks, s)
		assert.Equal(t, int64(1), s.CompletedTasks, s)
	})
}

// A member queued under a context that ended never runs, even if a worker takes it
// before the end was noticed.
func TestGroupMemberNeverRunsAfterTheOuterEnd(t *testing.T) {
	for range rounds(2_000) {
		p := startPool(t, pool.Config{Workers: 1})
		release := busyWorker(t, p)
		ctx, cancel := context.WithCancel(background)
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		var skipped tally
		g.Go(skipped.body)
		cancel()
		release()
		err := g.Wait()
		assert.ErrorIs(t, err, pool.ErrNotStarted)
		assert.ErrorIs(t, err, context.Canceled)
		skipped.want(t, 0)
		require.NoError(t, p.Stop(background))
		if t.Failed() {
			break
		}
	}
}

// Goal: queued members are resolved when the group fails, not when a worker reaches
// them.
func TestGroupFailureResolvesWaitingMembersAtOnce(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	release := busyWorker(t, p)
	g := pool.NewGroup(p)
	var skipped tally
	for range 3 {
		g.Go(skipped.body)
	}
	g.Go(nil)
	assert.ErrorIs(t, g.Wait(), pool.ErrNilTask) // though the worker is busy
	s := p.Stats()
	assert.Equal(t, int64(3), s.CancelledTasks, s)
	assert.Zero(t, s.QueuedTasks, s)
	release()
	require.NoError(t, p.Wait())
	skipped.want(t, 0)
}

func TestGroupLeavesNothingHangingOnItsContext(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	outer, cancel := newCountingContext()
	defer cancel()
	members := func(ctx context.Context) error {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		for range 3 {
			g.Go(func(ctx context.Context) error { ctx.Done(); return nil })
		}
		assert.NotZero(t, outer.add(0), "the group does not watch its context")
		return g.Wait()
	}
	require.NoError(t, members(outer))
	for outer.add(0) != 0 {
		yield()
	}
	require.NoError(t, p.SubmitContext(outer, asTask(members)))
	require.NoError(t, p.Wait())
	for outer.add(0) != 0 {
		yield()
	}
}

// joined returns the errors that errors.Join joined.
func joined(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return nil
}

func TestGroupWithAllErrorsRunsEveryMember(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 3, QueueSize: 2})
	g := pool.NewGroup(p, pool.WithAllErrors())
	var ran tally
	for i := range 100 {
		g.Go(func(ctx context.Context) error {
			ran.n.Add(1)
			if i%2 == 0 {
				return fmt.Errorf("member %d", i)
			}
			return ctx.Err() // no error of another member ends it
		})
	}
	errs := joined(g.Wait())
	ran.want(t, 100)
	seen := map[string]bool{}
	for _, err := range errs {
		seen[err.Error()] = true
	}
	for i := 0; i < 100; i += 2 {
		assert.True(t, seen[fmt.Sprintf("member %d", i)], "the error of member %d is missing", i)
	}
	assert.Len(t, errs, 50)
	require.NoError(t, p.Wait()) // the errors had an owner
}

func TestGroupWithAllErrorsAndNone(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	g := pool.NewGroup(p, pool.WithAllErrors())
	require.NoError(t, g.Wait())
	g = pool.NewGroup(p, pool.WithAllErrors())
	g.Go(new(tally).body)
	require.NoError(t, g.Wait())
}

// Errors come in the order in which they occurred, those of refused members included.
func TestGroupAllErrorsAreInOrderOfOccurrence(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1}, pool.WithTaskTimeout(time.Hour))
	g := pool.NewGroup(p, pool.WithAllErrors())
	bad := errors.New("bad")
	wants := []func(error) bool{
		func(err error) bool { return err == bad },
		func(err error) bool { return errors.Is(err, pool.ErrGoexit) },
		func(err error) bool { pe := new(pool.PanicError); return errors.As(err, &pe) && pe.Value == "boom" },
		func(err error) bool { return errors.Is(err, pool.ErrNilTask) },
	}
	g.Go(func(context.Context) error { return bad })
	g.Go(func(context.Context) error { _, err := goexit(); return err })
	g.Go(func(context.Context) error { panic("boom") })
	g.Go(func(context.Context) error { g.Go(nil); return nil })
	errs := joined(g.Wait())
	require.Len(t, errs, len(wants))
	for i, want := range wants {
		assert.True(t, want(errs[i]), "error %d is %v", i, errs[i])
	}
}

// A member that never runs, because the outer context or the pool ended, is an error of
// its own.
func TestGroupWithAllErrorsIncludesMembersThatNeverRan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		release := busyWorker(t, p)
		ctx, cancel := context.WithCancel(background)
		g := pool.NewGroup(p, pool.WithAllErrors(), pool.WithGroupContext(ctx))
		var skipped tally
		for range 5 {
			g.Go(skipped.body)
		}
		cancel()
		g.Go(skipped.body)
		errs := joined(g.Wait())
		for _, err := range errs {
			assert.ErrorIs(t, err, pool.ErrNotStarted)
			assert.ErrorIs(t, err, context.Canceled)
		}
		assert.Len(t, errs, 6)
		release()
		require.NoError(t, p.Wait())
		skipped.want(t, 0)
	})
}

func TestGroupInsideATaskWithAllErrors(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx), pool.WithAllErrors())
		for i := range 5 {
			g.Go(func(context.Context) error { return fmt.Errorf("member %d", i) })
		}
		return g.Wait()
	}))
	assert.Len(t, joined(err), 5)
}

func TestGroupTryGoWhenFullIsRefusedAndNoErrorOfTheGroup(t *testing.T) {
	for _, policy := range []pool.Overflow{pool.Block, pool.Reject, pool.DropNewest, pool.DropOldest, pool.CallerRuns} {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(policy))
		release := busyWorker(t, p)
		g := pool.NewGroup(p)
		var ran tally
		require.NoError(t, g.TryGo(ran.body))
		assert.ErrorIs(t, g.TryGo(ran.body), pool.ErrQueueFull)
		release()
		require.NoError(t, g.Wait())
		ran.want(t, 1)
	}
}

// TryGo respects the bound even inside a task, where Go exceeds it.
func TestGroupTryGoInsideATaskRespectsTheBound(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
	_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		var ran tally
		assert.NoError(t, g.TryGo(ran.body))
		assert.ErrorIs(t, g.TryGo(ran.body), pool.ErrQueueFull)
		g.Go(ran.body)
		assert.NoError(t, g.Wait())
		ran.want(t, 2)
		return nil
	}))
	require.NoError(t, err)
}

func TestGroupTryGoReturnsTheReason(t *testing.T) {
	invalid := pool.NewGroup(newPool(pool.Config{Workers: -1}))
	assert.ErrorIs(t, invalid.TryGo(new(tally).body), pool.ErrInvalidConfig)
	require.NoError(t, invalid.Wait())

	p := startPool(t, pool.Config{Workers: 1})
	g := pool.NewGroup(p)
	assert.ErrorIs(t, g.TryGo(nil), pool.ErrNilTask)
	bad := errors.New("bad")
	require.NoError(t, g.TryGo(func(context.Context) error { return bad }))
	assert.Same(t, bad, g.Wait())
	var skipped tally
	err := g.TryGo(skipped.body)
	assert.ErrorIs(t, err, pool.ErrNotStarted)
	assert.ErrorIs(t, err, bad)

	ctx, cancel := context.WithCancelCause(background)
	cancel(bad)
	g = pool.NewGroup(p, pool.WithGroupContext(ctx))
	err = g.TryGo(skipped.body)
	assert.ErrorIs(t, err, pool.ErrNotStarted)
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorIs(t, err, bad)
	require.NoError(t, g.Wait())

	require.NoError(t, p.Stop(background))
	g = pool.NewGroup(p)
	assert.ErrorIs(t, g.TryGo(skipped.body), pool.ErrStopped)
	require.NoError(t, g.Wait())
	skipped.want(t, 0)
}
