package pool_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/user/millrace/pool"
)

// fullPool returns a pool of one worker, busy until release is called, and with
// no room left for two queued tasks.
func fullPool(t *testing.T, policy pool.Overflow) (p *pool.WorkerPool, release func()) {
	p = startPool(t, pool.Config{Workers: 1, QueueSize: 2}, pool.WithOverflow(policy))
	release = busyWorker(t, p)
	fill(t, p, 2)
	return p, release
}

func TestBlockWaitsForRoom(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p, release := fullPool(t, pool.Block)
			var ran tally
			answered := async(func() error { return sub.submit(p, background, ran.body) })
			synctest.Wait()
			if len(answered) != 0 {
				t.Fatalf("it did not wait: %v", <-answered)
			}
			if s := p.Stats(); s.SubmittedTasks != 3 {
				t.Errorf("accepted without room: %+v", s)
			}
			release()
			must(t, <-answered)
			must(t, p.Wait())
			ran.want(t, 1)
		})
	})
}

func TestRejectAnswersQueueFull(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.Reject)
		var ran tally
		wantErr(t, sub.submit(p, background, ran.body), pool.ErrQueueFull)
		if s := p.Stats(); s.RejectedTasks != 1 || s.SubmittedTasks != 3 || s.DroppedTasks != 0 {
			t.Errorf("%+v", s)
		}
		release()
		must(t, p.Wait())
		ran.want(t, 0)
		must(t, sub.submit(p, background, ran.body)) // ants#239: room again, so accepted again
		must(t, p.Wait())
		ran.want(t, 1)
	})
}

func TestDropNewestGivesUpTheSubmittedTask(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.DropNewest)
		var ran tally
		wantErr(t, sub.submit(p, background, ran.body), pool.ErrDropped)
		if s := p.Stats(); s.RejectedTasks != 1 || s.SubmittedTasks != 3 || s.DroppedTasks != 0 {
			t.Errorf("%+v", s)
		}
		release()
		must(t, p.Wait())
		ran.want(t, 0)
	})
}

func TestDropOldestTakesThePlaceOfTheOldest(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 2}, pool.WithOverflow(pool.DropOldest))
			release := busyWorker(t, p)
			var oldest, second, ran tally
			must(t, p.SubmitFunc(oldest.body))
			must(t, p.SubmitFunc(second.body))
			answered := async(func() error { return sub.submit(p, background, ran.body) })
			synctest.Wait()
			if !sub.waits && len(answered) == 0 {
				t.Fatal("it waits")
			}
			if s := p.Stats(); s.DroppedTasks != 1 || s.QueuedTasks != 2 || s.SubmittedTasks != 4 || s.RejectedTasks != 0 {
				t.Errorf("%+v", s)
			}
			release()
			must(t, <-answered)
			if err := p.Wait(); !errors.Is(err, pool.ErrDropped) {
				t.Errorf("Wait tells of the dropped task as %v", err)
			}
			oldest.want(t, 0)
			second.want(t, 1)
			ran.want(t, 1)
		})
	})
}

// Goal: whoever waits for a victim hears of it, however it was submitted.
func TestDropOldestVictimHearsOfIt(t *testing.T) {
	victims := map[string]func(p *pool.WorkerPool, ran *tally) (outcome <-chan error){
		"callback": func(p *pool.WorkerPool, ran *tally) <-chan error {
			outcome := make(chan error, 1)
			if err := p.Submit(asTask(ran.body, pool.WithTaskCallback(func(r pool.Result) {
				if r.Value != nil || r.Duration != 0 || !r.StartedAt.IsZero() || r.TaskID == "" {
					outcome <- errors.New("not the Result of a task that never ran")
					return
				}
				outcome <- r.Error
			}))); err != nil {
				outcome <- err
			}
			return outcome
		},
		"Go": func(p *pool.WorkerPool, ran *tally) <-chan error {
			f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, ran.body(ctx) })
			return async(func() error {
				if err == nil {
					_, err = f.Wait(background)
				}
				return err
			})
		},
		"SubmitWait": func(p *pool.WorkerPool, ran *tally) <-chan error {
			return async(func() error {
				_, err := p.SubmitWait(background, asTask(ran.body))
				return err
			})
		},
		"Group": func(p *pool.WorkerPool, ran *tally) <-chan error {
			g := pool.NewGroup(p)
			g.Go(ran.body)
			return async(g.Wait)
		},
	}
	for name, victim := range victims {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1, QueueSize: 1}, pool.WithOverflow(pool.DropOldest))
				release := busyWorker(t, p)
				var dropped, ran tally
				outcome := victim(p, &dropped)
				synctest.Wait() // it stands in the queue
				must(t, p.SubmitFunc(ran.body))
				if err := <-outcome; !errors.Is(err, pool.ErrDropped) {
					t.Errorf("outcome %v", err)
				}
				release()
				must(t, p.Wait()) // the victim's error had an owner
				dropped.want(t, 0)
				ran.want(t, 1)
			})
		})
	}
}

func TestDropOldestDropsNoMoreThanNeeded(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 3}, pool.WithOverflow(pool.DropOldest))
	release := busyWorker(t, p)
	tasks, ran := batch(batchKinds["mixed"], 10)
	for _, task := range tasks {
		must(t, p.Submit(task))
	}
	if s := p.Stats(); s.DroppedTasks != 7 || s.QueuedTasks != 3 {
		t.Errorf("%+v", s)
	}
	release()
	_ = p.Wait()
	if !slices.Equal(ran(), []int{7, 8, 9}) {
		t.Errorf("ran %v, want the newest three", ran())
	}
}

// A place in the queue whose task was cancelled is the first to give way.
func TestDropOldestTakesTheDeadFirst(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 2}, pool.WithOverflow(pool.DropOldest))
	release := busyWorker(t, p)
	f, err := pool.Go(p, func(context.Context) (int, error) { return 1, nil })
	must(t, err)
	if !f.Cancel() {
		t.Fatal("Cancel reports false")
	}
	var ran tally
	must(t, p.SubmitFunc(ran.body))
	must(t, p.SubmitFunc(ran.body))
	if s := p.Stats(); s.DroppedTasks != 0 || s.CancelledTasks != 1 || s.QueuedTasks != 2 {
		t.Errorf("%+v", s)
	}
	release()
	must(t, p.Wait())
	ran.want(t, 2)
}

func TestDropOldestWorksBeforeStart(t *testing.T) {
	p := newPool(pool.Config{Workers: 1, QueueSize: 2}, pool.WithOverflow(pool.DropOldest))
	tasks, ran := batch(batchKinds["bare"], 5)
	n, err := p.SubmitBatch(tasks)
	if n != 5 || err != nil {
		t.Fatal(n, err)
	}
	must(t, p.Start(background))
	wantErr(t, p.Wait(), pool.ErrDropped)
	if !slices.Equal(ran(), []int{3, 4}) {
		t.Errorf("ran %v", ran())
	}
	stopPool(t, p)
}

func TestCallerRunsOnTheCallersGoroutine(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.CallerRuns)
		caller, runner := goid(), ""
		must(t, sub.submit(p, background, func(ctx context.Context) error {
			runner = goid()
			if s := p.Stats(); s.RunningTasks != 2 || s.ActiveWorkers != 1 {
				t.Errorf("while it runs: %+v", s)
			}
			return ctx.Err()
		}))
		if runner != caller {
			t.Errorf("ran on goroutine %s, want the caller's, %s", runner, caller)
		}
		if s := p.Stats(); s.CompletedTasks != 1 || s.SubmittedTasks != 4 || s.QueuedTasks != 2 {
			t.Errorf("%+v", s)
		}
		release()
		must(t, p.Wait())
	})
}

func TestCallerRunsIsWaitedForByStop(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		synctest.Test(t, func(t *testing.T) {
			p, release := fullPool(t, pool.CallerRuns)
			leave := make(chan struct{})
			answered := async(func() error {
				return sub.submit(p, background, func(context.Context) error { <-leave; return nil })
			})
			synctest.Wait()
			release()
			stopped := async(func() error { return p.Stop(background) })
			synctest.Wait()
			if len(stopped) != 0 {
				t.Fatalf("Stop did not wait: %v", <-stopped)
			}
			close(leave)
			must(t, <-stopped)
			must(t, <-answered)
			if s := p.Stats(); s.CompletedTasks != 4 {
				t.Errorf("%+v", s)
			}
		})
	})
}

func TestCallerRunsErrorsReachTheirOwner(t *testing.T) {
	bad := errors.New("bad")
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.CallerRuns)
		err := sub.submit(p, background, func(context.Context) error { return bad })
		release()
		heard := p.Wait()
		switch {
		case sub.waits && (err != bad || heard != nil):
			t.Errorf("it returned %v, Wait %v", err, heard)
		case !sub.waits && err != nil:
			t.Errorf("it was accepted and returned %v", err)
		case strings.HasPrefix(sub.name, "Submit") && !sub.waits && sub.name != "SubmitBatchOfRecords" && !errors.Is(heard, bad):
			t.Errorf("Wait returned %v", heard)
		}
		if s := p.Stats(); s.FailedTasks != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestCallerRunsContainsPanics(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.CallerRuns)
		err := sub.submit(p, background, func(context.Context) error { panic("boom") })
		release()
		if heard := p.Wait(); sub.waits {
			err = errors.Join(err, heard)
			if pe := new(pool.PanicError); !errors.As(err, &pe) {
				t.Errorf("error %v", err)
			}
		} else {
			must(t, err)
		}
		if s := p.Stats(); s.FailedTasks != 1 || s.ContainedPanics != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// runtime.Goexit ends the caller, as it would have without a pool; the task has
// its outcome all the same.
func TestCallerRunsGoexitEndsTheCaller(t *testing.T) {
	each(t, submissions, func(t *testing.T, sub submission) {
		p, release := fullPool(t, pool.CallerRuns)
		exits(func() {
			_ = sub.submit(p, background, func(context.Context) error {
				runtime.Goexit()
				return nil
			})
			t.Error("the caller goes on")
		})
		if s := p.Stats(); s.FailedTasks != 1 || s.RunningTasks != 1 {
			t.Errorf("%+v", s)
		}
		release()
		_ = p.Wait()
	})
}

func TestCallerRunsAfterStopIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, release := fullPool(t, pool.CallerRuns)
		stopped := async(func() error { return p.Stop(background) })
		synctest.Wait()
		var ran tally
		for _, sub := range submissions {
			wantErr(t, sub.submit(p, background, ran.body), pool.ErrStopped)
		}
		release()
		must(t, <-stopped)
		ran.want(t, 0)
	})
}

func TestTrySubmitAnswersQueueFullUnderEachPolicy(t *testing.T) {
	for policy := pool.Block; policy <= pool.CallerRuns; policy++ {
		p, release := fullPool(t, policy)
		var ran tally
		wantErr(t, p.TrySubmit(pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, ran.body(ctx) })), pool.ErrQueueFull)
		wantErr(t, p.TrySubmit(asTask(ran.body, pool.WithTaskCallback(func(pool.Result) { t.Error("it has an outcome") }))), pool.ErrQueueFull)
		if s := p.Stats(); s.RejectedTasks != 2 || s.DroppedTasks != 0 || s.SubmittedTasks != 3 {
			t.Errorf("policy %d: %+v", policy, s)
		}
		release()
		_ = p.Wait()
		ran.want(t, 0)
	}
}
