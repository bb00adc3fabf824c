package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/user/millrace/pool"
)

// The tests in this file say something under -race only: they read and write
// plain variables on both sides of each edge that is promised.

// Goal: Submit happens before the run, the run before Wait.
func TestHappensBeforeSubmitRunWait(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p := startPool(t, pool.Config{Workers: 2, QueueSize: 2})
		for i := range rounds(200) {
			before, after := i, -1
			must(t, sub.submit(p, t.Context(), func(context.Context) error {
				after = before
				return nil
			}))
			if sub.waits && after != i {
				t.Fatalf("read %d", after)
			}
			must(t, p.Wait())
			if after != i {
				t.Fatalf("read %d", after)
			}
		}
	})
}

// Goal: the run happens before its callback, and both before Wait.
func TestHappensBeforeCallback(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 2})
	for i := range rounds(500) {
		ran, called := -1, -1
		must(t, p.Submit(asTask(func(context.Context) error { ran = i; return nil },
			pool.WithTaskTimeout(time.Hour), pool.WithTaskCallback(func(pool.Result) { called = ran }))))
		must(t, p.Wait())
		if called != i {
			t.Fatalf("read %d", called)
		}
	}
}

func TestHappensBeforeFutureWaitAndDone(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 2})
	for i := range rounds(500) {
		ran := -1
		f, err := pool.Go(p, func(context.Context) (*int, error) { ran = i; return &ran, nil })
		must(t, err)
		if i%2 == 0 {
			<-f.Done()
			if ran != i {
				t.Fatalf("read %d", ran)
			}
		}
		v, err := f.Wait(background)
		must(t, err)
		if *v != i {
			t.Fatalf("read %d", *v)
		}
	}
}

// Goal: what a canceller did happens before the callback of what it called off,
// and that before Wait.
func TestHappensBeforeOfACancelledTask(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	defer busyWorker(t, p)()
	for i := range rounds(500) {
		before, called := -1, -1
		f, err := pool.Go(p, func(context.Context) (int, error) { return 0, nil },
			pool.WithTaskCallback(func(pool.Result) { called = before }))
		must(t, err)
		waited := async(func() int { _, _ = f.Wait(background); return called })
		before = i
		if !f.Cancel() {
			t.Fatal("Cancel reports false")
		}
		if read := <-waited; read != i {
			t.Fatalf("read %d", read)
		}
	}
}

// Goal: a run on the waiter's own goroutine, and one on a worker, both happen
// before the return of a wait inside a task.
func TestHappensBeforeInsideATask(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	for i := range rounds(300) {
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			ran, member := -1, -1
			f, err := pool.Go(p, func(context.Context) (int, error) { ran = i; return i, nil }, pool.WithTaskContext(ctx))
			must(t, err)
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			g.Go(func(context.Context) error { member = i; return nil })
			must(t, g.Wait())
			_, err = f.Wait(ctx)
			if ran != i || member != i {
				t.Errorf("read %d, %d", ran, member)
			}
			return err
		}))
		must(t, err)
	}
}
