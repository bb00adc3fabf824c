package pool_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

func TestRetryRunsAgainAfterTheDelay(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, time.Second))
			begin := time.Now()
			task := flaky{fails: 2}
			require.NoError(t, way.submit(p, background, task.body))
			require.NoError(t, p.Wait())
			task.wantAt(t, begin, 0, time.Second, 2*time.Second)
			s := p.Stats()
			assert.Zero(t, s.FailedTasks, s)
			wantRetries(t, p, 0, 2)
		})
	})
}

// Goal: a task that never succeeds runs attempts + 1 times. Its outcome is the last
// error with the number of runs, wherever errors of that submission are returned.
func TestRetryEndsWithTheLastError(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, time.Second))
			runs, last := 0, error(nil)
			err := way.submit(p, background, func(context.Context) error {
				runs++
				last = fmt.Errorf("run %d", runs)
				return last
			})
			waited := p.Wait()
			switch way.name {
			case "SubmitBatchOfRecords", "Go": // told to the callback, and to the future
				require.NoError(t, err)
				require.NoError(t, waited)
			default:
				wantRetryError(t, errors.Join(err, waited), 3, last, nil)
			}
			assert.Equal(t, 3, runs)
			wantRetries(t, p, 0, 2)
		})
	})
}

func TestRetryErrorOfASingleRunIsTheErrorItself(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(0, time.Second))
		err := way.submit(p, background, func(context.Context) error { return errFlaky })
		if err = errors.Join(err, p.Wait()); errors.As(err, new(*pool.RetryError)) {
			t.Error(err)
		}
		wantRetries(t, p, 0, 0)
	})
}

func TestRetryResult(t *testing.T) {
	for _, fails := range []int{0, 1, 3, always} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, time.Minute))
			tell, results := told()
			time.Sleep(time.Second)
			begin := time.Now()
			runs := 0
			require.NoError(t, p.Submit(pool.NewTask(func(context.Context) (any, error) {
				runs++
				time.Sleep(time.Duration(runs) * time.Second)
				if runs <= fails {
					return nil, errFlaky
				}
				return runs, nil
			}, tell, pool.WithTaskID("flaky"))))
			require.NoError(t, p.Wait())
			last := min(fails, 3) + 1
			want := pool.Result{TaskID: "flaky", Duration: time.Duration(last) * time.Second, StartedAt: begin, Runs: last, Value: last}
			got := only(t, results)
			if fails == always {
				wantRetryError(t, got.Error, last, errFlaky, nil)
				want.Value, want.Error, want.Outcome = nil, got.Error, pool.Failed
			}
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

func TestRetryKeepsAnIDThatWasNotGiven(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, 0))
	tell, results := told()
	task := flaky{fails: 2}
	withID := asTask(task.body, tell)
	require.NoError(t, p.Submit(withID))
	require.NoError(t, p.Wait())
	r := only(t, results)
	assert.Equal(t, withID.ID(), r.TaskID)
	assert.NotEmpty(t, r.TaskID)
}

// Goal: ID and Priority are asked for once, not once a run.
func TestRetryAsksATaskForItsIDOnce(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(3, 0))
	body := flaky{fails: 3}
	task := &countedTask{ownTask: ownTask{body: body.body, id: "own"}}
	_, err := p.SubmitWait(background, task)
	require.NoError(t, err)
	body.wantRuns(t, 4)
	assert.Equal(t, 1, task.ids)
	assert.Equal(t, 1, task.priorities)
}

type countedTask struct {
	ownTask
	ids, priorities int
}

func (c *countedTask) ID() string    { c.ids++; return c.ownTask.ID() }
func (c *countedTask) Priority() int { c.priorities++; return c.ownTask.Priority() }

func TestRetryNumberOfTheTaskWins(t *testing.T) {
	with := func(opts ...pool.Option) []pool.Option { return opts }
	for _, c := range []struct {
		opts []pool.Option
		own  int
		want []time.Duration
	}{
		{with(pool.WithRetry(3, time.Second)), 0, []time.Duration{0}},
		{with(pool.WithRetry(3, time.Second)), 1, []time.Duration{0, time.Second}},
		{with(pool.WithRetry(1, time.Second)), 2, []time.Duration{0, time.Second, 2 * time.Second}},
		{nil, 0, []time.Duration{0}},
		{nil, 2, []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond}},
	} {
		own := pool.WithTaskRetry(c.own)
		tell, _ := told()
		for name, submit := range map[string]func(p *pool.WorkerPool, body doing) error{
			"recordless": func(p *pool.WorkerPool, body doing) error { return p.Submit(asTask(body, own)) },
			"recorded":   func(p *pool.WorkerPool, body doing) error { return p.Submit(asTask(body, own, tell)) },
			"Go": func(p *pool.WorkerPool, body doing) error {
				_, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, own)
				return err
			},
		} {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1}, c.opts...)
				begin := time.Now()
				task := flaky{fails: always}
				require.NoError(t, submit(p, task.body))
				_ = p.Wait()
				task.wantAt(t, begin, c.want...)
				if t.Failed() {
					t.Errorf("%s with %d of its own", name, c.own)
				}
			})
		}
	}
}

func TestRetryReturnsTheValueOfTheLastRun(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(2, 0))
	count := func() func(context.Context) (int, error) {
		runs := 0
		return func(context.Context) (int, error) {
			if runs++; runs < 3 {
				return runs, errFlaky
			}
			return runs, nil
		}
	}
	body := count()
	v, err := p.SubmitWait(background, pool.TaskFunc(func(ctx context.Context) (any, error) { return body(ctx) }))
	assert.NoError(t, err)
	assert.Equal(t, 3, v)
	f, err := pool.Go(p, count())
	require.NoError(t, err)
	if v, err := f.Wait(background); v != 3 || err != nil {
		t.Error(v, err)
	}
}

func TestRetryIsNotForPanicsAndGoexit(t *testing.T) {
	for name, c := range map[string]struct {
		end  func()
		want error
	}{
		"panic":  {func() { panic(errFlaky) }, errFlaky},
		"goexit": {func() { _, _ = goexit() }, pool.ErrGoexit},
	} {
		for _, fails := range []int{0, 1} {
			each(t, ways(), func(t *testing.T, way submission) {
				p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(5, 0))
				runs := 0
				submit := func() error {
					return way.submit(p, background, func(context.Context) error {
						if runs++; runs > fails {
							c.end()
						}
						return errors.New("not yet")
					})
				}
				_ = submit()
				waited := p.Wait()
				assert.Equal(t, fails+1, runs, "%s after %d failures: runs", name, fails)
				switch way.name {
				case "Submit", "SubmitFunc", "SubmitContext", "SubmitBatch", "TrySubmit", "TaskFunc", "OwnTask":
					assert.ErrorIs(t, waited, c.want)
					var e *pool.RetryError
					if errors.As(waited, &e) != (fails > 0) || e != nil && e.Runs != fails+1 {
						t.Errorf("%s after %d failures: %#v", name, fails, waited)
					}
				}
				_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
				require.NoError(t, err) // the worker is there again
				wantRetries(t, p, 0, fails)
			})
		}
	}
}

func TestRetryErrorSaysHowOftenAndWhy(t *testing.T) {
	for _, c := range []struct {
		err  pool.RetryError
		want string
	}{
		{pool.RetryError{Runs: 4, Err: errFlaky}, "pool: ran 4 times: flaky"},
		{pool.RetryError{Runs: 1, Err: errFlaky, Cause: pool.ErrRetryBudget}, "pool: ran once: flaky (not again: pool: retry budget is spent)"},
		{pool.RetryError{Runs: 2, Err: errFlaky, Cause: pool.ErrStopped}, "pool: ran 2 times: flaky (not again: pool: stopped)"},
	} {
		assert.Equal(t, c.want, c.err.Error())
		assert.ErrorIs(t, &c.err, errFlaky)
		if c.err.Cause != nil {
			assert.ErrorIs(t, &c.err, c.err.Cause)
		}
	}
}

func TestRetryOptionsThatCannotWorkAreRefused(t *testing.T) {
	const day = 24 * time.Hour
	for name, opt := range map[string]pool.Option{
		"attempts":     pool.WithRetry(-1, 0),
		"delay":        pool.WithRetry(1, -1),
		"factor":       pool.WithBackoff(pool.Backoff{Factor: 0.5}),
		"factor below": pool.WithBackoff(pool.Backoff{Factor: -2}),
		"factor NaN":   pool.WithBackoff(pool.Backoff{Factor: nan}),
		"factor inf":   pool.WithBackoff(pool.Backoff{Factor: inf}),
		"max":          pool.WithBackoff(pool.Backoff{Max: -day}),
		"jitter":       pool.WithBackoff(pool.Backoff{Jitter: 1.01}),
		"jitter below": pool.WithBackoff(pool.Backoff{Jitter: -0.1}),
		"jitter NaN":   pool.WithBackoff(pool.Backoff{Jitter: nan}),
		"ratio":        pool.WithRetryBudget(-0.1, 0),
		"ratio NaN":    pool.WithRetryBudget(nan, 0),
		"ratio inf":    pool.WithRetryBudget(inf, 0),
		"reserve":      pool.WithRetryBudget(0.1, -1),
	} {
		assert.ErrorIs(t, pool.New(pool.Config{}, opt).Validate(), pool.ErrInvalidConfig)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	for _, opt := range []pool.Option{
		pool.WithRetry(0, 0), pool.WithRetry(always, day), pool.WithBackoff(pool.Backoff{}), pool.WithBackoff(pool.Backoff{1, day, 1}),
		pool.WithRetryBudget(0, 0), pool.WithRetryIf(nil), pool.WithRetryAfter(nil),
	} {
		require.NoError(t, pool.New(pool.Config{}, opt).Validate())
	}
}
