package pool_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// go-pkgz/pool: a task that was tried three times with 160 ms between kept the only
// worker, and the next one, for 320 ms.
func TestRetryDelayHoldsNoWorker(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, 160*time.Millisecond))
			begin := time.Now()
			task := flaky{fails: always}
			submitted := async(func() error { return way.submit(p, background, task.body) })
			synctest.Wait()
			if s := p.Stats(); s.WaitingRetries != 1 {
				t.Errorf("%+v", s)
			}
			if way.name == "SubmitWaitInside" || way.name == "GroupInside" || way.name == "FutureWaitInside" {
				p.Resize(2) // the other task waits on the first worker
			}
			_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
			must(t, err)
			if took := time.Since(begin); took != 0 {
				t.Errorf("the next task took %v", took)
			}
			<-submitted
			_ = p.Wait()
			task.wantAt(t, begin, 0, 160*time.Millisecond, 320*time.Millisecond)
		})
	})
}

// Goal: those that wait cost the others nothing, no goroutine and no time.
func TestRetryThousandThatWaitDelayNothing(t *testing.T) {
	const n = 1000
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, time.Minute))
		goroutines := runtime.NumGoroutine()
		tasks := make([]flaky, n)
		begin := time.Now()
		for i := range tasks {
			tasks[i].fails = 1
			must(t, p.SubmitFunc(tasks[i].body))
		}
		synctest.Wait()
		wantRetries(t, p, n, n)
		adds(t, p)
		if more := runtime.NumGoroutine() - goroutines; more > 0 {
			t.Errorf("%d goroutines more", more)
		}
		_, err := p.SubmitWait(background, asTask(func(context.Context) error { return nil }))
		must(t, err)
		if took := time.Since(begin); took != 0 {
			t.Errorf("a new task took %v", took)
		}
		must(t, p.Wait())
		for i := range tasks {
			tasks[i].wantAt(t, begin, 0, time.Minute)
		}
		wantRetries(t, p, 0, n)
	})
}

// Goal: one that comes back finds room in a full queue, in front of which others
// wait, and they go in as ever.
func TestRetryComesBackToAFullQueue(t *testing.T) {
	const blocked, bound = 1000, 4
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1, QueueSize: bound}, pool.WithRetry(1, time.Second))
		task := flaky{fails: 1}
		must(t, p.SubmitFunc(task.body))
		synctest.Wait()
		release := busyWorker(t, p)
		fill(t, p, bound)
		var ran tally
		in := make(chan error, blocked)
		for range blocked {
			go func() { in <- p.SubmitFunc(ran.body) }()
		}
		synctest.Wait()
		wantRetries(t, p, 1, 1)
		time.Sleep(time.Second)
		synctest.Wait()
		wantRetries(t, p, 0, 1)
		if s := p.Stats(); s.QueuedTasks != bound+1 || len(in) != 0 {
			t.Errorf("%d went in: %+v", len(in), s)
		}
		adds(t, p)
		release()
		for range blocked {
			must(t, <-in)
		}
		must(t, p.Wait())
		task.wantRuns(t, 2)
		ran.want(t, blocked)
	})
}

func TestRetryUnderEachOverflowPolicy(t *testing.T) {
	for policy := pool.Block; policy <= pool.CallerRuns; policy++ {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithRetry(2, time.Second), pool.WithOverflow(policy))
			tell, results := told()
			task := flaky{fails: 2}
			must(t, p.Submit(asTask(task.body, tell)))
			synctest.Wait()
			release := busyWorker(t, p)
			fill(t, p, 1)
			time.Sleep(time.Second) // it comes back to a full queue
			synctest.Wait()
			if policy == pool.DropOldest { // which gives up others, and not what has begun
				for range 3 {
					fill(t, p, 1)
				}
			}
			if s := p.Stats(); s.QueuedTasks != 2 || len(results) != 0 {
				t.Errorf("policy %v: %+v", policy, s)
			}
			release()
			_ = p.Wait()
			task.wantRuns(t, 3)
			if r := only(t, results); r.Error != nil || r.Runs != 3 {
				t.Errorf("policy %v: %+v", policy, r)
			}
		})
	}
}

// Goal: what runs on its submitter's goroutine fails there, and comes back to the
// workers.
func TestRetryOfWhatTheCallerRan(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithRetry(1, time.Second), pool.WithOverflow(pool.CallerRuns))
			release := busyWorker(t, p)
			fill(t, p, 1)
			begin := time.Now()
			task := flaky{fails: 1}
			var on []string
			submitter := ""
			submitted := async(func() error {
				submitter = goid()
				return sub.submit(p, background, func(ctx context.Context) error { on = append(on, goid()); return task.body(ctx) })
			})
			synctest.Wait()
			wantRetries(t, p, 1, 1)
			adds(t, p)
			release()
			must(t, <-submitted)
			must(t, p.Wait())
			task.wantAt(t, begin, 0, time.Second)
			if len(on) != 2 || on[0] != submitter || on[1] == submitter {
				t.Errorf("submitter %s, runs on %v", submitter, on)
			}
		})
	})
}

func TestRetryWaitWaitsForWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, time.Minute))
		begin := time.Now()
		must(t, p.SubmitFunc((&flaky{fails: always}).body))
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		wantErr(t, p.WaitContext(ctx), context.DeadlineExceeded)
		adds(t, p)
		err := p.Wait()
		if took := time.Since(begin); took != 2*time.Minute {
			t.Errorf("Wait took %v", took)
		}
		wantErr(t, err, errFlaky)
	})
}

// Goal: a pool with tasks that wait ends with its bubble.
func TestRetryBubbleEnds(t *testing.T) {
	for _, opt := range []pool.Option{pool.WithRetry(always, time.Hour), pool.WithRetry(3, time.Hour), pool.WithRetry(3, 0)} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(background)
			p := newPool(pool.Config{Workers: 2}, opt)
			must(t, p.Start(ctx))
			for range 10 {
				must(t, p.SubmitFunc((&flaky{fails: always}).body))
			}
			time.Sleep(2 * time.Hour)
			cancel()
			synctest.Wait()
			if s := p.Stats(); s.Goroutines != 0 || s.WaitingRetries != 0 || s.FailedTasks != 10 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Goal: each run starts within the rate limit, whoever runs it.
func TestRetryTakesTheRateLimit(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(3, 0), pool.WithRateLimit(1), pool.WithRateBurst(1))
			task := flaky{fails: 3}
			must(t, way.submit(p, background, task.body))
			must(t, p.Wait())
			task.wantRuns(t, 4)
			for i := 1; i < len(task.ran); i++ {
				if between := task.ran[i].Sub(task.ran[i-1]); between < time.Second-time.Millisecond {
					t.Errorf("run %d came %v after the one before", i+1, between)
				}
			}
		})
	})
}

// Goal: a task that comes back has the priority and, among equals, the place it had.
func TestRetryKeepsItsPlaceAmongEquals(t *testing.T) {
	tell, _ := told()
	for name, opts := range map[string][]pool.TaskOption{"bare": nil, "recorded": {tell}} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, Priority: true}, pool.WithRetry(1, time.Second))
			var order []int
			submit := func(priority, number int) {
				failed := number != 2 && number != 4
				must(t, p.Submit(asTask(func(context.Context) error {
					if !failed {
						failed = true
						return errFlaky
					}
					order = append(order, number)
					return nil
				}, append(opts, pool.WithTaskPriority(priority))...)))
			}
			release := busyWorker(t, p)
			submit(0, 1)
			submit(0, 2)
			submit(0, 3)
			submit(5, 4)
			release()
			synctest.Wait() // 1 and 3 have run; 2 and 4 wait for their next run
			release = busyWorker(t, p)
			submit(5, 5)
			submit(0, 6)
			time.Sleep(time.Second)
			synctest.Wait()
			release()
			must(t, p.Wait())
			if want := []int{1, 3, 4, 5, 2, 6}; !slices.Equal(order, want) {
				t.Errorf("%s: order %v, want %v", name, order, want)
			}
		})
	}
}
