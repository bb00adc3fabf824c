package pool_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

func TestResizeIsInStatsAtOnce(t *testing.T) {
	const largest = 1<<20 - 1
	for _, when := range []string{"before Start", "idle", "busy"} {
		p := newPool(pool.Config{Workers: 2})
		release := func() {}
		if when != "before Start" {
			require.NoError(t, p.Start(context.Background()))
		}
		if when == "busy" {
			release = keepBusy(t, p, 2)
		}
		for _, test := range []struct{ n, want int }{
			{5, 5}, {1, 1}, {0, 1}, {-7, 1}, {largest, largest}, {largest + 1, largest}, {int(^uint(0) >> 1), largest}, {3, 3},
		} {
			p.Resize(test.n)
			assert.Equal(t, test.want, p.Stats().Workers, "%s: workers after Resize(%d)", when, test.n)
		}
		release()
		assert.NoError(t, p.Stop(context.Background()))
	}
}

func TestResizeBeforeStartHolds(t *testing.T) {
	for _, n := range []int{1, 5} {
		synctest.Test(t, func(t *testing.T) {
			p := newPool(pool.Config{Workers: 3})
			p.Resize(n)
			require.NoError(t, p.Start(context.Background()))
			gate := make(chan struct{})
			for range 20 {
				require.NoError(t, p.Submit(taskOf(func() { <-gate })))
			}
			synctest.Wait()
			s := p.Stats()
			assert.Equal(t, n, s.RunningTasks, s)
			assert.Equal(t, n, s.Goroutines, s)
			close(gate)
			assert.NoError(t, p.Stop(context.Background()))
		})
	}
}

// Goal: with more workers, queued tasks and those of waiting submitters start while the
// first task still runs: ants#205, where blocked submitters kept sleeping.
func TestGrowingStartsQueuedAndBlockedTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 1, QueueSize: 1})
		release := keepBusy(t, p, 1)
		defer release()
		var started, submitted atomic.Int32
		gate := make(chan struct{})
		for range 5 { // one has room in the queue, four block
			go func() {
				assert.NoError(t, p.Submit(taskOf(func() { started.Add(1); <-gate })))
				submitted.Add(1)
			}()
		}
		synctest.Wait()
		require.Equal(t, int32(1), submitted.Load(), "submitters that came back, of 5")
		for grown := 2; grown <= 6; grown++ {
			p.Resize(grown)
			synctest.Wait()
			if s, n := p.Stats(), int(started.Load()); n != grown-1 || s.ActiveWorkers != grown {
				t.Errorf("after Resize(%d): %d of the waiting tasks started, %d workers active", grown, n, s.ActiveWorkers)
			}
		}
		close(gate)
	})
}

// Goal: the same with one Resize.
func TestGrowingByManyStartsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, to := range []int{6, 100} {
			p := livePool(t, pool.Config{Workers: 1, QueueSize: 1})
			release := keepBusy(t, p, 1)
			var started atomic.Int32
			gate := make(chan struct{})
			for range 5 {
				go func() { _ = p.Submit(taskOf(func() { started.Add(1); <-gate })) }()
			}
			synctest.Wait()
			p.Resize(to)
			synctest.Wait()
			assert.Equal(t, int32(5), started.Load(), "Resize(%d): tasks started, without the first", to)
			close(gate)
			release()
		}
	})
}

// Goal: shrinking does not wait and interrupts nothing. No task starts while as many as
// the new size are running.
//
// Method: in a bubble, running tasks end one by one.
func TestShrinkingStartsNothingWhileEnoughRun(t *testing.T) {
	for from := 2; from <= 8; from++ {
		for to := 1; to < from; to++ {
			synctest.Test(t, func(t *testing.T) { shrink(t, from, to) })
		}
	}
}

func shrink(t *testing.T, from, to int) {
	p := livePool(t, pool.Config{Workers: from})
	end := make(chan struct{})
	var inside, ran atomic.Int32
	body := func(ctx context.Context) error {
		inside.Add(1)
		select {
		case <-end:
		case <-ctx.Done():
			t.Error("a task was interrupted")
		}
		inside.Add(-1)
		ran.Add(1)
		return nil
	}
	tasks := from + 10
	for range tasks {
		require.NoError(t, p.SubmitFunc(body))
	}
	synctest.Wait()
	require.Equal(t, from, int(inside.Load()), "tasks run")
	p.Resize(to)
	for ended := range tasks {
		synctest.Wait()
		want := max(from-ended, min(to, tasks-ended))
		s := p.Stats()
		if n := int(inside.Load()); n != want || s.RunningTasks != want || s.QueuedTasks != tasks-ended-want {
			t.Fatalf("from %d to %d, %d ended: %d tasks inside, want %d; %+v", from, to, ended, n, want, s)
		}
		end <- struct{}{}
	}
	synctest.Wait()
	assert.Equal(t, tasks, int(ran.Load()))
	s := p.Stats()
	assert.LessOrEqual(t, s.Goroutines, to, "in the end %+v", s)
	assert.GreaterOrEqual(t, s.Goroutines, 1, "in the end %+v", s)
	assert.Zero(t, s.ActiveWorkers, "in the end %+v", s)
}

// Goal: surplus idle workers end at once.
func TestShrinkingEndsParkedWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 100})
		for _, n := range []int{50, 7, 1} {
			p.Resize(100)
			keepBusy(t, p, 100)()
			synctest.Wait()
			p.Resize(n)
			synctest.Wait()
			assert.Equal(t, n, p.Stats().Goroutines, "goroutines after Resize(%d)", n)
			_, err := p.SubmitWait(context.Background(), emptyTask)
			assert.NoError(t, err)
		}
	})
}

// Goal: a pool that was shrunk grows again, with tasks waiting all the time.
func TestShrinkingAndGrowingKeepsTasksRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 4})
		end := make(chan struct{})
		const tasks = 200
		for range tasks {
			require.NoError(t, p.Submit(taskOf(func() { <-end })))
		}
		running, ended := 4, 0
		for i, n := range []int{8, 2, 16, 1, 3, 3, 32, 5, 1, 1000, 1} {
			p.Resize(n)
			for range i {
				end <- struct{}{}
				ended++
				if running > n {
					running--
				}
				synctest.Wait()
			}
			running = min(max(running, n), tasks-ended)
			synctest.Wait()
			s := p.Stats()
			require.Equal(t, running, s.RunningTasks, "Resize(%d), %d ended: %+v", n, ended, s)
			require.Equal(t, tasks-ended-running, s.QueuedTasks, "Resize(%d), %d ended: %+v", n, ended, s)
		}
		close(end)
	})
}

// Goal: one of several concurrent Resizes is the last, both in Stats and in the
// scheduler.
func TestResizesAtOnceAgree(t *testing.T) {
	p := livePool(t, pool.Config{Workers: 1})
	for round := range scaled(20_000) {
		var ready atomic.Int32
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				ready.Add(1)
				spinUntil(func() bool { return ready.Load() == 2 })
				p.Resize(i + 2)
			})
		}
		wg.Wait()
		if said, is := p.Stats().Workers, p.SizeInFact(); said != is {
			t.Fatalf("round %d: Stats says %d workers, there may be %d", round, said, is)
		}
	}
}

// Goal: Resize takes effect while Stop drains, and changes nothing after Stop.
func TestResizeDuringAndAfterStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1, ShutdownTimeout: time.Hour})
		for range 12 {
			require.NoError(t, p.Submit(taskOf(func() { time.Sleep(time.Second) })))
		}
		begin := time.Now()
		time.AfterFunc(1500*time.Millisecond, func() { p.Resize(10) })
		assert.NoError(t, p.Stop(context.Background()))
		d := time.Since(begin)
		assert.Equal(t, 3*time.Second, d, "12 tasks of 1 s, with 10 workers after 1.5 s, took %v", d)
		before := p.Stats()
		p.Resize(5)
		synctest.Wait()
		after := p.Stats()
		assert.Equal(t, before, after, "Resize after Stop")
		assert.Zero(t, after.Goroutines, "Resize after Stop")
	})
}
