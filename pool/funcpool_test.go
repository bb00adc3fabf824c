package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// startFunc is startPool for a FuncPool.
func startFunc[T any](t testing.TB, cfg pool.Config, fn func(context.Context, T) error, opts ...pool.Option) *pool.FuncPool[T] {
	t.Helper()
	p := pool.NewFunc(cfg, fn, opts...)
	t.Cleanup(func() {
		if err := p.Stop(background); err != nil && !errors.Is(err, pool.ErrNotStarted) {
			t.Errorf("Stop: %v", err)
		}
		accountedFor(t, p.Stats())
	})
	must(t, p.Start(background))
	return p
}

// accountedFor is accounted for statistics.
func accountedFor(t testing.TB, s pool.Stats) {
	t.Helper()
	settled := s.CompletedTasks + s.FailedTasks + s.DroppedTasks + s.CancelledTasks
	if s.SubmittedTasks != settled || s.QueuedTasks != 0 || s.RunningTasks != 0 || s.OverdueTasks != 0 {
		t.Errorf("not every call has one outcome: %+v", s)
	}
}

// A big value is one of several words, whose parts must not be mixed up.
type big struct {
	i     int
	again [6]int
	name  string
}

func bigOf(i int) big {
	return big{i, [6]int{i, i, i, i, i, i}, fmt.Sprint(i)}
}

func (b big) sound() bool { return b == bigOf(b.i) }

// A funcSubmission is one of the ways to submit a value.
type funcSubmission struct {
	name   string
	waits  bool
	submit func(p *pool.FuncPool[big], ctx context.Context, v big) error
}

var funcSubmissions = []funcSubmission{
	{"Submit", false, func(p *pool.FuncPool[big], _ context.Context, v big) error { return p.Submit(v) }},
	{"SubmitContext", false, func(p *pool.FuncPool[big], ctx context.Context, v big) error { return p.SubmitContext(ctx, v) }},
	{"SubmitBatch", false, func(p *pool.FuncPool[big], _ context.Context, v big) error {
		n, err := p.SubmitBatch([]big{v})
		if (n == 1) != (err == nil) {
			return errors.New("n does not fit err")
		}
		return err
	}},
	{"SubmitWait", true, func(p *pool.FuncPool[big], ctx context.Context, v big) error { return p.SubmitWait(ctx, v) }},
}

func eachFunc(t *testing.T, f func(t *testing.T, sub funcSubmission)) {
	for _, sub := range funcSubmissions {
		t.Run(sub.name, func(t *testing.T) { f(t, sub) })
	}
}

// funcConfigs are pools whose values stand in the queue themselves, and pools where
// all need a record.
var funcConfigs = map[string][]pool.Option{
	"plain":    nil,
	"timeout":  {pool.WithTaskTimeout(time.Hour)},
	"labels":   {pool.WithProfilerLabels()},
	"priority": {pool.WithPriority()},
	"retry":    {pool.WithRetry(2, time.Nanosecond)},
}

func TestFuncPoolCallsOnceForEachValue(t *testing.T) {
	const n = 500
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			eachFunc(t, func(t *testing.T, sub funcSubmission) {
				c := newCalls(n)
				p := startFunc(t, pool.Config{Workers: 3, QueueSize: 7}, func(ctx context.Context, v big) error {
					if !v.sound() {
						t.Errorf("the value is %v", v)
					}
					return c.fn(func(context.Context, int) error { return ctx.Err() })(ctx, v.i)
				}, opts...)
				var wg sync.WaitGroup
				for part := range 4 {
					wg.Go(func() {
						for i := part; i < n; i += 4 {
							if err := sub.submit(p, t.Context(), bigOf(i)); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
				must(t, p.Wait())
				c.once(t, true)
				if s := p.Stats(); s.CompletedTasks != n || s.SubmittedTasks != n {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

func TestFuncPoolBatchIsInOrderAndWhole(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 1, 31, 32, 33, 500} {
				var got []int
				p := startFunc(t, pool.Config{Workers: 1, QueueSize: 5}, func(_ context.Context, v int) error {
					got = append(got, v) // there is one worker
					return nil
				}, opts...)
				accepted, err := p.SubmitBatch(numbers(n))
				must(t, err)
				must(t, p.Wait())
				if accepted != n || !slices.Equal(got, numbers(n)) {
					t.Errorf("%d accepted, called for %v", accepted, got)
				}
			}
		})
	}
}

func TestFuncPoolRunsInOrderOnOneWorker(t *testing.T) {
	var got []int
	p := startFunc(t, pool.Config{Workers: 1, QueueSize: 3}, func(_ context.Context, v int) error {
		got = append(got, v)
		return nil
	})
	for i := range 1000 {
		must(t, p.Submit(i))
	}
	must(t, p.Wait())
	if !slices.Equal(got, numbers(1000)) {
		t.Error("out of order")
	}
}

// Exactly as many values as the queue has places are accepted while all workers are
// busy.
func TestFuncPoolBoundIsExact(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 100} {
				leave := make(chan struct{})
				p := startFunc(t, pool.Config{Workers: 2, QueueSize: size}, func(context.Context, int) error { <-leave; return nil }, opts...)
				must(t, p.Submit(0))
				must(t, p.Submit(0))
				for p.Stats().ActiveWorkers < 2 {
					yield()
				}
				for range size {
					must(t, p.TrySubmit(1))
				}
				wantErr(t, p.TrySubmit(1), pool.ErrQueueFull)
				if s := p.Stats(); s.QueuedTasks != size || s.RejectedTasks != 1 {
					t.Errorf("%+v", s)
				}
				close(leave)
				must(t, p.Wait())
			}
		})
	}
}

func TestFuncPoolOverflow(t *testing.T) {
	eachFunc(t, func(t *testing.T, sub funcSubmission) {
		for _, test := range []struct {
			policy pool.Overflow
			want   error
			ran    int32
			waits  bool
		}{
			{pool.Block, nil, 3, true},
			{pool.Reject, pool.ErrQueueFull, 2, false},
			{pool.DropNewest, pool.ErrDropped, 2, false},
			{pool.DropOldest, nil, 2, sub.waits},
			{pool.CallerRuns, nil, 3, false},
		} {
			t.Run(fmt.Sprint(test.policy), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					leave := make(chan struct{})
					var ran atomic.Int32
					p := startFunc(t, pool.Config{Workers: 1, QueueSize: 1}, func(_ context.Context, v big) error {
						if v.i == 0 {
							<-leave
						}
						ran.Add(1)
						return nil
					}, pool.WithOverflow(test.policy))
					must(t, p.Submit(bigOf(0)))
					synctest.Wait()
					must(t, p.Submit(bigOf(1)))
					submitted := async(func() error { return sub.submit(p, background, bigOf(2)) })
					synctest.Wait()
					if waits := len(submitted) == 0; waits != test.waits {
						t.Errorf("it waits: %v", waits)
					}
					close(leave)
					err := <-submitted
					if test.want == nil {
						must(t, err)
					}
					wantErr(t, err, test.want)
					if err := p.Wait(); test.policy == pool.DropOldest {
						wantErr(t, err, pool.ErrDropped)
					} else {
						must(t, err)
					}
					if ran.Load() != test.ran {
						t.Errorf("%d calls, want %d", ran.Load(), test.ran)
					}
				})
			})
		}
	})
}

// A batch under a policy that refuses tells how far it came.
func TestFuncPoolBatchStopsAtTheFirstRefused(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			for policy, want := range map[pool.Overflow]error{pool.Reject: pool.ErrQueueFull, pool.DropNewest: pool.ErrDropped} {
				var ran tally
				p := pool.NewFunc(pool.Config{Workers: 1, QueueSize: 40}, func(ctx context.Context, v int) error {
					if v != int(ran.n.Load()) {
						t.Errorf("called for %d", v)
					}
					return ran.body(ctx)
				}, append(opts, pool.WithOverflow(policy))...)
				n, err := p.SubmitBatch(numbers(100))
				if n != 40 {
					t.Errorf("%d accepted", n)
				}
				wantErr(t, err, want)
				must(t, p.Start(background))
				must(t, p.Stop(background))
				ran.want(t, 40)
			}
		})
	}
}

func TestFuncPoolRefusesWhatCannotWork(t *testing.T) {
	refuses := func(p *pool.FuncPool[big], want ...error) {
		t.Helper()
		for _, sub := range funcSubmissions {
			wantErr(t, sub.submit(p, background, bigOf(1)), want...)
		}
		wantErr(t, p.TrySubmit(bigOf(1)), want...)
		n, err := p.SubmitBatch(nil)
		if n != 0 || p.Validate() != nil && err == nil {
			t.Errorf("of nothing: %d, %v", n, err)
		}
	}
	fn := func(context.Context, big) error { return nil }
	p := pool.NewFunc(pool.Config{Workers: -1}, fn)
	wantErr(t, p.Validate(), pool.ErrInvalidConfig)
	wantErr(t, p.Start(background), pool.ErrInvalidConfig)
	wantErr(t, p.Wait(), pool.ErrInvalidConfig)
	wantErr(t, p.Stop(background), pool.ErrInvalidConfig)
	p.Resize(3)
	if p.Stats() != (pool.Stats{}) {
		t.Errorf("%+v", p.Stats())
	}
	refuses(p, pool.ErrInvalidConfig)
	refuses(pool.NewFunc[big](pool.Config{}, nil), pool.ErrInvalidConfig, pool.ErrNilTask)
	wantErr(t, pool.NewFunc[big](pool.Config{Workers: -1}, nil).Validate(), pool.ErrInvalidConfig)

	for _, opts := range funcConfigs {
		p = pool.NewFunc(pool.Config{Workers: 1}, fn, opts...)
		wantErr(t, p.SubmitWait(background, bigOf(1)), pool.ErrNotStarted)
		must(t, p.Start(background))
		wantErr(t, p.Start(background), pool.ErrStarted)
		must(t, p.Stop(background))
		refuses(p, pool.ErrStopped)
		accountedFor(t, p.Stats())
	}
}

func TestFuncPoolBeforeStart(t *testing.T) {
	var ran tally
	p := pool.NewFunc(pool.Config{Workers: 1, QueueSize: 2}, func(ctx context.Context, _ int) error { return ran.body(ctx) })
	must(t, p.Submit(1))
	must(t, p.TrySubmit(2))
	wantErr(t, p.Submit(3), pool.ErrNotStarted)
	must(t, p.Start(background))
	must(t, p.Wait())
	must(t, p.Stop(background))
	ran.want(t, 2)

	p = pool.NewFunc(pool.Config{Workers: 1, QueueSize: 2}, func(ctx context.Context, _ int) error { return ran.body(ctx) })
	must(t, p.Submit(1))
	se := new(pool.StopError)
	if err := p.Stop(background); !errors.As(err, &se) || se.NeverRun.Count != 1 {
		t.Errorf("Stop: %v", err)
	}
	ran.want(t, 2)
	accountedFor(t, p.Stats())
}

func TestFuncPoolErrorsComeToWait(t *testing.T) {
	var handled atomic.Int32
	p := startFunc(t, pool.Config{Workers: 2}, func(_ context.Context, v int) error {
		switch v {
		case 0:
			return nil
		case 1:
			panic("boom")
		case 2:
			_, err := goexit()
			return err
		}
		return fmt.Errorf("error %d", v)
	}, pool.WithPanicHandler(func(any) { handled.Add(1) }))
	_, err := p.SubmitBatch([]int{0, 1, 2, 3})
	must(t, err)
	err = p.Wait()
	pe := new(pool.PanicError)
	if !errors.As(err, &pe) || !errors.Is(err, pool.ErrGoexit) || !strings.Contains(err.Error(), "error 3") || len(joined(err)) != 3 {
		t.Errorf("Wait returned %v", err)
	}
	must(t, p.Wait())
	if s := p.Stats(); s.CompletedTasks != 1 || s.FailedTasks != 3 || handled.Load() != 1 {
		t.Errorf("%+v", s)
	}
	for v, check := range map[int]func(error) bool{
		0: func(err error) bool { return err == nil },
		1: func(err error) bool { return errors.As(err, &pe) },
		2: func(err error) bool { return err == pool.ErrGoexit },
		3: func(err error) bool { return err.Error() == "error 3" },
	} {
		if err := p.SubmitWait(background, v); !check(err) {
			t.Errorf("SubmitWait for %d: %v", v, err)
		}
	}
	must(t, p.Wait()) // these had an owner
}

func TestFuncPoolRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs [3]atomic.Int32
		bad := errors.New("bad")
		p := startFunc(t, pool.Config{Workers: 1}, func(_ context.Context, v int) error {
			if n := runs[v].Add(1); v == 2 || int(n) <= v {
				return bad
			}
			return nil
		}, pool.WithRetry(2, time.Second))
		begun := time.Now()
		must(t, p.Submit(0))
		must(t, p.Submit(1))
		must(t, p.Submit(2))
		wantErr(t, p.Wait(), bad)
		if took := time.Since(begun); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
		if a, b, c := runs[0].Load(), runs[1].Load(), runs[2].Load(); a != 1 || b != 2 || c != 3 {
			t.Errorf("%d, %d and %d runs", a, b, c)
		}
		wantErr(t, p.SubmitWait(background, 2), bad)
	})
}

// What the user gave for retries may end the worker, which has returned from the
// call by then.
func TestFuncPoolRetryIfMayGoexit(t *testing.T) {
	bad := errors.New("bad")
	p := startFunc(t, pool.Config{Workers: 1}, func(context.Context, int) error { return bad },
		pool.WithRetry(1, 0), pool.WithRetryIf(func(error) bool { _, _ = goexit(); return true }))
	for range 3 {
		must(t, p.Submit(0))
		must(t, p.SubmitContext(t.Context(), 0))
		wantErr(t, p.Wait(), bad)
		wantErr(t, p.SubmitWait(background, 0), bad)
	}
	if s := p.Stats(); s.FailedTasks != 9 {
		t.Errorf("%+v", s)
	}
}

// With priorities a call that comes back stands before those submitted after it.
func TestFuncPoolRetryKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []int
		p := pool.NewFunc(pool.Config{Workers: 1}, func(_ context.Context, v int) error {
			order = append(order, v)
			time.Sleep(time.Second)
			if v < 2 && len(order) < 3 {
				return errors.New("bad")
			}
			return nil
		}, pool.WithRetry(1, time.Nanosecond), pool.WithPriority())
		must(t, p.Submit(0))
		must(t, p.SubmitContext(t.Context(), 1))
		_, err := p.SubmitBatch([]int{2, 3, 4})
		must(t, err)
		must(t, p.Start(background))
		must(t, p.Wait())
		must(t, p.Stop(background))
		if want := []int{0, 1, 0, 1, 2, 3, 4}; !slices.Equal(order, want) {
			t.Errorf("called for %v, want %v", order, want)
		}
	})
}

func TestFuncPoolTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFunc(t, pool.Config{Workers: 1}, func(ctx context.Context, _ int) error { <-ctx.Done(); return nil }, pool.WithTaskTimeout(time.Second))
		must(t, p.Submit(0))
		wantErr(t, p.Wait(), context.DeadlineExceeded)
		wantErr(t, p.SubmitWait(background, 0), context.DeadlineExceeded)
	})
}

func TestFuncPoolRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFunc(t, pool.Config{Workers: 4}, func(context.Context, int) error { return nil }, pool.WithRateLimit(1))
		begun := time.Now()
		_, err := p.SubmitBatch(numbers(5))
		must(t, err)
		must(t, p.Wait())
		if took := time.Since(begun); took != 4*time.Second {
			t.Errorf("five starts took %v", took)
		}
	})
}

func TestFuncPoolContextOfTheSubmitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		begun := make(chan struct{}, 10)
		p := startFunc(t, pool.Config{Workers: 1}, func(ctx context.Context, v int) error {
			if ctx.Value(key{}) != v {
				t.Errorf("the value is %v", ctx.Value(key{}))
			}
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(context.WithValue(background, key{}, 7))
		must(t, p.SubmitContext(ctx, 7))
		<-begun
		must(t, p.SubmitContext(ctx, 7)) // never runs
		cancel()
		wantErr(t, p.Wait(), context.Canceled, pool.ErrNotStarted)
		if s := p.Stats(); s.FailedTasks != 1 || s.CancelledTasks != 1 {
			t.Errorf("%+v", s)
		}
		wantErr(t, p.SubmitContext(ctx, 7), pool.ErrNotStarted, context.Canceled)
		wantErr(t, p.SubmitWait(ctx, 7), pool.ErrNotStarted, context.Canceled)
		if len(begun) != 0 {
			t.Error("it ran")
		}
	})
}

// Inside a call, with its context, there is always room and never a wait for a
// worker.
func TestFuncPoolInsideACallNeedsNoRoomAndNoWorker(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			var p *pool.FuncPool[int]
			var leaves atomic.Int32
			p = startFunc(t, pool.Config{Workers: 1, QueueSize: 1}, func(ctx context.Context, depth int) error {
				if depth == 0 {
					leaves.Add(1)
					return nil
				}
				for range 3 {
					if err := p.SubmitContext(ctx, depth-1); err != nil {
						return err
					}
				}
				wantErr(t, p.WaitContext(ctx), pool.ErrInsideTask)
				wantErr(t, p.Stop(ctx), pool.ErrInsideTask)
				return p.SubmitWait(ctx, depth-1)
			}, opts...)
			must(t, p.Submit(4))
			must(t, p.Wait())
			if n := leaves.Load(); n != 256 {
				t.Errorf("%d leaves", n)
			}
		})
	}
}

func TestFuncPoolResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		meet := rendezvous(4)
		p := startFunc(t, pool.Config{Workers: 1}, meet)
		_, err := p.SubmitBatch(numbers(4))
		must(t, err)
		synctest.Wait()
		p.Resize(4)
		must(t, p.Wait())
		if s := p.Stats(); s.Workers != 4 {
			t.Errorf("%+v", s)
		}
	})
}

// What has not started when the grace ends is handed back, and counted.
func TestFuncPoolStopHandsBack(t *testing.T) {
	for name, opts := range funcConfigs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pool.NewFunc(pool.Config{Workers: 2}, func(ctx context.Context, _ int) error { <-ctx.Done(); return nil }, opts...)
				must(t, p.Start(background))
				_, err := p.SubmitBatch(numbers(10))
				must(t, err)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(background, time.Second)
				defer cancel()
				se := new(pool.StopError)
				if err := p.Stop(ctx); !errors.As(err, &se) || se.NeverRun.Count != 8 || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Stop: %v", err)
				}
				_ = p.Stop(background)
				s := p.Stats()
				accountedFor(t, s)
				if s.DroppedTasks != 8 || s.Goroutines != 0 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// Who waits for a call that never runs is told why.
func TestFuncPoolSubmitWaitIsToldOfWhatNeverRan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.NewFunc(pool.Config{Workers: 1, QueueSize: 1}, func(ctx context.Context, _ int) error { <-ctx.Done(); return nil }, pool.WithOverflow(pool.DropOldest))
		must(t, p.Start(background))
		must(t, p.Submit(0))
		synctest.Wait()
		dropped := async(func() error { return p.SubmitWait(background, 1) })
		synctest.Wait()
		handedBack := async(func() error { return p.SubmitWait(background, 2) })
		wantErr(t, <-dropped, pool.ErrDropped)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		wantErr(t, p.Stop(ctx), context.DeadlineExceeded)
		wantErr(t, <-handedBack, pool.ErrStopped)
		_ = p.Stop(background)
		accountedFor(t, p.Stats())
	})
}
