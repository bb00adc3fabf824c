package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/user/millrace/pool"
)

func TestNilTaskIsRefused(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 4})
	nils := map[string]pool.Task{"nil": nil, "TaskFunc(nil)": pool.TaskFunc(nil), "NewTask(nil)": pool.NewTask(nil)}
	for name, task := range nils {
		t.Run(name, func(t *testing.T) {
			wantErr(t, p.Submit(task), pool.ErrNilTask)
			wantErr(t, p.TrySubmit(task), pool.ErrNilTask)
			wantErr(t, p.SubmitContext(background, task), pool.ErrNilTask)
			wantErr(t, p.SubmitContext(t.Context(), task), pool.ErrNilTask)
			_, err := p.SubmitBatch([]pool.Task{task})
			wantErr(t, err, pool.ErrNilTask)
			_, err = p.SubmitWait(background, task)
			wantErr(t, err, pool.ErrNilTask)
			_, err = p.SubmitWait(t.Context(), task)
			wantErr(t, err, pool.ErrNilTask)
		})
	}
	wantErr(t, p.SubmitFunc(nil), pool.ErrNilTask)
	_, err := pool.Go[int](p, nil)
	wantErr(t, err, pool.ErrNilTask)
	g := pool.NewGroup(p)
	g.Go(nil)
	wantErr(t, g.Wait(), pool.ErrNilTask)
	if s := p.Stats(); s.SubmittedTasks != 0 {
		t.Errorf("nil tasks were accepted: %+v", s)
	}
}

func TestNilContextIsBackground(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	var none context.Context
	var ran tally
	must(t, p.SubmitContext(none, asTask(ran.body)))
	_, err := p.SubmitWait(none, asTask(ran.body))
	must(t, err)
	f, err := pool.Go(p, func(context.Context) (int, error) { return 7, nil }, pool.WithTaskContext(none), nil)
	must(t, err)
	if v, err := f.Wait(none); v != 7 || err != nil {
		t.Error(v, err)
	}
	g := pool.NewGroup(p, pool.WithGroupContext(none), nil)
	g.Go(ran.body)
	must(t, g.Wait())
	must(t, p.Wait())
	ran.want(t, 3)
}

func TestBeforeStartTasksAreAcceptedUpToTheBound(t *testing.T) {
	const bound = 10
	for _, workers := range []int{1, 4} {
		p := newPool(pool.Config{Workers: workers, QueueSize: bound})
		var ran tally
		must(t, p.Submit(asTask(ran.body)))
		must(t, p.SubmitFunc(ran.body))
		must(t, p.TrySubmit(asTask(ran.body)))
		must(t, p.SubmitContext(t.Context(), asTask(ran.body)))
		n, err := p.SubmitBatch([]pool.Task{asTask(ran.body), asTask(ran.body), asTask(ran.body)})
		if n != 3 || err != nil {
			t.Fatal(n, err)
		}
		f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 5, ran.body(ctx) })
		must(t, err)
		g := pool.NewGroup(p)
		g.Go(ran.body)
		g.Go(ran.body)

		wantErr(t, p.TrySubmit(asTask(ran.body)), pool.ErrQueueFull)
		for _, sub := range submissions {
			wantErr(t, sub.submit(p, background, ran.body), pool.ErrNotStarted)
		}
		ran.want(t, 0)
		if s := p.Stats(); s.QueuedTasks != bound || s.SubmittedTasks != bound || s.Goroutines != 0 {
			t.Errorf("before Start: %+v", s)
		}

		must(t, p.Start(background))
		must(t, g.Wait())
		if v, err := f.Wait(background); v != 5 || err != nil {
			t.Error(v, err)
		}
		must(t, p.Wait())
		ran.want(t, bound)
		stopPool(t, p)
	}
}

func TestBeforeStartSubmitWaitCouldOnlyBlock(t *testing.T) {
	p := newPool(pool.Config{Workers: 1})
	var ran tally
	_, err := p.SubmitWait(background, asTask(ran.body))
	wantErr(t, err, pool.ErrNotStarted)
	must(t, p.Start(background))
	stopPool(t, p)
	ran.want(t, 0)
}

func TestBatchBeforeStartStopsAtTheBound(t *testing.T) {
	p := newPool(pool.Config{Workers: 2, QueueSize: 3})
	var ran tally
	n, err := p.SubmitBatch(slices.Repeat([]pool.Task{asTask(ran.body)}, 5))
	if n != 3 {
		t.Errorf("%d accepted, want 3", n)
	}
	wantErr(t, err, pool.ErrNotStarted)
	must(t, p.Start(background))
	must(t, p.Wait())
	ran.want(t, 3)
	stopPool(t, p)
}

// batchKinds are batches in which every place takes its own way into the queue:
// tasks without a record stand there as they are, the others behind a ticket.
var batchKinds = map[string]func(i int, body doing) pool.Task{
	"bare":     func(_ int, body doing) pool.Task { return asTask(body) },
	"recorded": func(_ int, body doing) pool.Task { return asTask(body, pool.WithTaskCallback(func(pool.Result) {})) },
	"mixed": func(i int, body doing) pool.Task {
		if i%3 == 1 {
			return asTask(body, pool.WithTaskCallback(func(pool.Result) {}))
		}
		return asTask(body)
	},
}

// batch returns n tasks of a kind that note their index.
func batch(kind func(int, doing) pool.Task, n int) (tasks []pool.Task, ran func() []int) {
	var mu sync.Mutex
	var list []int
	for i := range n {
		tasks = append(tasks, kind(i, func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			list = append(list, i)
			return nil
		}))
	}
	return tasks, func() []int {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(list)
	}
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestBatchStopsAtANilTask(t *testing.T) {
	for name, kind := range batchKinds {
		for _, at := range []int{0, 1, 2, 5, 6} {
			t.Run(fmt.Sprintf("%s/at=%d", name, at), func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1})
				tasks, ran := batch(kind, 7)
				tasks[at] = nil
				n, err := p.SubmitBatch(tasks)
				wantErr(t, err, pool.ErrNilTask)
				must(t, p.Wait())
				if n != at || !slices.Equal(ran(), upTo(at)) {
					t.Errorf("n = %d, ran %v; want those before %d", n, ran(), at)
				}
			})
		}
	}
}

func TestBatchRunsInOrderAndOnce(t *testing.T) {
	for name, kind := range batchKinds {
		for _, size := range []int{0, 1, 3, 64} {
			t.Run(fmt.Sprintf("%s/queue=%d", name, size), func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1, QueueSize: size})
				tasks, ran := batch(kind, 100)
				if n, err := p.SubmitBatch(tasks); n != 100 || err != nil {
					t.Fatal(n, err)
				}
				must(t, p.Wait())
				if !slices.Equal(ran(), upTo(100)) {
					t.Errorf("ran %v", ran())
				}
				if n, err := p.SubmitBatch(nil); n != 0 || err != nil {
					t.Errorf("empty batch: %d, %v", n, err)
				}
			})
		}
	}
}

// Goal: n and err of a batch that does not fit, under each policy.
// Method: a busy worker, a queue of 3, a batch of 5, in a bubble.
func TestBatchOnAFullQueue(t *testing.T) {
	cases := []struct {
		policy  pool.Overflow
		n       int
		err     error
		ran     []int
		dropped int64
	}{
		{pool.Block, 5, nil, []int{0, 1, 2, 3, 4}, 0},
		{pool.Reject, 3, pool.ErrQueueFull, []int{0, 1, 2}, 0},
		{pool.DropNewest, 3, pool.ErrDropped, []int{0, 1, 2}, 0},
		{pool.DropOldest, 5, nil, []int{2, 3, 4}, 2},
		{pool.CallerRuns, 5, nil, []int{3, 4, 0, 1, 2}, 0},
	}
	for name, kind := range batchKinds {
		for _, c := range cases {
			t.Run(fmt.Sprintf("%s/policy=%d", name, c.policy), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := startPool(t, pool.Config{Workers: 1, QueueSize: 3}, pool.WithOverflow(c.policy))
					release := busyWorker(t, p)
					tasks, ran := batch(kind, 5)
					type answer struct {
						n   int
						err error
					}
					answered := async(func() answer {
						n, err := p.SubmitBatch(tasks)
						return answer{n, err}
					})
					synctest.Wait()
					if blocked := len(answered) == 0; blocked != (c.policy == pool.Block) {
						t.Fatalf("blocked: %v", blocked)
					}
					release()
					a := <-answered
					if a.n != c.n || !errors.Is(a.err, c.err) {
						t.Errorf("n = %d, err = %v; want %d, %v", a.n, a.err, c.n, c.err)
					}
					_ = p.Wait()
					if !slices.Equal(ran(), c.ran) {
						t.Errorf("ran %v, want %v", ran(), c.ran)
					}
					if s := p.Stats(); s.DroppedTasks != c.dropped {
						t.Errorf("dropped %d, want %d", s.DroppedTasks, c.dropped)
					}
				})
			})
		}
	}
}

// Goal: a batch that waits for room is refused by Stop from the first task on
// that is not yet in, and what is in runs.
func TestStopInTheMiddleOfABatch(t *testing.T) {
	for name, kind := range batchKinds {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1, QueueSize: 3})
				release := busyWorker(t, p)
				tasks, ran := batch(kind, 9)
				n := 0
				answered := async(func() (err error) {
					n, err = p.SubmitBatch(tasks)
					return err
				})
				synctest.Wait()
				stopped := async(func() error { return p.Stop(background) })
				wantErr(t, <-answered, pool.ErrStopped)
				if n != 3 || len(ran()) != 0 {
					t.Errorf("n = %d, ran %v", n, ran())
				}
				release()
				must(t, <-stopped)
				if !slices.Equal(ran(), upTo(3)) {
					t.Errorf("ran %v", ran())
				}
			})
		})
	}
}

func TestSubmitContextGivesValuesAndCancellation(t *testing.T) {
	type key struct{}
	type poolKey struct{}
	p := newPool(pool.Config{Workers: 1})
	t.Cleanup(func() { stopPool(t, p) })
	must(t, p.Start(context.WithValue(background, poolKey{}, "pool")))

	ctx, cancel := context.WithCancel(context.WithValue(background, key{}, "value"))
	begun := make(chan struct{})
	ended := make(chan error, 1)
	must(t, p.SubmitContext(ctx, asTask(func(ctx context.Context) error {
		if v := ctx.Value(key{}); v != "value" {
			t.Errorf("the submitter's value is %v", v)
		}
		if v := ctx.Value(poolKey{}); v != "pool" {
			t.Errorf("the pool's value is %v", v)
		}
		if err := ctx.Err(); err != nil {
			t.Errorf("ended already: %v", err)
		}
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil
	})))
	<-begun
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("Err() = %v", err)
	}
	must(t, p.Wait())
}

func TestSubmitContextEndedBeforeIsRefused(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	ctx, cancel := context.WithCancel(background)
	cancel()
	var ran tally
	for _, sub := range nestable() {
		wantErr(t, sub.submit(p, ctx, ran.body), pool.ErrNotStarted, context.Canceled)
	}
	wantErr(t, p.Submit(asTask(ran.body, pool.WithTaskContext(ctx))), pool.ErrNotStarted, context.Canceled)
	wantErr(t, p.TrySubmit(asTask(ran.body, pool.WithTaskContext(ctx))), pool.ErrNotStarted, context.Canceled)
	_ = p.Wait()
	ran.want(t, 0)
	if s := p.Stats(); s.CompletedTasks+s.FailedTasks+s.DroppedTasks != 0 {
		t.Errorf("%+v", s)
	}
}

// ants#141 left submitters blocked for ever.
func TestSubmitContextEndsWhileWaitingForRoom(t *testing.T) {
	each(t, nestable(), func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 2})
			release := busyWorker(t, p)
			fill(t, p, 2)
			ctx, cancel := context.WithCancel(background)
			var ran tally
			answered := async(func() error { return sub.submit(p, ctx, ran.body) })
			synctest.Wait()
			if len(answered) != 0 {
				t.Fatal("it did not wait")
			}
			cancel()
			wantErr(t, <-answered, pool.ErrNotStarted, context.Canceled)
			if s := p.Stats(); s.SubmittedTasks != 3 || s.RejectedTasks != 1 || s.CancelledTasks != 0 {
				t.Errorf("it was accepted: %+v", s)
			}
			release()
			_ = p.Wait()
			ran.want(t, 0)
		})
	})
}

// The law holds for the deadline of a context as for its cancellation.
func TestSubmitContextDeadlineWhileWaitingForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
		defer busyWorker(t, p)()
		fill(t, p, 1)
		ctx, cancel := context.WithTimeout(background, 1e9)
		defer cancel()
		var ran tally
		wantErr(t, p.SubmitContext(ctx, asTask(ran.body)), pool.ErrNotStarted, context.DeadlineExceeded)
		ran.want(t, 0)
	})
}

func TestSubmissionsToAnInvalidPoolSayWhy(t *testing.T) {
	p := newPool(pool.Config{Workers: -1})
	var ran tally
	for _, sub := range submissions {
		wantErr(t, sub.submit(p, background, ran.body), pool.ErrInvalidConfig)
	}
	wantErr(t, p.TrySubmit(asTask(ran.body)), pool.ErrInvalidConfig)
}

func TestSubmitWaitReturnsValueAndError(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	bad := errors.New("bad")
	for _, ctx := range []context.Context{background, t.Context()} {
		v, err := p.SubmitWait(ctx, pool.TaskFunc(func(context.Context) (any, error) { return 42, nil }))
		if v != 42 || err != nil {
			t.Error(v, err)
		}
		v, err = p.SubmitWait(ctx, pool.TaskFunc(func(context.Context) (any, error) { return 43, bad }))
		if v != 43 || err != bad {
			t.Error(v, err)
		}
	}
	must(t, p.Wait()) // the error had an owner
}

func TestSubmitWaitEndsInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: 2})
		release := busyWorker(t, p)
		ctx, cancel := context.WithCancel(background)
		var ran tally
		answered := async(func() error {
			_, err := p.SubmitWait(ctx, asTask(ran.body))
			return err
		})
		synctest.Wait()
		cancel()
		wantErr(t, <-answered, pool.ErrNotStarted, context.Canceled)
		if s := p.Stats(); s.CancelledTasks != 1 || s.QueuedTasks != 0 {
			t.Errorf("%+v", s)
		}
		release()
		must(t, p.Wait())
		ran.want(t, 0)
	})
}

func TestSubmitWaitLeavesARunningTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		ctx, cancel := context.WithTimeout(background, 1e9)
		defer cancel()
		leave := make(chan struct{})
		defer close(leave)
		told := make(chan error, 1)
		_, err := p.SubmitWait(ctx, asTask(func(ctx context.Context) error {
			<-ctx.Done()
			told <- ctx.Err()
			<-leave
			return nil
		}))
		if err != context.DeadlineExceeded {
			t.Errorf("error %v", err)
		}
		if err := <-told; err != context.DeadlineExceeded {
			t.Errorf("the task's Err() = %v", err)
		}
		if s := p.Stats(); s.ActiveWorkers != 1 || s.RunningTasks != 1 || s.CompletedTasks+s.FailedTasks != 0 {
			t.Errorf("the worker must be counted until the function returns: %+v", s)
		}
		leave <- struct{}{}
		must(t, p.Wait())
		if s := p.Stats(); s.CompletedTasks != 1 {
			t.Errorf("%+v", s)
		}
	})
}
