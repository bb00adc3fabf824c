package pool

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	for _, size := range []int{0, 1, 100} {
		p := New(Config{Workers: 4, QueueSize: size})
		ctx := context.Background()
		if err := p.Start(ctx); err != nil {
			t.Fatal(err)
		}
		var n atomic.Int64
		for range 10000 {
			if err := p.SubmitFunc(func(context.Context) error { n.Add(1); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Wait(); err != nil {
			t.Fatal(err)
		}
		if n.Load() != 10000 {
			t.Fatal(n.Load())
		}
		v, err := p.SubmitWait(ctx, TaskFunc(func(ctx context.Context) (any, error) {
			return p.SubmitWait(ctx, TaskFunc(func(context.Context) (any, error) { return 42, nil }))
		}))
		if v != 42 || err != nil {
			t.Fatal(v, err)
		}
		f, err := Go(p, func(ctx context.Context) (int, error) { panic("boom") })
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Wait(ctx)
		var pe *PanicError
		if !errors.As(err, &pe) || pe.Value != "boom" {
			t.Fatal(err)
		}
		f, _ = Go(p, func(ctx context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		if _, err = f.Wait(ctx); err != ErrGoexit {
			t.Fatal(err)
		}
		f, _ = Go(p, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }, WithTaskTimeout(time.Millisecond))
		if _, err = f.Wait(ctx); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		g := NewGroup(p)
		bad := errors.New("bad")
		for i := range 100 {
			g.Go(func(ctx context.Context) error {
				if i == 50 {
					return bad
				}
				return nil
			})
		}
		if err := g.Wait(); err != bad {
			t.Fatal(err)
		}
		if err := p.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		s := p.Stats()
		if s.SubmittedTasks != s.CompletedTasks+s.FailedTasks+s.CancelledTasks+s.DroppedTasks {
			t.Fatalf("%+v", s)
		}
		if err := p.SubmitFunc(func(context.Context) error { return nil }); err != ErrStopped {
			t.Fatal(err)
		}
	}
}
func TestAllocs(t *testing.T) {
	p := New(Config{Workers: 2, QueueSize: 1024})
	p.Start(context.Background())
	fn := func(context.Context) error { return nil }
	tf := TaskFunc(func(context.Context) (any, error) { return nil, nil })
	gf := func(context.Context) (int, error) { return 1, nil }
	ctx := context.Background()
	t.Log("SubmitFunc", testing.AllocsPerRun(10000, func() { p.SubmitFunc(fn) }))
	t.Log("TrySubmit", testing.AllocsPerRun(10000, func() { p.TrySubmit(tf) }))
	b := make([]Task, 64)
	for i := range b {
		b[i] = tf
	}
	t.Log("Batch", testing.AllocsPerRun(1000, func() { p.SubmitBatch(b) }))
	t.Log("SubmitWait", testing.AllocsPerRun(10000, func() { p.SubmitWait(ctx, tf) }))
	t.Log("Go", testing.AllocsPerRun(10000, func() { f, _ := Go(p, gf); f.Wait(ctx) }))
	p.Stop(ctx)
}
