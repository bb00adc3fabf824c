//go:build !race

// The race detector makes sync.Pool drop what it holds at random, so allocation counts
// mean nothing there.

package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

func TestAllocsOfASubmission(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 1024})
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	body := func(context.Context) error { return nil }
	task := pool.TaskFunc(func(context.Context) (any, error) { return nil, nil })
	withID := asTask(body, pool.WithTaskID("id"))
	typed := func(context.Context) (int, error) { return 1, nil }
	batch := make([]pool.Task, 64)
	for i := range batch {
		batch[i] = task
	}
	submitted := make(chan error)
	parent := func(ctx context.Context) error {
		submitted <- p.SubmitContext(ctx, task)
		return nil
	}
	for _, c := range []struct {
		name string
		want float64
		f    func() error
	}{
		{"SubmitFunc", 0, func() error { return p.SubmitFunc(body) }},
		{"Submit", 0, func() error { return p.Submit(task) }},
		{"SubmitWithID", 0, func() error { return p.Submit(withID) }},
		{"SubmitContextBackground", 0, func() error { return p.SubmitContext(background, task) }},
		{"TrySubmit", 0, func() error { _ = p.TrySubmit(task); return nil }},
		{"SubmitBatch", 0, func() error { _, err := p.SubmitBatch(batch); return err }},
		{"SubmitWait", 1, func() error { _, err := p.SubmitWait(background, task); return err }},
		{"SubmitWaitCancellable", 1, func() error { _, err := p.SubmitWait(ctx, task); return err }},
		{"Go", 1, func() error {
			f, err := pool.Go(p, typed)
			if err == nil {
				_, err = f.Wait(background)
			}
			return err
		}},
		{"SubmitContextInside", 0, func() error {
			if err := p.SubmitFunc(parent); err != nil {
				return err
			}
			return <-submitted
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var err error
			n := testing.AllocsPerRun(rounds(5_000), func() {
				if e := c.f(); e != nil {
					err = e
				}
			})
			require.NoError(t, err)
			if n > c.want && !*observed {
				t.Errorf("%v allocations, want at most %v", n, c.want)
			}
		})
	}
}

func TestAllocsOfAValue(t *testing.T) {
	p := startFunc(t, pool.Config{Workers: 2, QueueSize: 1024}, func(context.Context, [4]int) error { return nil })
	batch := make([][4]int, 100)
	for _, c := range []struct {
		name string
		want float64
		f    func() error
	}{
		{"Submit", 0, func() error { return p.Submit([4]int{1}) }},
		{"TrySubmit", 0, func() error { _ = p.TrySubmit([4]int{1}); return nil }},
		{"SubmitContextBackground", 0, func() error { return p.SubmitContext(background, [4]int{1}) }},
		{"SubmitBatch", 0, func() error { _, err := p.SubmitBatch(batch); return err }},
		{"SubmitWait", 2, func() error { return p.SubmitWait(background, [4]int{1}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var err error
			n := testing.AllocsPerRun(rounds(5_000), func() {
				if e := c.f(); e != nil {
					err = e
				}
			})
			require.NoError(t, err)
			assert.LessOrEqual(t, n, c.want, "allocations")
		})
	}
}

// Goal: a task that succeeds pays nothing for the retries it could have had.
func TestRetryCostsNothingWhereNothingFails(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2, QueueSize: 1024}, pool.WithRetry(3, time.Second),
		pool.WithBackoff(pool.Backoff{Jitter: 1}), pool.WithRetryBudget(0.1, 10), pool.WithRetryIf(func(error) bool { return true }))
	body := func(context.Context) error { return nil }
	task := asTask(body, pool.WithTaskRetry(5))
	for name, f := range map[string]struct {
		want   float64
		submit func() error
	}{
		"SubmitFunc":    {0, func() error { return p.SubmitFunc(body) }},
		"WithTaskRetry": {0, func() error { return p.Submit(task) }},
		"SubmitWait":    {1, func() error { _, err := p.SubmitWait(background, task); return err }},
	} {
		var failed error
		n := testing.AllocsPerRun(rounds(5_000), func() {
			if err := f.submit(); err != nil {
				failed = err
			}
		})
		require.NoError(t, failed)
		if n > f.want && !*observed {
			t.Errorf("%s: %v allocations, want at most %v", name, n, f.want)
		}
	}
	wantRetries(t, p, 0, 0)
}
