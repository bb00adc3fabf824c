package pool_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/pool"
)

// Helpers that need no pool.

var background = context.Background()

// rounds reduces a count for slow runs: under -short, and with invariants checked,
// which -race turns on.
func rounds(n int) int {
	if testing.Short() {
		n /= 10
	}
	if invariant.Enabled {
		n /= 5
	}
	return max(n, 2)
}

// async calls f in a goroutine of its own, and sends its result.
func async[T any](f func() T) <-chan T {
	c := make(chan T, 1)
	go func() { c <- f() }()
	return c
}

// endedContext is a context that has ended.
func endedContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// Helpers with tasks.

// startPool returns a started pool. At the end of the test it is stopped, and must then
// account for every task that it accepted.
func startPool(t testing.TB, cfg pool.Config, opts ...pool.Option) *pool.WorkerPool {
	t.Helper()
	p := newPool(cfg, opts...)
	t.Cleanup(func() { stopPool(t, p) })
	if err := p.Start(background); err != nil {
		t.Fatal(err)
	}
	return p
}

func stopPool(t testing.TB, p *pool.WorkerPool) {
	t.Helper()
	if err := p.Stop(background); err != nil && !errors.Is(err, pool.ErrNotStarted) {
		t.Errorf("Stop: %v", err)
	}
	accounted(t, p)
}

// accounted checks that all tasks of a quiet pool have one outcome.
func accounted(t testing.TB, p *pool.WorkerPool) {
	t.Helper()
	s := p.Stats()
	settled := s.CompletedTasks + s.FailedTasks + s.DroppedTasks + s.CancelledTasks
	if s.SubmittedTasks != settled || s.QueuedTasks != 0 || s.RunningTasks != 0 || s.OverdueTasks != 0 {
		t.Errorf("not every task has one outcome: %+v", s)
	}
}

// busyWorker keeps one worker of p busy until release is called, or the test ends.
func busyWorker(t testing.TB, p *pool.WorkerPool) (release func()) {
	t.Helper()
	begun, leave := make(chan struct{}), make(chan struct{})
	require.NoError(t, p.SubmitFunc(func(context.Context) error {
		close(begun)
		<-leave
		return nil
	}))
	<-begun
	release = sync.OnceFunc(func() { close(leave) })
	t.Cleanup(release)
	return release
}

// fill submits n tasks that do nothing.
func fill(t testing.TB, p *pool.WorkerPool, n int) {
	t.Helper()
	for range n {
		require.NoError(t, p.SubmitFunc(func(context.Context) error { return nil }))
	}
}

// exits calls f in a goroutine that f may end, and waits for that.
func exits(f func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f()
	}()
	<-ended
}

// goid names the calling goroutine.
func goid() string {
	var buf [64]byte
	return strings.Fields(string(buf[:runtime.Stack(buf[:], false)]))[1]
}

// A doing is the body of a task that returns only an error.
type doing = func(context.Context) error

// asTask makes a Task of a body.
func asTask(body doing, opts ...pool.TaskOption) pool.Task {
	return pool.NewTask(func(ctx context.Context) (any, error) { return nil, body(ctx) }, opts...)
}

// A submission is one of the ways to hand a task to a pool. It returns the error of
// that call, or the error of the task if the caller waits for the task too.
type submission struct {
	name   string
	waits  bool // it returns after the task
	submit func(p *pool.WorkerPool, ctx context.Context, body doing) error
}

// submissions are all ways governed by the overflow policy.
var submissions = []submission{
	{"Submit", false, func(p *pool.WorkerPool, _ context.Context, body doing) error {
		return p.Submit(asTask(body))
	}},
	{"SubmitFunc", false, func(p *pool.WorkerPool, _ context.Context, body doing) error {
		return p.SubmitFunc(body)
	}},
	{"SubmitContext", false, func(p *pool.WorkerPool, ctx context.Context, body doing) error {
		return p.SubmitContext(ctx, asTask(body))
	}},
	{"SubmitBatch", false, func(p *pool.WorkerPool, _ context.Context, body doing) error {
		n, err := p.SubmitBatch([]pool.Task{asTask(body)})
		if (n == 1) != (err == nil) {
			return errors.New("n does not fit err")
		}
		return err
	}},
	{"SubmitBatchOfRecords", false, func(p *pool.WorkerPool, _ context.Context, body doing) error {
		_, err := p.SubmitBatch([]pool.Task{asTask(body, pool.WithTaskCallback(func(pool.Result) {}))})
		return err
	}},
	{"SubmitWait", true, func(p *pool.WorkerPool, ctx context.Context, body doing) error {
		_, err := p.SubmitWait(ctx, asTask(body))
		return err
	}},
	{"Go", false, func(p *pool.WorkerPool, ctx context.Context, body doing) error {
		_, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, pool.WithTaskContext(ctx))
		return err
	}},
	{"Group", true, func(p *pool.WorkerPool, ctx context.Context, body doing) error {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		g.Go(body)
		return g.Wait()
	}},
}

// nestable are the submissions that take a context.
func nestable() []submission {
	var s []submission
	for _, sub := range submissions {
		switch sub.name {
		case "SubmitContext", "SubmitWait", "Go", "Group":
			s = append(s, sub)
		}
	}
	return s
}

// each runs a test for each submission.
func each(t *testing.T, subs []submission, f func(t *testing.T, sub submission)) {
	for _, sub := range subs {
		t.Run(sub.name, func(t *testing.T) { f(t, sub) })
	}
}

// A tally counts the calls of its body.
type tally struct{ n atomic.Int64 }

func (c *tally) body(context.Context) error { c.n.Add(1); return nil }

func (c *tally) want(t testing.TB, n int64) {
	t.Helper()
	if got := c.n.Load(); got != n {
		t.Errorf("ran %d times, want %d", got, n)
	}
}

// goexit ends the goroutine.
func goexit() (int, error) {
	runtime.Goexit()
	return 1, nil
}

// yield lets other goroutines run, in a loop that polls for a state.
func yield() { runtime.Gosched() }
