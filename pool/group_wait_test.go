package pool_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

func TestGroupRefusesMembersOnceWaitReturned(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	g := pool.NewGroup(p)
	var ran tally
	g.Go(ran.body)
	must(t, g.Wait())
	must(t, g.Wait())
	wantErr(t, g.TryGo(ran.body), pool.ErrNotStarted)
	must(t, g.Wait())
	g.Go(ran.body)
	wantErr(t, g.Wait(), pool.ErrNotStarted)
	ran.want(t, 1)
}

// Goal: each member either runs before Wait returns, or never. Method: members
// are added beside Wait, and look whether it has returned.
func TestGroupWaitReturnsAfterMembersAddedBesideIt(t *testing.T) {
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
		must(t, p.Wait())
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
	must(t, g.Wait())
	if n := ran.Load(); n != 255 {
		t.Errorf("%d members ran, want 255", n)
	}
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
				if err := g.Wait(); err != bad {
					t.Errorf("Wait returned %v", err)
				}
			})
		}
		synctest.Wait()
		close(leave)
		wg.Wait()
	})
}

// Goal: who waits inside a task runs members that were added after it fell
// asleep. Method: both workers are taken, by the waiter and by a member that
// waits for the one added last.
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
		must(t, err)
	})
}

// Goal: Wait knows the outcome of each member, also where the function returns
// before the timer has given it. Method: much hangs on the context that the timer
// ends first.
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
		if err := g.Wait(); err != context.DeadlineExceeded {
			t.Fatalf("Wait returned %v", err)
		}
	}
}

// Members that never run tell the cause of their context's end.
func TestGroupTellsTheCauseOfItsContext(t *testing.T) {
	bad := errors.New("bad")
	p := startPool(t, pool.Config{Workers: 1})
	release := busyWorker(t, p)
	for range rounds(500) {
		ctx, cancel := context.WithCancelCause(background)
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		g.Go(new(tally).body)
		cancel(bad)
		wantErr(t, g.Wait(), pool.ErrNotStarted, context.Canceled, bad)
	}
	release()
}
