package pool_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

var errBad = errors.New("bad")

// groups calls f with groups made outside and inside a task of a pool with one worker.
func groups(t *testing.T, f func(t *testing.T, p *pool.WorkerPool, ctx context.Context), opts ...pool.Option) {
	for _, inside := range []bool{false, true} {
		t.Run(fmt.Sprintf("inside=%v", inside), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1}, opts...)
				if !inside {
					f(t, p, background)
					return
				}
				insideTask(t, p, func(ctx context.Context) error { f(t, p, ctx); return nil })
			})
		})
	}
}

func TestRetryOfGroupMembers(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		begin := time.Now()
		tasks := make([]flaky, 4)
		for i := range tasks {
			tasks[i].fails = i
			g.Go(tasks[i].body)
		}
		must(t, g.Wait())
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		for i := range tasks {
			tasks[i].wantRuns(t, i+1)
		}
	}, pool.WithRetry(3, time.Second))
}

// Goal: a member that fails is retried before its error is the group's; when it is,
// those that wait for their next run end at once and do not run again.
func TestRetryGroupFailsAfterTheLastRun(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		begin := time.Now()
		bad, waits := 0, flaky{fails: always}
		g.Go(func(context.Context) error {
			if bad++; bad < 2 {
				return errFlaky
			}
			return errBad
		})
		g.Go(waits.body)
		err := g.Wait()
		wantRetryError(t, err, 2, errBad, nil)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("took %v", took)
		}
		if n := waits.runs(); bad != 2 || n < 1 || n > 2 {
			t.Errorf("%d and %d runs", bad, n)
		}
		runs := waits.runs()
		time.Sleep(time.Hour)
		waits.wantRuns(t, runs)
	}, pool.WithRetry(5, time.Second), pool.WithRetryIf(func(err error) bool { return err != errBad }))
}

// Goal: a member in a long delay does not hold up a group that has failed.
func TestRetryGroupThatFailsEndsTheDelays(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		begin := time.Now()
		tasks := make([]flaky, 10)
		for i := range tasks {
			tasks[i].fails = always
			g.Go(tasks[i].body)
		}
		g.Go(func(context.Context) error { time.Sleep(time.Minute); return errBad })
		if err := g.Wait(); err != errBad {
			t.Error(err)
		}
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("took %v", took)
		}
		for i := range tasks {
			if n := tasks[i].runs(); n > 1 { // inside, the last one added is the first to run
				t.Errorf("%d runs", n)
			}
		}
		if s := p.Stats(); s.WaitingRetries != 0 {
			t.Errorf("%+v", s)
		}
	}, pool.WithRetry(3, time.Hour), pool.WithRetryIf(func(err error) bool { return err != errBad }))
}

func TestRetryGroupWithAllErrors(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		g := pool.NewGroup(p, pool.WithGroupContext(ctx), pool.WithAllErrors())
		tasks := make([]flaky, 4)
		for i := range tasks {
			tasks[i].fails = i * 2
			g.Go(tasks[i].body)
		}
		err := g.Wait()
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok || len(joined.Unwrap()) != 1 {
			t.Fatalf("%v, want one error", err)
		}
		wantRetryError(t, joined.Unwrap()[0], 5, errFlaky, nil)
	}, pool.WithRetry(4, time.Second))
}

// Goal: the end of the group's context ends the delays of its members.
func TestRetryGroupContextEnds(t *testing.T) {
	groups(t, func(t *testing.T, p *pool.WorkerPool, ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		g := pool.NewGroup(p, pool.WithGroupContext(ctx))
		begin := time.Now()
		var tasks [3]flaky
		for i := range tasks {
			tasks[i].fails = always
			g.Go(tasks[i].body)
		}
		err := g.Wait()
		wantRetryError(t, err, 1, errFlaky, context.DeadlineExceeded)
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("took %v", took)
		}
	}, pool.WithRetry(3, time.Hour))
}

// Goal: Wait of a group sees each member through its last run, whoever runs it,
// under races of members that come back, fail for good and are skipped.
func TestRetryGroupRaces(t *testing.T) {
	for round := range rounds(300) {
		p := newPool(pool.Config{Workers: 1 + round%3}, pool.WithRetry(3, time.Duration(round%2)*time.Microsecond))
		must(t, p.Start(background))
		wait := func(ctx context.Context) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			var running tally
			for i := range 12 {
				task := flaky{fails: i % 4}
				if i == 11 && round%4 == 0 {
					task.fails = always
				}
				g.Go(func(ctx context.Context) error {
					running.n.Add(1)
					defer running.n.Add(-1)
					return task.body(ctx)
				})
			}
			if round%5 == 0 {
				go cancel()
			}
			err := g.Wait()
			running.want(t, 0)
			if round%4 != 0 && round%5 != 0 {
				must(t, err)
			}
			return nil
		}
		if round%2 == 0 {
			insideTask(t, p, wait)
		} else {
			must(t, wait(background))
		}
		must(t, p.Stop(background))
		accounted(t, p)
	}
}
