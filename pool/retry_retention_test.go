package pool_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/user/millrace/pool"
)

// Goal: after its outcome nothing keeps what a task that was retried referred to:
// its closure, its contexts, the errors of its earlier runs.
func TestRetryRetentionAfterTheOutcome(t *testing.T) {
	kinds := map[string]func(p *pool.WorkerPool, pay *payload) (keep any){
		"Success": func(p *pool.WorkerPool, pay *payload) any {
			runs := 0
			return goFlaky(t, p, func(context.Context) error {
				if runs++; runs < 3 {
					pay.use()
					return errFlaky
				}
				return nil
			}, pool.WithTaskCallback(func(pool.Result) { pay.use() }))
		},
		"ErrorsBeforeASuccess": func(p *pool.WorkerPool, pay *payload) any {
			runs := 0
			return goFlaky(t, p, func(context.Context) error {
				if runs++; runs < 3 {
					err := pay
					return err
				}
				pay = nil
				return nil
			})
		},
		"ErrorsBeforeAPanic": func(p *pool.WorkerPool, pay *payload) any {
			runs := 0
			return goFlaky(t, p, func(context.Context) error {
				if runs++; runs < 3 {
					return pay
				}
				pay = nil
				panic("at last")
			})
		},
		"Bare": func(p *pool.WorkerPool, pay *payload) any {
			must(t, p.SubmitFunc(func(context.Context) error { pay.use(); return errFlaky }))
			return nil
		},
		"BareErrors": func(p *pool.WorkerPool, pay *payload) any {
			runs := 0
			must(t, p.SubmitFunc(func(context.Context) error {
				if runs++; runs < 3 {
					return pay
				}
				return nil
			}))
			return nil
		},
		"ValuesOfTheSubmitter": func(p *pool.WorkerPool, pay *payload) any {
			ctx, cancel := context.WithCancel(background)
			must(t, p.SubmitContext(context.WithValue(ctx, payloadKey{}, pay), asTask(func(ctx context.Context) error {
				ctx.Value(payloadKey{}).(*payload).use()
				ctx.Done()
				return errFlaky
			})))
			return cancel
		},
		"Timeouts": func(p *pool.WorkerPool, pay *payload) any {
			return goFlaky(t, p, func(ctx context.Context) error { <-ctx.Done(); pay.use(); return nil }, pool.WithTaskTimeout(1))
		},
		"Group": func(p *pool.WorkerPool, pay *payload) any {
			g := pool.NewGroup(p)
			for range 3 {
				g.Go(func(context.Context) error { pay.use(); return errFlaky })
			}
			_ = g.Wait()
			return g
		},
		"Inside": func(p *pool.WorkerPool, pay *payload) any {
			return goFlaky(t, p, func(ctx context.Context) error {
				_, err := p.SubmitWait(context.WithValue(ctx, payloadKey{}, pay), asTask(func(context.Context) error {
					pay.use()
					return errFlaky
				}))
				return err
			}, pool.WithTaskRetry(0))
		},
	}
	for name, submit := range kinds {
		t.Run(name, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, time.Microsecond))
			collected, keep := func() (<-chan struct{}, any) {
				pay, collected := newPayload()
				return collected, submit(p, pay)
			}()
			_ = p.Wait()
			wantCollected(t, collected)
			runtime.KeepAlive(keep)
			runtime.KeepAlive(p)
		})
	}
}

// Goal: a task that is called off while it waits is let go of at once, though its
// time is far off; its timer too.
func TestRetryRetentionOfWhatIsCalledOff(t *testing.T) {
	for name, off := range map[string]func(p *pool.WorkerPool, f *pool.Future[int], cancel func()){
		"Cancel":  func(_ *pool.WorkerPool, f *pool.Future[int], _ func()) { f.Cancel() },
		"context": func(_ *pool.WorkerPool, f *pool.Future[int], cancel func()) { cancel(); <-f.Done() },
		"Stop":    func(p *pool.WorkerPool, _ *pool.Future[int], _ func()) { _ = p.Stop(in(t, time.Minute)) },
	} {
		t.Run(name, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, time.Hour))
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			closure, future := func() (<-chan struct{}, <-chan struct{}) {
				pay, collected := newPayload()
				f := goFlaky(t, p, func(context.Context) error { pay.use(); return pay }, pool.WithTaskContext(ctx))
				gone := make(chan struct{})
				runtime.AddCleanup(f, func(c chan struct{}) { close(c) }, gone)
				spinUntil(func() bool { return p.Stats().WaitingRetries == 1 })
				off(p, f, cancel)
				return collected, gone
			}()
			_ = p.Wait()
			wantCollected(t, closure)
			wantCollected(t, future) // which a timer would keep
			runtime.KeepAlive(p)
		})
	}
}

// Goal: a pool keeps nothing for each run of a task.
func TestRetryForLongDoesNotGrow(t *testing.T) {
	runs := rounds(20_000)
	p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(runs, 0))
	var before, after runtime.MemStats
	n := 0
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	f := goFlaky(t, p, func(ctx context.Context) error {
		ctx.Done()
		switch n++; n {
		case runs / 10:
			runtime.GC()
			runtime.ReadMemStats(&before)
		case runs:
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
		return errFlaky
	}, pool.WithTaskContext(ctx), pool.WithTaskTimeout(time.Hour))
	_, err := f.Wait(background)
	wantRetryError(t, err, runs+1, errFlaky, nil)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("%d bytes more in %d runs", grown, runs)
	}
}
