package pool_test

import (
	"context"
	"errors"
	"testing"

	"github.com/user/millrace/pool"
)

func TestGroupTryGoWhenFullIsRefusedAndNoErrorOfTheGroup(t *testing.T) {
	for _, policy := range []pool.Overflow{pool.Block, pool.Reject, pool.DropNewest, pool.DropOldest, pool.CallerRuns} {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(policy))
		release := busyWorker(t, p)
		g := pool.NewGroup(p)
		var ran tally
		must(t, g.TryGo(ran.body))
		wantErr(t, g.TryGo(ran.body), pool.ErrQueueFull)
		release()
		must(t, g.Wait())
		ran.want(t, 1)
	}
}

// TryGo keeps to the bound inside a task too, where Go goes past it.
func TestGroupTryGoInsideATaskKeepsToTheBound(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
	_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		var ran tally
		must(t, g.TryGo(ran.body))
		wantErr(t, g.TryGo(ran.body), pool.ErrQueueFull)
		g.Go(ran.body)
		must(t, g.Wait())
		ran.want(t, 2)
		return nil
	}))
	must(t, err)
}

func TestGroupTryGoTellsWhyItRefuses(t *testing.T) {
	invalid := pool.NewGroup(newPool(pool.Config{Workers: -1}))
	wantErr(t, invalid.TryGo(new(tally).body), pool.ErrInvalidConfig)
	must(t, invalid.Wait())

	p := startPool(t, pool.Config{Workers: 1})
	g := pool.NewGroup(p)
	wantErr(t, g.TryGo(nil), pool.ErrNilTask)
	bad := errors.New("bad")
	must(t, g.TryGo(func(context.Context) error { return bad }))
	if err := g.Wait(); err != bad {
		t.Errorf("Wait returned %v", err)
	}
	var skipped tally
	wantErr(t, g.TryGo(skipped.body), pool.ErrNotStarted, bad)

	ctx, cancel := context.WithCancelCause(background)
	cancel(bad)
	g = pool.NewGroup(p, pool.WithGroupContext(ctx))
	wantErr(t, g.TryGo(skipped.body), pool.ErrNotStarted, context.Canceled, bad)
	must(t, g.Wait())

	must(t, p.Stop(background))
	g = pool.NewGroup(p)
	wantErr(t, g.TryGo(skipped.body), pool.ErrStopped)
	must(t, g.Wait())
	skipped.want(t, 0)
}
