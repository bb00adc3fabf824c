package pool_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// failing submits n tasks that always fail, and returns how many of their retries the
// budget allowed.
func failing(t *testing.T, p *pool.WorkerPool, n int) (allowed int) {
	t.Helper()
	before := p.Stats().Retries
	for range n {
		_, err := p.SubmitWait(background, asTask(func(context.Context) error { return errFlaky }))
		var e *pool.RetryError
		if !errors.As(err, &e) || e.Err != errFlaky || e.Runs == 1 && e.Cause != pool.ErrRetryBudget || e.Runs == 2 && e.Cause != nil {
			t.Fatalf("%#v", err)
		}
		allowed += e.Runs - 1
	}
	assert.Equal(t, int64(allowed), p.Stats().Retries-before)
	return allowed
}

func wantAllowed(t *testing.T, got, want int) {
	t.Helper()
	assert.Equal(t, want, got, "retries allowed")
}

// budgetPool returns a pool whose tasks may run twice.
func budgetPool(t *testing.T, ratio float64, reserve int) *pool.WorkerPool {
	return startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, 0), pool.WithRetryBudget(ratio, reserve))
}

func TestBudgetReserveIsForEachWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := budgetPool(t, 0, 3)
		for _, pause := range []time.Duration{0, pool.BudgetWindow, pool.BudgetWindow + time.Second, time.Hour} {
			time.Sleep(pause)
			wantAllowed(t, failing(t, p, 5), 3)
			wantAllowed(t, failing(t, p, 5), 0)
			time.Sleep(pool.BudgetWindow - 1)
			wantAllowed(t, failing(t, p, 5), 0)
			time.Sleep(time.Nanosecond)
		}
	})
}

func TestBudgetOfNothingAllowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := budgetPool(t, 0, 0)
		fill(t, p, 1000)
		wantAllowed(t, failing(t, p, 20), 0)
	})
}

func TestBudgetOnlyBoundsRetries(t *testing.T) {
	p := budgetPool(t, 0, 0)
	fill(t, p, 100)
	require.NoError(t, p.Wait())
	task := asTask(func(context.Context) error { return errFlaky }, pool.WithTaskRetry(0))
	_, err := p.SubmitWait(background, task)
	assert.Same(t, errFlaky, err, "a task without retries")
}

// Goal: the ratio is of the tasks settled in this window and the one before, failed
// ones included.
func TestBudgetRatioIsOfWhatWasSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := budgetPool(t, 0.1, 1)
		wantAllowed(t, failing(t, p, 1), 1) // the window begins
		fill(t, p, 99)
		require.NoError(t, p.Wait())
		// When the last of these 30 fails, 129 tasks are settled. That makes 12 and the
		// reserve, of which one is spent.
		wantAllowed(t, failing(t, p, 30), 12)

		time.Sleep(pool.BudgetWindow)
		wantAllowed(t, failing(t, p, 50), 1+17) // of 130 in the window before and 49

		time.Sleep(pool.BudgetWindow)
		wantAllowed(t, failing(t, p, 50), 1+9) // of 50 and 49

		time.Sleep(2 * pool.BudgetWindow)
		fill(t, p, 1000)
		require.NoError(t, p.Wait())
		wantAllowed(t, failing(t, p, 5), 1) // when they were settled is not known
	})
}

// Goal: however many ask concurrently, no more is granted than there is.
func TestBudgetUnderConcurrency(t *testing.T) {
	const reserve = 100
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 8}, pool.WithRetry(always, 0), pool.WithRetryBudget(0, reserve))
		for range rounds(20) {
			before := p.Stats().Retries
			var all sync.WaitGroup
			for range 64 {
				all.Go(func() {
					_, err := p.SubmitWait(background, asTask(func(context.Context) error { return errFlaky }))
					assert.ErrorIs(t, err, errFlaky)
					assert.ErrorIs(t, err, pool.ErrRetryBudget)
				})
			}
			all.Wait()
			assert.Equal(t, int64(reserve), p.Stats().Retries-before)
			time.Sleep(pool.BudgetWindow)
		}
	})
}

// Goal: a retry that the policy refuses costs no budget.
func TestBudgetIsSpentForRetriesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errNo := errors.New("no")
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, 0), pool.WithRetryBudget(0, 2),
			pool.WithRetryIf(func(err error) bool { return err != errNo }))
		for range 10 {
			_, err := p.SubmitWait(background, asTask(func(context.Context) error { return errNo }))
			assert.Same(t, errNo, err)
		}
		wantAllowed(t, failing(t, p, 5), 2)
	})
}
