package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// failsafe-go: with a timeout of 50 ms, a task that ignored its ctx for 500 ms had
// its result at 500.
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
				wantErr(t, err, context.DeadlineExceeded)
			} else {
				must(t, err)
				_ = p.Wait() // not for what is overdue
			}
			if took := time.Since(begin); took != timeout {
				t.Errorf("the outcome came after %v", took)
			}
			if err := (<-run).Err(); err != context.DeadlineExceeded {
				t.Errorf("the run's Err() = %v", err)
			}
			if s := p.Stats(); s.OverdueTasks != 1 || s.FailedTasks != 1 || s.ActiveWorkers != 1 || s.RunningTasks != 0 {
				t.Errorf("while it is overdue: %+v", s)
			}
			must(t, p.Stop(background)) // for what is overdue, too
			if took := time.Since(begin); took != work {
				t.Errorf("Stop returned after %v", took)
			}
			if s := p.Stats(); s.OverdueTasks != 0 || s.FailedTasks != 1 || s.CompletedTasks != 0 {
				t.Errorf("after it: %+v", s)
			}
		})
	})
}

func TestTimeoutResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, ShutdownTimeout: 2 * time.Hour})
		begin := time.Now()
		results := make(chan pool.Result, 2)
		must(t, p.Submit(pool.NewTask(func(ctx context.Context) (any, error) {
			time.Sleep(time.Hour)
			return "late", nil
		}, pool.WithTaskTimeout(time.Minute), pool.WithTaskID("slow"), pool.WithTaskCallback(func(r pool.Result) { results <- r }))))
		want := pool.Result{TaskID: "slow", Error: context.DeadlineExceeded, Duration: time.Minute, StartedAt: begin, Runs: 1, Outcome: pool.Failed}
		if r := <-results; r != want {
			t.Errorf("%+v, want %+v", r, want)
		}
		must(t, p.Stop(background))
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
			must(t, p.SubmitFunc(sleep(900*time.Millisecond)))
		}
		must(t, p.Wait())
		if s := p.Stats(); s.CompletedTasks != 5 {
			t.Errorf("%+v", s)
		}
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
			must(t, errGo)
			_, errF := f.Wait(background)
			if c.want == 0 {
				must(t, err)
				must(t, errF)
			} else {
				wantErr(t, err, context.DeadlineExceeded)
				wantErr(t, errF, context.DeadlineExceeded)
				if took := time.Since(begin); took != 2*c.want {
					t.Errorf("%+v: both outcomes after %v", c, took)
				}
			}
			must(t, p.Stop(background))
		})
	}
}

func TestTimeoutNegativeIsRefused(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	var ran tally
	bad := pool.WithTaskTimeout(-1)
	wantErr(t, p.Submit(asTask(ran.body, bad)), pool.ErrInvalidConfig)
	_, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, ran.body(ctx) }, bad)
	wantErr(t, err, pool.ErrInvalidConfig)
	must(t, p.Wait())
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
				if err := ctx.Err(); err != context.DeadlineExceeded || time.Since(begin) != time.Second {
					t.Errorf("%+v: Err() = %v after %v", c, err, time.Since(begin))
				}
				return nil
			}, pool.WithTaskTimeout(c.run)))
			cancel()
			must(t, p.Wait())
		}
	})
}

// A run that ends in time leaves no timer behind: in the bubble nothing would
// happen at its deadline, and no time would pass until then.
func TestTimeoutThatDidNotFireChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithTaskTimeout(time.Minute))
		var calls tally
		for range 10 {
			_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil },
				pool.WithTaskCallback(func(pool.Result) { calls.n.Add(1) })))
			must(t, err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		calls.want(t, 10)
		if s := p.Stats(); s.CompletedTasks != 10 || s.FailedTasks != 0 || s.OverdueTasks != 0 {
			t.Errorf("%+v", s)
		}
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
				wantErr(t, err, context.DeadlineExceeded)
				v, err := p.SubmitWait(background, pool.TaskFunc(func(context.Context) (any, error) { return "next", nil }))
				if v != "next" || err != nil {
					t.Error(v, err)
				}
				must(t, p.Wait())
				if s := p.Stats(); s.FailedTasks != 1 || s.CompletedTasks != 1 || s.OverdueTasks != 0 {
					t.Errorf("%+v", s)
				}
				if name == "panic" {
					handled.want(t, 1)
				}
			})
		})
	}
}
