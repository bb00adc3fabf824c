package sched

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// burst makes all of s's workers run at once, and waits till they rest.
func burst(t *testing.T, s *Scheduler[int], meet *sync.WaitGroup, n int) {
	t.Helper()
	meet.Add(n)
	for range n {
		must(t, s.TrySubmit(0))
	}
	s.Wait(nil)
	synctest.Wait()
	if got := s.Alive(); got != n {
		t.Errorf("%d workers alive after %d items ran at once", got, n)
	}
}

func meeting(n int, idle time.Duration) (*Scheduler[int], *sync.WaitGroup) {
	meet := new(sync.WaitGroup)
	s := New(Config[int]{Workers: n, Capacity: n, IdleTimeout: idle, Run: func(w *Worker[int], _ int) {
		meet.Done()
		meet.Wait()
		w.Settle(Completed)
	}})
	s.Start()
	return s, meet
}

// Goal: of workers with nothing to do one stays, the others leave after the idle
// timeout, within a factor of two, and no timer is left.
func TestIdleWorkersLeaveButOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, idle = 20, time.Second
		s, meet := meeting(n, idle)
		before := runtime.NumGoroutine()
		for range 3 {
			burst(t, s, meet, n)
			time.Sleep(idle - 1)
			synctest.Wait()
			if got := s.Alive(); got != n {
				t.Errorf("%d of %d workers alive before the idle timeout", got, n)
			}
			time.Sleep(2*idle + 1)
			checkAtRest(t, s)
			if got := s.Alive(); got != 1 {
				t.Errorf("%d workers alive after twice the idle timeout, want 1", got)
			}
			for runtime.NumGoroutine() > before { // those that left may still be ending
				runtime.Gosched()
			}
			if s.reaper.armed() {
				t.Error("a timer is set beside one idle worker")
			}
		}
		stop(t, s)
	})
}

func TestIdleTimeoutIsFiveSecondsByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, meet := meeting(2, 0)
		burst(t, s, meet, 2)
		time.Sleep(5*time.Second - 1)
		synctest.Wait()
		if got := s.Alive(); got != 2 {
			t.Errorf("%d workers alive just before 5 s", got)
		}
		time.Sleep(5*time.Second + 1)
		checkAtRest(t, s)
		if got := s.Alive(); got != 1 {
			t.Errorf("%d workers alive after 10 s, want 1", got)
		}
		stop(t, s)
	})
}

// Goal: nobody is let go that was parked for less than the idle timeout.
func TestReaperLetsNobodyGoEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, idle = 5, time.Second
		s, meet := meeting(n, idle)
		for range 20 {
			burst(t, s, meet, n)
			time.Sleep(idle * 7 / 10) // out of step with the timer
			synctest.Wait()
			if got := s.Alive(); got != n {
				t.Errorf("%d of %d workers alive after less than the idle timeout", got, n)
			}
		}
		stop(t, s)
	})
}

// Goal: what the reaper puts back lies as it lay.
func TestReaperKeepsTheOrder(t *testing.T) {
	s, _ := watched(Config[int]{Workers: 5, Capacity: 1}, 1)
	for range 5 {
		s.workers.join()
		s.pushParked(s.slots.occupy(s), false)
	}
	s.reap()
	var order []int
	for top := s.idle.load().top(); top != 0; top = int(s.slots.all()[top-1].below.Load()) {
		order = append(order, top-1)
	}
	if !slices.Equal(order, []int{4, 3, 2, 1, 0}) {
		t.Errorf("the stack is %v from the top, it was 4 to 0", order)
	}
	s.disarmReaper()
}

// Goal: under steady light load the workers that it takes stay and the rest leave.
func TestLightLoadKeepsTheHotWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, idle = 20, time.Second
		s, meet := meeting(n, idle)
		burst(t, s, meet, n)
		for range 1000 { // 10 s
			time.Sleep(idle / 100)
			meet.Add(1)
			must(t, s.TrySubmit(0))
			s.Wait(nil)
		}
		synctest.Wait()
		// One runs, and one is spawned or woken to search.
		if got := s.Alive(); got > 2 {
			t.Errorf("%d workers alive under a load that takes one", got)
		}
		time.Sleep(3 * idle)
		checkAtRest(t, s)
		burst(t, s, meet, n) // and they come back
		checkAtRest(t, s)
		stop(t, s)
	})
}

// Goal: Halt in the midst of letting workers go ends all of them and the timer.
func TestHaltMeetsReaper(t *testing.T) {
	for range times(2000) {
		before := runtime.NumGoroutine()
		s, meet := meeting(4, time.Microsecond)
		meet.Add(4)
		for range 4 {
			must(t, s.TrySubmit(0))
		}
		s.Wait(nil)
		s.Close()
		halt(t, s)
		for runtime.NumGoroutine() > before {
			runtime.Gosched()
		}
	}
}

// Goal: an item submitted while workers are let go finds one, and so does the next
// while that one runs.
func TestItemsMeetWhileWorkersAreLetGo(t *testing.T) {
	s, meet := meeting(3, time.Microsecond)
	for range times(20_000) {
		meet.Add(3)
		for range 3 {
			must(t, s.TrySubmit(0))
		}
		s.Wait(nil)
		for range 3 {
			runtime.Gosched()
		}
	}
	stop(t, s)
}

// Goal: the worker that stays is one that was there; none is spawned to idle.
func TestNobodyIsSpawnedToIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, idle = 4, time.Second
		var hired atomic.Int32
		release := make(chan struct{})
		s, l := watched(Config[int]{
			Workers: n, Capacity: n, IdleTimeout: idle,
			OnWorkerStart: func(*Worker[int]) { hired.Add(1) },
			Run:           func(*Worker[int], int) { <-release },
		}, n)
		s.Start()
		for v := range n {
			must(t, s.TrySubmit(v))
		}
		synctest.Wait()
		close(release)
		s.Wait(nil)
		time.Sleep(10 * idle)
		checkAtRest(t, s)
		if got := hired.Load(); got != n {
			t.Errorf("%d goroutines were spawned for %d items at once", got, n)
		}
		l.ranOnce(t)
		stop(t, s)
	})
}
