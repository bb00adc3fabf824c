package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/user/millrace/pool"
)

// Goal: a task whose context ends in the queue is resolved at once, though the
// worker is busy, and its place counts until a worker passes it.
func TestContextEndsInTheQueue(t *testing.T) {
	each(t, nestable(), func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 2})
			release := busyWorker(t, p)
			ctx, cancel := context.WithCancelCause(background)
			var skipped, ran tally
			answered := async(func() error { return sub.submit(p, ctx, skipped.body) })
			synctest.Wait()
			must(t, p.TrySubmit(asTask(ran.body)))
			if s := p.Stats(); s.QueuedTasks != 2 || s.CancelledTasks != 0 {
				t.Errorf("before: %+v", s)
			}
			cancel(nil)
			synctest.Wait()
			if s := p.Stats(); s.QueuedTasks != 1 || s.CancelledTasks != 1 {
				t.Errorf("after: %+v", s)
			}
			if sub.waits {
				wantErr(t, <-answered, pool.ErrNotStarted, context.Canceled)
			} else {
				must(t, <-answered)
			}
			wantErr(t, p.TrySubmit(asTask(ran.body)), pool.ErrQueueFull)
			release()
			err := p.Wait()
			if sub.name == "SubmitContext" {
				wantErr(t, err, pool.ErrNotStarted, context.Canceled)
			} else {
				must(t, err)
			}
			must(t, p.TrySubmit(asTask(ran.body)))
			must(t, p.TrySubmit(asTask(ran.body)))
			must(t, p.Wait())
			skipped.want(t, 0)
			ran.want(t, 3)
		})
	})
}

// What has not started when its context ends never runs, even if a worker comes
// to it before anybody noticed.
func TestContextEndsJustBeforeTheWorkerComes(t *testing.T) {
	each(t, nestable(), func(t *testing.T, sub submission) {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 2})
		for range rounds(5_000) {
			begun, leave := make(chan struct{}), make(chan struct{})
			must(t, p.SubmitFunc(func(context.Context) error { close(begun); <-leave; return nil }))
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
				wantErr(t, err, pool.ErrNotStarted, context.Canceled)
			}
			_ = p.Wait()
			skipped.want(t, 0)
			if t.Failed() {
				return
			}
		}
	})
}

// A cancelled task before Start has its outcome before Start.
func TestContextEndsBeforeStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(pool.Config{Workers: 1, QueueSize: 2})
		ctx, cancel := context.WithCancel(background)
		results := make(chan pool.Result, 1)
		var skipped tally
		must(t, p.SubmitContext(ctx, asTask(skipped.body, pool.WithTaskCallback(func(r pool.Result) { results <- r }))))
		f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, skipped.body(ctx) })
		must(t, err)
		cancel()
		wantErr(t, (<-results).Error, pool.ErrNotStarted, context.Canceled)
		if !f.Cancel() {
			t.Error("Cancel reports false")
		}
		_, err = f.Wait(background)
		wantErr(t, err, pool.ErrNotStarted, context.Canceled)
		if s := p.Stats(); s.CancelledTasks != 2 || s.QueuedTasks != 0 {
			t.Errorf("%+v", s)
		}
		must(t, p.Start(background))
		must(t, p.Wait())
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
	must(t, p.SubmitContext(ctx, asTask(func(context.Context) error { return nil },
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
			if !errors.Is(err, want) {
				t.Errorf("%v is not %v", err, want)
			}
		}
	}
	release()
	must(t, p.Wait())
}
