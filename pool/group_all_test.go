package pool_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

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
		if !seen[fmt.Sprintf("member %d", i)] {
			t.Errorf("the error of member %d is missing", i)
		}
	}
	if len(errs) != 50 {
		t.Errorf("%d errors, want 50", len(errs))
	}
	must(t, p.Wait()) // the errors had an owner
}

func TestGroupWithAllErrorsAndNone(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	g := pool.NewGroup(p, pool.WithAllErrors())
	must(t, g.Wait())
	g = pool.NewGroup(p, pool.WithAllErrors())
	g.Go(new(tally).body)
	must(t, g.Wait())
}

// Errors come in the order of their coming, whatever they are, those of refused
// members too.
func TestGroupAllErrorsAreInTheOrderOfTheirComing(t *testing.T) {
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
	if len(errs) != len(wants) {
		t.Fatalf("%d errors: %v", len(errs), errs)
	}
	for i, want := range wants {
		if !want(errs[i]) {
			t.Errorf("error %d is %v", i, errs[i])
		}
	}
}

// What never runs, since the outer context or the pool ends, is an error each.
func TestGroupWithAllErrorsTellsOfEachMemberThatNeverRan(t *testing.T) {
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
			wantErr(t, err, pool.ErrNotStarted, context.Canceled)
		}
		if len(errs) != 6 {
			t.Errorf("%d errors, want 6", len(errs))
		}
		release()
		must(t, p.Wait())
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
	if errs := joined(err); len(errs) != 5 {
		t.Errorf("%d errors: %v", len(errs), err)
	}
}
