package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// failsafe-go: with a timeout of 50 ms, a task that ignored its context for 500 ms had
// its result after 500 ms.
func TestTimeoutGivesTheOutcomeAtTheDeadline(t *testing.T) {
	const timeout, work = 50 * time.Millisecond, 500 * time.Millisecond
	each(t, submissions, func(t *testing.T, sub submission) {
		if sub.name == "Group" {
			return // waits for the function; see TestGroupWaitReturnsAfterOverdueMembers
		}
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, TaskTimeout: timeout})
			begin := time.Now()
			run := make(chan context.Context, 1)
			err := sub.submit(p, background, func(ctx context.Context) error {
				run <- ctx
				time.Sleep(work)
				return nil
			})
			if sub.waits {
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			} else {
				require.NoError(t, err)
				_ = p.Wait() // not for what is overdue
			}
			took := time.Since(begin)
			assert.Equal(t, timeout, took, "the outcome came after %v", took)
			assert.Equal(t, context.DeadlineExceeded, (<-run).Err(), "the run's Err()")
			s := p.Stats()
			assert.Equal(t, 1, s.OverdueTasks, "while it is overdue: %+v", s)
			assert.Equal(t, int64(1), s.FailedTasks, "while it is overdue: %+v", s)
			assert.Equal(t, 1, s.ActiveWorkers, "while it is overdue: %+v", s)
			assert.Zero(t, s.RunningTasks, "while it is overdue: %+v", s)
			require.NoError(t, p.Stop(background)) // for what is overdue, too
			took = time.Since(begin)
			assert.Equal(t, work, took, "Stop returned after %v", took)
			s = p.Stats()
			assert.Zero(t, s.OverdueTasks, "after it: %+v", s)
			assert.Equal(t, int64(1), s.FailedTasks, "after it: %+v", s)
			assert.Zero(t, s.CompletedTasks, "after it: %+v", s)
		})
	})
}

func TestTimeoutResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, ShutdownTimeout: 2 * time.Hour})
		begin := time.Now()
		results := make(chan pool.Result, 2)
		require.NoError(t, p.Submit(pool.NewTask(func(ctx context.Context) (any, error) {
			time.Sleep(time.Hour)
			return "late", nil
		}, pool.WithTaskTimeout(time.Minute), pool.WithTaskID("slow"), pool.WithTaskCallback(func(r pool.Result) { results <- r }))))
		want := pool.Result{TaskID: "slow", Error: context.DeadlineExceeded, Duration: time.Minute, StartedAt: begin, Runs: 1, Outcome: pool.Failed}
		if r := <-results; r != want {
			t.Errorf("%+v, want %+v", r, want)
		}
		require.NoError(t, p.Stop(background))
		if len(results) != 0 {
			t.Errorf("a second outcome: %+v", <-results)
		}
	})
}

func TestTimeoutCountsFromTheStartOfTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithTaskTimeout(time.Second))
		sleep := func(d time.Duration) doing {
			return func(context.Context) error { time.Sleep(d); return nil }
		}
		for range 5 { // together longer than the timeout
			require.NoError(t, p.SubmitFunc(sleep(900*time.Millisecond)))
		}
		require.NoError(t, p.Wait())
		s := p.Stats()
		assert.Equal(t, int64(5), s.CompletedTasks, s)
	})
}

func TestTimeoutOfTheTaskWinsOverThePools(t *testing.T) {
	for _, c := range []struct{ pool, task, want time.Duration }{
		{time.Second, time.Minute, time.Minute},
		{time.Minute, time.Second, time.Second},
		{0, time.Second, time.Second},
		{time.Second, 0, 0}, // 0 switches it off
	} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2, TaskTimeout: c.pool, ShutdownTimeout: time.Hour})
			body := func(ctx context.Context) error {
				d, ok := ctx.Deadline()
				if ok != (c.want > 0) || ok && !d.Equal(time.Now().Add(c.want)) {
					t.Errorf("%+v: deadline in %v, %v", c, time.Until(d), ok)
				}
				time.Sleep(10 * time.Minute)
				return ctx.Err()
			}
			begin := time.Now()
			_, err := p.SubmitWait(background, asTask(body, pool.WithTaskTimeout(c.task)))
			f, errGo := pool.Go(p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, pool.WithTaskTimeout(c.task))
			require.NoError(t, errGo)
			_, errF := f.Wait(background)
			if c.want == 0 {
				require.NoError(t, err)
				require.NoError(t, errF)
			} else {
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.ErrorIs(t, errF, context.DeadlineExceeded)
				took := time.Since(begin)
				assert.Equal(t, 2*c.want, took, "%+v: both outcomes after %v", c, took)
			}
			require.NoError(t, p.Stop(background))
		})
	}
}

func TestTimeoutNegativeIsRefused(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	var ran tally
	bad := pool.WithTaskTimeout(-1)
	assert.ErrorIs(t, p.Submit(asTask(ran.body, bad)), pool.ErrInvalidConfig)
	_, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, ran.body(ctx) }, bad)
	assert.ErrorIs(t, err, pool.ErrInvalidConfig)
	require.NoError(t, p.Wait())
	ran.want(t, 0)
}

func TestTimeoutDeadlineIsTheEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		for _, c := range []struct{ run, outer time.Duration }{{time.Second, time.Minute}, {time.Minute, time.Second}} {
			ctx, cancel := context.WithTimeout(background, c.outer)
			begin := time.Now()
			_, _ = p.SubmitWait(ctx, asTask(func(ctx context.Context) error {
				if d, ok := ctx.Deadline(); !ok || !d.Equal(begin.Add(time.Second)) {
					t.Errorf("%+v: deadline in %v, %v", c, time.Until(d), ok)
				}
				<-ctx.Done()
				err := ctx.Err()
				assert.Equal(t, context.DeadlineExceeded, err, c)
				assert.Equal(t, time.Second, time.Since(begin), c)
				return nil
			}, pool.WithTaskTimeout(c.run)))
			cancel()
			require.NoError(t, p.Wait())
		}
	})
}

// A run that ends in time leaves no timer behind: with one, time would pass in the
// bubble until its deadline.
func TestTimeoutThatDidNotFireChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithTaskTimeout(time.Minute))
		var calls tally
		for range 10 {
			_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil },
				pool.WithTaskCallback(func(pool.Result) { calls.n.Add(1) })))
			require.NoError(t, err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		calls.want(t, 10)
		s := p.Stats()
		assert.Equal(t, int64(10), s.CompletedTasks, s)
		assert.Zero(t, s.FailedTasks, s)
		assert.Zero(t, s.OverdueTasks, s)
	})
}

func TestTimeoutThenPanicOrGoexit(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("late") },
		"goexit": func() { _, _ = goexit() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var handled tally
				p := startPool(t, pool.Config{Workers: 1}, pool.WithPanicHandler(func(any) { handled.n.Add(1) }))
				_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
					<-ctx.Done()
					time.Sleep(time.Second)
					end()
					return nil
				}, pool.WithTaskTimeout(time.Second)))
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				v, err := p.SubmitWait(background, pool.TaskFunc(func(context.Context) (any, error) { return "next", nil }))
				assert.NoError(t, err)
				assert.Equal(t, "next", v)
				require.NoError(t, p.Wait())
				s := p.Stats()
				assert.Equal(t, int64(1), s.FailedTasks, s)
				assert.Equal(t, int64(1), s.CompletedTasks, s)
				assert.Zero(t, s.OverdueTasks, s)
				if name == "panic" {
					handled.want(t, 1)
				}
			})
		})
	}
}
