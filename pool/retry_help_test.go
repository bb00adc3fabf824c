package pool_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Helpers with retries.

var errFlaky = errors.New("flaky")

// always is the number of failures of a body that never succeeds.
const always = math.MaxInt

// A flaky has a body that fails in its first runs.
type flaky struct {
	fails int // how many

	mu  sync.Mutex
	ran []time.Time // when each run began
}

func (f *flaky) body(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ran = append(f.ran, time.Now())
	if len(f.ran) <= f.fails {
		return errFlaky
	}
	return nil
}

func (f *flaky) runs() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.ran)
}

func (f *flaky) wantRuns(t testing.TB, n int) {
	t.Helper()
	assert.Equal(t, n, f.runs())
}

// wantAt checks how long after begin each run began. It is meant for bubbles.
func (f *flaky) wantAt(t testing.TB, begin time.Time, want ...time.Duration) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	got := make([]time.Duration, len(f.ran))
	for i, at := range f.ran {
		got[i] = at.Sub(begin)
	}
	assert.Equal(t, want, got, "begin of each run")
}

// wantRetryError checks that err is a RetryError with these fields.
func wantRetryError(t testing.TB, err error, runs int, last, cause error) {
	t.Helper()
	var e *pool.RetryError
	if !errors.As(err, &e) || e.Runs != runs || e.Err != last || e.Cause != cause {
		t.Errorf("error %#v, want a RetryError{%d, %v, %v}", err, runs, last, cause)
	}
}

// wantRetries checks how many tasks wait to run again and how often one did.
func wantRetries(t testing.TB, p *pool.WorkerPool, waiting, retries int) {
	t.Helper()
	s := p.Stats()
	assert.Equal(t, waiting, s.WaitingRetries)
	assert.Equal(t, int64(retries), s.Retries)
}

// adds checks that the counts of an idle pool add up.
func adds(t testing.TB, p *pool.WorkerPool) {
	t.Helper()
	s := p.Stats()
	sum := s.CompletedTasks + s.FailedTasks + s.DroppedTasks + s.CancelledTasks +
		int64(s.QueuedTasks+s.RunningTasks+s.WaitingRetries)
	assert.Equal(t, sum, s.SubmittedTasks, "submitted, %d accounted for: %+v", sum, s)
}

// told returns a TaskOption that sends a task's outcomes to the channel, which has room
// for more than one.
func told() (pool.TaskOption, <-chan pool.Result) {
	results := make(chan pool.Result, 8)
	return pool.WithTaskCallback(func(r pool.Result) { results <- r }), results
}

// only returns the one outcome in the channel, which must be there.
func only(t testing.TB, results <-chan pool.Result) pool.Result {
	t.Helper()
	require.Len(t, results, 1, "outcomes")
	return <-results
}

// ownTask is a Task of a type of its own.
type ownTask struct {
	body     doing
	id       string
	priority int
}

func (o *ownTask) Execute(ctx context.Context) (any, error) { return nil, o.body(ctx) }
func (o *ownTask) ID() string                               { return o.id }
func (o *ownTask) Priority() int                            { return o.priority }

// ways are submissions, and more that do not depend on the overflow policy.
func ways() []submission {
	return append(slices.Clone(submissions),
		submission{"TaskFunc", false, func(p *pool.WorkerPool, _ context.Context, body doing) error {
			return p.Submit(pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, body(ctx) }))
		}},
		submission{"TrySubmit", false, func(p *pool.WorkerPool, _ context.Context, body doing) error {
			return p.TrySubmit(asTask(body))
		}},
		submission{"OwnTask", false, func(p *pool.WorkerPool, _ context.Context, body doing) error {
			return p.Submit(&ownTask{body: body})
		}},
		submission{"WithTimeout", false, func(p *pool.WorkerPool, _ context.Context, body doing) error {
			return p.Submit(asTask(body, pool.WithTaskTimeout(time.Hour)))
		}},
		submission{"SubmitWaitInside", true, func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			_, err := p.SubmitWait(ctx, asTask(func(ctx context.Context) error {
				_, err := p.SubmitWait(ctx, asTask(body))
				return err
			}, pool.WithTaskRetry(0), pool.WithTaskTimeout(0)))
			return err
		}},
		submission{"GroupInside", true, func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			_, err := p.SubmitWait(ctx, asTask(func(ctx context.Context) error {
				g := pool.NewGroup(p, pool.WithGroupContext(ctx))
				g.Go(body)
				return g.Wait()
			}, pool.WithTaskRetry(0), pool.WithTaskTimeout(0)))
			return err
		}},
		submission{"FutureWaitInside", true, func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			_, err := p.SubmitWait(ctx, asTask(func(ctx context.Context) error {
				f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, pool.WithTaskContext(ctx))
				if err == nil {
					_, err = f.Wait(ctx)
				}
				return err
			}, pool.WithTaskRetry(0), pool.WithTaskTimeout(0)))
			return err
		}},
	)
}
