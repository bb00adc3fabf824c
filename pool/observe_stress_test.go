package pool_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// A storm submits tasks of all kinds, in all ways.
type storm struct {
	p      *pool.WorkerPool
	random *rand.Rand
	sleep  func(atMost time.Duration)
}

func (s *storm) step() {
	body := s.body()
	var opts []pool.TaskOption
	if s.random.IntN(4) == 0 {
		opts = append(opts, pool.WithTaskTimeout(time.Duration(1+s.random.IntN(500))*time.Microsecond))
	}
	if s.random.IntN(4) == 0 {
		opts = append(opts, pool.WithTaskRetry(s.random.IntN(3)))
	}
	if s.random.IntN(4) == 0 {
		opts = append(opts, pool.WithTaskCallback(func(pool.Result) {}))
	}
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	if s.random.IntN(2) == 0 {
		ctx, cancel = context.WithTimeout(background, time.Duration(1+s.random.IntN(1000))*time.Microsecond)
		defer cancel()
	}
	switch s.random.IntN(9) {
	case 0, 1:
		_ = s.p.SubmitFunc(body)
	case 2:
		_ = s.p.TrySubmit(asTask(body, opts...))
	case 3:
		_ = s.p.SubmitContext(ctx, asTask(body, opts...))
	case 4:
		_, _ = s.p.SubmitWait(ctx, asTask(body, opts...))
	case 5:
		_, _ = s.p.SubmitBatch([]pool.Task{asTask(body), asTask(body, opts...), asTask(body)})
	case 6:
		if f, err := pool.Go(s.p, func(ctx context.Context) (int, error) { return 1, body(ctx) }, opts...); err == nil && s.random.IntN(2) == 0 {
			f.Cancel()
		}
	case 7:
		g := pool.NewGroup(s.p, pool.WithGroupContext(ctx))
		g.Go(body)
		g.Go(body)
		_ = g.Wait()
	case 8:
		s.p.Resize(1 + s.random.IntN(4))
	}
	s.sleep(time.Millisecond)
}

// body returns the body of a task. It must be chosen before the task runs: the storm
// belongs to one goroutine.
func (s *storm) body() func(context.Context) error {
	kind, nested := s.random.IntN(12), s.random.IntN(4) == 0
	p, d := s.p, time.Duration(s.random.IntN(1000))*time.Microsecond
	return func(ctx context.Context) error {
		time.Sleep(d)
		if nested {
			_, _ = p.SubmitWait(ctx, taskOf(func() { time.Sleep(d) }))
			_ = p.SubmitContext(ctx, emptyTask)
		}
		switch kind {
		case 0:
			panic("a panic")
		case 1:
			runtime.Goexit()
		case 2, 3, 4:
			return errOfTest
		}
		return nil
	}
}

// everyPolicy runs a test for each overflow policy, with all kinds of observation.
func everyPolicy(t *testing.T, f func(t *testing.T, p *pool.WorkerPool, c *collected)) {
	for policy := pool.Block; policy <= pool.CallerRuns; policy++ {
		c := new(collected)
		t.Run([]string{"Block", "Reject", "DropNewest", "DropOldest", "CallerRuns"}[policy], func(t *testing.T) {
			run := func(t *testing.T) {
				f(t, pool.New(pool.Config{Workers: 2, QueueSize: 4}, pool.WithOverflow(policy), pool.WithMetrics(c),
					pool.WithHistograms(2), pool.WithWatchdog(time.Millisecond, func(pool.LongTask) {}),
					pool.WithTaskHooks(func(ctx context.Context, _ pool.TaskRun) context.Context { return ctx }, nil),
					pool.WithRetry(1, 100*time.Microsecond)), c)
			}
			synctest.Test(t, run)
		})
	}
}

// Goal: whenever nothing moves, the columns of Stats add up to the tasks submitted, and
// the collector has the same counts as Stats.
//
// Method: a storm in a bubble that pauses at random times. Each task that runs, waits
// or is late then stays so.
func TestStatsAddUpWheneverNothingMoves(t *testing.T) {
	const seed = 11
	held := pool.Stats{}
	everyPolicy(t, func(t *testing.T, p *pool.WorkerPool, c *collected) {
		require.NoError(t, p.Start(background))
		var submitters sync.WaitGroup
		for n := range uint64(4) {
			s := &storm{p: p, random: rand.New(rand.NewPCG(seed, n))}
			s.sleep = func(atMost time.Duration) { time.Sleep(time.Duration(s.random.Int64N(int64(atMost)))) }
			submitters.Go(func() {
				for range max(rounds(300), 60) {
					s.step()
				}
			})
		}
		ended := make(chan struct{})
		go func() { submitters.Wait(); close(ended) }()
		pauses := rand.New(rand.NewPCG(seed, 99))
		for over := false; !over; {
			select {
			case <-ended:
				over = true
			case <-time.After(time.Duration(pauses.IntN(500)) * time.Microsecond):
			}
			synctest.Wait()
			s := p.Stats()
			balanced(t, "in the storm", s)
			held.QueuedTasks = max(held.QueuedTasks, s.QueuedTasks)
			held.RunningTasks = max(held.RunningTasks, s.RunningTasks)
			held.WaitingRetries = max(held.WaitingRetries, s.WaitingRetries)
			held.OverdueTasks = max(held.OverdueTasks, s.OverdueTasks)
		}
		_ = p.Stop(background)
		accounted(t, p)
		c.wantEqual(t, p)
	})
	if held.QueuedTasks == 0 || held.RunningTasks < 2 || held.WaitingRetries == 0 || held.OverdueTasks == 0 {
		t.Errorf("at quiet moments there were at most %+v: too few to test anything", held)
	}
}

// Goal: the collector's counts equal Stats, with all CPUs busy and a Stop in the
// middle.
func TestCollectorTotalsEqualStats(t *testing.T) {
	const seed = 12
	for round := range uint64(rounds(20)) {
		c := new(collected)
		p := pool.New(pool.Config{Workers: 2, QueueSize: 4}, pool.WithOverflow(pool.Overflow(round)%(pool.CallerRuns+1)),
			pool.WithMetrics(c), pool.WithRetry(1, 10*time.Microsecond), pool.WithHistograms(1))
		require.NoError(t, p.Start(background))
		var submitters sync.WaitGroup
		for n := range uint64(4) {
			s := &storm{p: p, random: rand.New(rand.NewPCG(seed+round, n)), sleep: func(time.Duration) { runtime.Gosched() }}
			submitters.Go(func() {
				for range 50 {
					s.step()
				}
			})
		}
		ctx, cancel := context.WithTimeout(background, time.Duration(round)*time.Millisecond)
		if round%2 == 0 {
			submitters.Wait()
		}
		if err := p.Stop(ctx); err != nil && !errors.As(err, new(*pool.StopError)) {
			t.Error(err)
		}
		cancel()
		submitters.Wait()
		_ = p.Stop(background)
		accounted(t, p)
		c.wantEqual(t, p)
		s := p.Stats()
		assert.LessOrEqual(t, s.PanickedTasks, s.FailedTasks, "more tasks panicked than failed: %+v", s)
	}
}
