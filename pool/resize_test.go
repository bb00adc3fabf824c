package pool_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

func TestResizeIsInStatsAtOnce(t *testing.T) {
	const largest = 1<<20 - 1
	for _, when := range []string{"before Start", "idle", "busy"} {
		p := newPool(pool.Config{Workers: 2})
		release := func() {}
		if when != "before Start" {
			if err := p.Start(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if when == "busy" {
			release = keepBusy(t, p, 2)
		}
		for _, test := range []struct{ n, want int }{
			{5, 5}, {1, 1}, {0, 1}, {-7, 1}, {largest, largest}, {largest + 1, largest}, {int(^uint(0) >> 1), largest}, {3, 3},
		} {
			p.Resize(test.n)
			if n := p.Stats().Workers; n != test.want {
				t.Errorf("%s: %d workers after Resize(%d), want %d", when, n, test.n, test.want)
			}
		}
		release()
		if err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func TestResizeBeforeStartHolds(t *testing.T) {
	for _, n := range []int{1, 5} {
		synctest.Test(t, func(t *testing.T) {
			p := newPool(pool.Config{Workers: 3})
			p.Resize(n)
			if err := p.Start(context.Background()); err != nil {
				t.Fatal(err)
			}
			gate := make(chan struct{})
			for range 20 {
				if err := p.Submit(taskOf(func() { <-gate })); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
			if s := p.Stats(); s.RunningTasks != n || s.Goroutines != n {
				t.Errorf("%+v, want %d running", s, n)
			}
			close(gate)
			if err := p.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Goal: with more workers, what is queued and what waits for room starts while
// the first task still runs: ants#205, where blocked submitters slept on.
func TestGrowingStartsQueuedAndBlockedTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 1, QueueSize: 1})
		release := keepBusy(t, p, 1)
		defer release()
		var started, submitted atomic.Int32
		gate := make(chan struct{})
		for range 5 { // one has room in the queue, four block
			go func() {
				if err := p.Submit(taskOf(func() { started.Add(1); <-gate })); err != nil {
					t.Error(err)
				}
				submitted.Add(1)
			}()
		}
		synctest.Wait()
		if n := submitted.Load(); n != 1 {
			t.Fatalf("%d submitters came back, want 1 and 4 blocked", n)
		}
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

// Goal: the same in one step.
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
			if n := started.Load(); n != 5 {
				t.Errorf("Resize(%d): %d tasks started beside the first, want 5", to, n)
			}
			close(gate)
			release()
		}
	})
}

// Goal: shrinking does not wait, interrupts nothing, and no task starts while as
// many as the new size are running.
//
// Method: in a bubble running tasks end one by one.
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
		if err := p.SubmitFunc(body); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Wait()
	if n := int(inside.Load()); n != from {
		t.Fatalf("%d tasks run, want %d", n, from)
	}
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
	if n := int(ran.Load()); n != tasks {
		t.Errorf("%d tasks ran, want %d", n, tasks)
	}
	if s := p.Stats(); s.Goroutines > to || s.Goroutines < 1 || s.ActiveWorkers != 0 {
		t.Errorf("in the end %+v, want at most %d goroutines", s, to)
	}
}

// Goal: idle workers that are too many leave at once.
func TestShrinkingLetsParkedWorkersGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 100})
		for _, n := range []int{50, 7, 1} {
			p.Resize(100)
			keepBusy(t, p, 100)()
			synctest.Wait()
			p.Resize(n)
			synctest.Wait()
			if s := p.Stats(); s.Goroutines != n {
				t.Errorf("%d goroutines after Resize(%d)", s.Goroutines, n)
			}
			if _, err := p.SubmitWait(context.Background(), emptyTask); err != nil {
				t.Error(err)
			}
		}
	})
}

// Goal: what was shrunk grows again, with tasks waiting all the time.
func TestShrinkingAndGrowingKeepsTasksRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livePool(t, pool.Config{Workers: 4})
		end := make(chan struct{})
		const tasks = 200
		for range tasks {
			if err := p.Submit(taskOf(func() { <-end })); err != nil {
				t.Fatal(err)
			}
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
			if s := p.Stats(); s.RunningTasks != running || s.QueuedTasks != tasks-ended-running {
				t.Fatalf("Resize(%d), %d ended: %+v, want %d running", n, ended, s, running)
			}
		}
		close(end)
	})
}

// Goal: of Resizes at once one is the last, in Stats and in fact.
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

// Goal: Resize while Stop drains is heeded, and after Stop it changes nothing.
func TestResizeDuringAndAfterStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startedPool(t, pool.Config{Workers: 1, ShutdownTimeout: time.Hour})
		for range 12 {
			if err := p.Submit(taskOf(func() { time.Sleep(time.Second) })); err != nil {
				t.Fatal(err)
			}
		}
		begin := time.Now()
		time.AfterFunc(1500*time.Millisecond, func() { p.Resize(10) })
		if err := p.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
		if d := time.Since(begin); d != 3*time.Second {
			t.Errorf("12 tasks of 1 s, with 10 workers after 1.5 s, took %v", d)
		}
		before := p.Stats()
		p.Resize(5)
		synctest.Wait()
		if after := p.Stats(); after != before || after.Goroutines != 0 {
			t.Errorf("Resize after Stop: %+v, before it %+v", after, before)
		}
	})
}
