package pool_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// A payload is a value that must not be kept alive.
type payload struct{ bytes [1 << 20]byte }

func (p *payload) Error() string { return "a payload" }

type payloadKey struct{}

// use keeps the payload alive until it is called.
func (p *payload) use() { p.bytes[0]++ }

// newPayload returns a payload, and a channel that is closed once nothing refers to it.
func newPayload() (p *payload, collected <-chan struct{}) {
	c := make(chan struct{})
	p = new(payload)
	runtime.AddCleanup(p, func(c chan struct{}) { close(c) }, c)
	return p, c
}

// wantCollected fails the test if the payload is still alive after many garbage
// collections.
func wantCollected(t *testing.T, collected <-chan struct{}) {
	t.Helper()
	for range 200 {
		runtime.GC()
		select {
		case <-collected:
			return
		default:
			yield()
		}
	}
	t.Error("the payload is kept")
}

// pond#110: finished tasks were kept alive by the queue. Goal: after a task's outcome
// nothing keeps its closure, context or result, even if its slot was not overwritten
// since.
func TestRetentionAfterTheOutcome(t *testing.T) {
	// Each submits a task that refers to the payload, and returns a value to keep alive
	// with the pool.
	kinds := map[string]func(p *pool.WorkerPool, pay *payload) (keep any, err error){
		"SubmitFunc": func(p *pool.WorkerPool, pay *payload) (any, error) {
			return nil, p.SubmitFunc(func(context.Context) error { pay.use(); return nil })
		},
		"TaskFunc": func(p *pool.WorkerPool, pay *payload) (any, error) {
			return nil, p.Submit(pool.TaskFunc(func(context.Context) (any, error) { return pay, nil }))
		},
		"NewTask": func(p *pool.WorkerPool, pay *payload) (any, error) {
			return nil, p.Submit(pool.NewTask(func(context.Context) (any, error) { return pay, nil }))
		},
		"NewTaskWithCallback": func(p *pool.WorkerPool, pay *payload) (any, error) {
			return nil, p.Submit(pool.NewTask(func(context.Context) (any, error) { return pay, nil },
				pool.WithTaskCallback(func(pool.Result) { pay.use() })))
		},
		"SubmitBatch": func(p *pool.WorkerPool, pay *payload) (any, error) {
			body := func(context.Context) error { pay.use(); return nil }
			_, err := p.SubmitBatch([]pool.Task{asTask(body), asTask(body, pool.WithTaskTimeout(time.Hour)), asTask(body)})
			return nil, err
		},
		"SubmitContextOfValues": func(p *pool.WorkerPool, pay *payload) (any, error) {
			ctx := context.WithValue(background, payloadKey{}, pay)
			return nil, p.SubmitContext(ctx, asTask(func(ctx context.Context) error {
				ctx.Value(payloadKey{}).(*payload).use()
				ctx.Done()
				return nil
			}))
		},
		"SubmitContextThatLives": func(p *pool.WorkerPool, pay *payload) (any, error) {
			ctx, cancel := context.WithCancel(background)
			return cancel, p.SubmitContext(ctx, asTask(func(ctx context.Context) error {
				pay.use()
				ctx.Done()
				return nil
			}))
		},
		"ContextKept": func(p *pool.WorkerPool, pay *payload) (any, error) {
			ofTask := make(chan context.Context, 1)
			err := p.SubmitContext(context.TODO(), asTask(func(ctx context.Context) error {
				pay.use()
				ofTask <- ctx
				return nil
			}, pool.WithTaskCallback(func(pool.Result) { pay.use() })))
			return <-ofTask, err
		},
		"SubmitWait": func(p *pool.WorkerPool, pay *payload) (any, error) {
			_, err := p.SubmitWait(background, pool.NewTask(func(context.Context) (any, error) { return pay, nil }))
			return nil, err
		},
		"SubmitWaitOfAnError": func(p *pool.WorkerPool, pay *payload) (any, error) {
			ctx, cancel := context.WithCancel(background)
			_, _ = p.SubmitWait(ctx, asTask(func(context.Context) error { return pay }))
			return cancel, nil
		},
		"GoWithTheFutureKept": func(p *pool.WorkerPool, pay *payload) (any, error) {
			f, err := pool.Go(p, func(context.Context) (int, error) { pay.use(); return 0, nil },
				pool.WithTaskCallback(func(pool.Result) { pay.use() }))
			if err == nil {
				_, err = f.Wait(background)
			}
			return f, err
		},
		"GoWithTheFutureDropped": func(p *pool.WorkerPool, pay *payload) (any, error) {
			_, err := pool.Go(p, func(context.Context) (*payload, error) { return pay, nil }, pool.WithTaskTimeout(time.Hour))
			return nil, err
		},
		"Group": func(p *pool.WorkerPool, pay *payload) (any, error) {
			g := pool.NewGroup(p)
			for range 3 {
				g.Go(func(context.Context) error { pay.use(); return nil })
			}
			return g, g.Wait()
		},
		"GroupSkipped": func(p *pool.WorkerPool, pay *payload) (any, error) {
			g := pool.NewGroup(p)
			g.Go(func(context.Context) error { return context.Canceled })
			for range 3 {
				g.Go(func(context.Context) error { pay.use(); return nil })
			}
			_ = g.Wait()
			return g, nil
		},
		"Panic": func(p *pool.WorkerPool, pay *payload) (any, error) {
			f, err := pool.Go(p, func(context.Context) (int, error) { pay.use(); panic("boom") })
			return f, err
		},
		"Goexit": func(p *pool.WorkerPool, pay *payload) (any, error) {
			f, err := pool.Go(p, func(context.Context) (int, error) { pay.use(); return goexit() })
			return f, err
		},
		"Nested": func(p *pool.WorkerPool, pay *payload) (any, error) {
			f, err := pool.Go(p, func(ctx context.Context) (int, error) {
				ctx = context.WithValue(ctx, payloadKey{}, pay)
				_, err := p.SubmitWait(ctx, asTask(func(context.Context) error { pay.use(); return nil }))
				return 0, err
			})
			return f, err
		},
	}
	for name, submit := range kinds {
		t.Run(name, func(t *testing.T) {
			for _, labels := range []bool{false, true} {
				var opts []pool.Option
				if labels {
					opts = append(opts, pool.WithProfilerLabels())
				}
				p := startPool(t, pool.Config{Workers: 1, QueueSize: 64}, opts...)
				collected, keep := func() (<-chan struct{}, any) {
					pay, collected := newPayload()
					keep, err := submit(p, pay)
					require.NoError(t, err)
					return collected, keep
				}()
				require.NoError(t, p.Wait())
				wantCollected(t, collected)
				runtime.KeepAlive(keep)
				runtime.KeepAlive(p)
			}
		})
	}
}

// Goal: a task called off in the queue is released at once, even if the worker is busy
// and its slot in the queue is still taken.
func TestRetentionOfWhatIsCalledOffInTheQueue(t *testing.T) {
	kinds := map[string]func(p *pool.WorkerPool, ctx context.Context, cancel func(), pay *payload) (keep any, err error){
		"Cancel": func(p *pool.WorkerPool, _ context.Context, _ func(), pay *payload) (any, error) {
			f, err := pool.Go(p, func(context.Context) (int, error) { pay.use(); return 0, nil },
				pool.WithTaskCallback(func(pool.Result) { pay.use() }))
			f.Cancel()
			return f, err
		},
		"SubmitContext": func(p *pool.WorkerPool, ctx context.Context, cancel func(), pay *payload) (any, error) {
			err := p.SubmitContext(ctx, asTask(func(context.Context) error { pay.use(); return nil },
				pool.WithTaskCallback(func(pool.Result) { pay.use() })))
			cancel()
			return nil, err
		},
		"ContextValue": func(p *pool.WorkerPool, ctx context.Context, cancel func(), pay *payload) (any, error) {
			err := p.SubmitContext(context.WithValue(ctx, payloadKey{}, pay), asTask(func(context.Context) error { return nil },
				pool.WithTaskCallback(func(pool.Result) {})))
			cancel()
			return nil, err
		},
		"SubmitWait": func(p *pool.WorkerPool, ctx context.Context, cancel func(), pay *payload) (any, error) {
			begin := p.Stats().SubmittedTasks
			left := async(func() error {
				_, err := p.SubmitWait(ctx, asTask(func(context.Context) error { pay.use(); return nil }))
				return err
			})
			for p.Stats().SubmittedTasks == begin {
				yield()
			}
			cancel()
			<-left
			return nil, nil
		},
		"Group": func(p *pool.WorkerPool, ctx context.Context, cancel func(), pay *payload) (any, error) {
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			g.Go(func(context.Context) error { pay.use(); return nil })
			g.Go(func(context.Context) error { pay.use(); return nil })
			cancel()
			_ = g.Wait()
			return g, nil
		},
	}
	for name, submit := range kinds {
		t.Run(name, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 8})
			release := busyWorker(t, p)
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			collected, keep := func() (<-chan struct{}, any) {
				pay, collected := newPayload()
				keep, err := submit(p, ctx, cancel, pay)
				require.NoError(t, err)
				return collected, keep
			}()
			wantCollected(t, collected)
			s := p.Stats()
			assert.Equal(t, 1, s.ActiveWorkers, s)
			assert.NotZero(t, s.CancelledTasks, s)
			runtime.KeepAlive(keep)
			release()
			require.NoError(t, p.Wait())
		})
	}
}

func TestRetentionOfWhatTimedOut(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	leave := make(chan struct{})
	collected, f := func() (<-chan struct{}, *pool.Future[int]) {
		pay, collected := newPayload()
		f, err := pool.Go(p, func(ctx context.Context) (int, error) {
			<-leave
			pay.use()
			return 0, nil
		}, pool.WithTaskTimeout(1))
		require.NoError(t, err)
		return collected, f
	}()
	_, err := f.Wait(background)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	close(leave)
	for p.Stats().OverdueTasks != 0 {
		yield()
	}
	wantCollected(t, collected)
	runtime.KeepAlive(f)
}

func TestRetentionOfWhatWasDropped(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.DropOldest))
	release := busyWorker(t, p)
	collected := func() <-chan struct{} {
		pay, collected := newPayload()
		require.NoError(t, p.SubmitFunc(func(context.Context) error { pay.use(); return nil }))
		return collected
	}()
	fill(t, p, 1)
	wantCollected(t, collected)
	release()
	assert.ErrorIs(t, p.Wait(), pool.ErrDropped)
}

func TestRetentionOfWhatWasRefused(t *testing.T) {
	for _, sub := range submissions {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.Reject))
		release := busyWorker(t, p)
		fill(t, p, 1)
		collected := func() <-chan struct{} {
			pay, collected := newPayload()
			assert.ErrorIs(t, sub.submit(p, background, func(context.Context) error { pay.use(); return nil }), pool.ErrQueueFull)
			return collected
		}()
		wantCollected(t, collected)
		release()
	}
}

// Goal: after the outcome nothing keeps what a retried task referred to: its closure,
// its contexts, the errors of its earlier runs.
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
			require.NoError(t, p.SubmitFunc(func(context.Context) error { pay.use(); return errFlaky }))
			return nil
		},
		"BareErrors": func(p *pool.WorkerPool, pay *payload) any {
			runs := 0
			require.NoError(t, p.SubmitFunc(func(context.Context) error {
				if runs++; runs < 3 {
					return pay
				}
				return nil
			}))
			return nil
		},
		"ValuesOfTheSubmitter": func(p *pool.WorkerPool, pay *payload) any {
			ctx, cancel := context.WithCancel(background)
			require.NoError(t, p.SubmitContext(context.WithValue(ctx, payloadKey{}, pay), asTask(func(ctx context.Context) error {
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

// Goal: a task called off while it waits is released at once, with its timer, even if
// it was due much later.
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

// Goal: a pool keeps nothing per run of a task.
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
	assert.LessOrEqual(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(1<<20),
		"bytes more in %d runs", runs)
}
