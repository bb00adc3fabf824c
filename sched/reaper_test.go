package sched

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
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
	assert.Equal(t, n, s.Alive(), "workers alive after %d items ran at once", n)
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
			assert.Equal(t, n, s.Alive(), "workers alive before the idle timeout")
			time.Sleep(2*idle + 1)
			checkAtRest(t, s)
			assert.Equal(t, 1, s.Alive(), "workers alive after twice the idle timeout")
			for runtime.NumGoroutine() > before { // those that left may still be ending
				runtime.Gosched()
			}
			assert.False(t, s.reaper.armed(), "a timer is set beside one idle worker")
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
		assert.Equal(t, 2, s.Alive(), "workers alive just before 5 s")
		time.Sleep(5*time.Second + 1)
		checkAtRest(t, s)
		assert.Equal(t, 1, s.Alive(), "workers alive after 10 s")
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
			assert.Equal(t, n, s.Alive(), "workers alive after less than the idle timeout")
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
	assert.Equal(t, []int{4, 3, 2, 1, 0}, order, "the stack is %v from the top, it was 4 to 0", order)
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
		assert.LessOrEqual(t, s.Alive(), 2, "workers alive under a load that takes one")
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
		assert.Equal(t, int32(n), hired.Load(), "goroutines were spawned for %d items at once", n)
		l.ranOnce(t)
		stop(t, s)
	})
}
