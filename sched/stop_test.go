package sched

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// Goal: once Close has returned, every kind of submission is refused.
func TestCloseRefusesEverything(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		for _, capacity := range []int{0, 1} {
			s, _ := watched(with(Config[int]{Workers: 1, Capacity: capacity}), 1)
			s.Start()
			assert.False(t, s.Closed(), "Closed before Close")
			s.Close()
			s.Close()
			assert.True(t, s.Closed(), "not Closed after Close")
			for name, submit := range map[string]func() Status{
				"TrySubmit":      func() Status { return s.TrySubmit(0) },
				"Submit":         func() Status { return s.Submit(0, nil) },
				"SubmitNested":   func() Status { return s.SubmitNested(0) },
				"TrySubmitBatch": func() Status { _, st := s.TrySubmitBatch([]int{0}); return st },
				"SubmitBatch":    func() Status { _, st := s.SubmitBatch([]int{0}, nil); return st },
				"Enter": func() Status {
					if s.AcceptInline() {
						return Accepted
					}
					return Stopped
				},
			} {
				assert.Equal(t, Stopped, submit(), "capacity %d: %s after Close", capacity, name)
			}
			stop(t, s)
		}
	})
}

// Goal: stopping is one event: once one submit was refused, all are.
//
// Method: goroutines submit in each way at once, while Close runs. Before a call they check
// whether one was refused already.
func TestOnceOneIsRefusedAllAre(t *testing.T) {
	for range times(2000) {
		s, l := watched(Config[int]{Workers: 2, Capacity: 8, rings: 4}, 6*20)
		s.Start()
		var refused atomic.Bool
		accepted := make([]bool, 6*20)
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				for j := range 20 {
					v := i*20 + j
					before := refused.Load()
					var st Status
					switch i % 4 {
					case 0:
						st = s.TrySubmit(v)
					case 1:
						st = s.SubmitNested(v)
					case 2:
						_, st = s.TrySubmitBatch([]int{v})
					case 3:
						st = s.Submit(v, nil)
					}
					switch {
					case st == Stopped:
						refused.Store(true)
					case st == Accepted:
						accepted[v] = true
						if before {
							t.Error("accepted after another was refused")
						}
					}
					if i == 0 && j == 10 {
						s.Close()
						refused.Store(true)
					}
				}
			})
		}
		all.Wait()
		stop(t, s)
		for v := range accepted {
			l.endedOnce(t, v, accepted[v])
		}
	}
}

// Goal: Halt discards what waits, in rings and overflow queues, lets running items end, and
// Join waits for them.
func TestHaltDiscardsWhatWaits(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		synctest.Test(t, func(t *testing.T) {
			const n = 10
			s, l, step := held(t, with(Config[int]{Capacity: 3}), n)
			for v := 4; v < n-1; v++ {
				must(t, s.SubmitNested(v))
			}
			s.AcceptInline()
			s.Return(n-1, 0)
			s.Close()
			s.Halt()
			for v := 1; v < n; v++ {
				got := l.discards[v].Load()
				assert.Equal(t, int32(1), got, "item %d was discarded %d times", v, got)
			}
			done := make(chan struct{})
			close(done)
			assert.False(t, s.Join(done), "Join reports true beside a running item")
			close(step)
			assert.True(t, s.Join(nil), "Join reports false without a done channel")
			assert.Equal(t, int32(1), l.runs[0].Load(), "the running item did not run")
			checkAtRest(t, s)
		})
	})
}

// Goal: an item that comes back after Halt, even after Join, is discarded.
func TestReturnAfterHalt(t *testing.T) {
	s, l := watched(Config[int]{Workers: 2, Capacity: 2}, 2)
	s.Start()
	s.AcceptInline()
	s.AcceptInline()
	s.Close()
	s.Halt()
	s.Return(0, 0)
	s.Join(nil)
	s.Return(1, 0)
	for v := range 2 {
		n := l.discards[v].Load()
		assert.Equal(t, int32(1), n, "item %d was discarded %d times", v, n)
	}
	assert.True(t, s.Wait(nil), "Wait reports false")
	halt(t, s)
}

// Goal: an item may stop its own scheduler; Join may be called by many.
func TestHaltFromInside(t *testing.T) {
	var s *Scheduler[int]
	s, l := watched(Config[int]{Workers: 2, Capacity: 4, Run: func(_ *Worker[int], v int) {
		if v == 0 {
			s.Close()
			s.Halt()
		}
	}}, 4)
	for v := range 4 {
		must(t, s.TrySubmit(v))
	}
	s.Start()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { s.Join(nil) })
	}
	all.Wait()
	for v := range 4 {
		l.endedOnce(t, v, true)
	}
	halt(t, s)
}

func TestHaltBeforeStart(t *testing.T) {
	s, l := watched(Config[int]{Workers: 2, Capacity: 4}, 1)
	must(t, s.TrySubmit(0))
	s.Close()
	halt(t, s)
	assert.Equal(t, int32(1), l.discards[0].Load(), "what was waiting was not discarded")
}

// Goal: after Join no goroutine is left and no item begins (ants#113).
//
// Method: submitters go on while it is stopped, and an item that began after Join
// would say so.
func TestNothingIsLeftAfterJoin(t *testing.T) {
	before := runtime.NumGoroutine()
	for range times(2000) {
		var joined atomic.Bool
		s, _ := watched(Config[int]{Workers: 4, Capacity: 4, Run: func(*Worker[int], int) {
			if joined.Load() {
				t.Error("an item runs after Join")
			}
		}}, 1)
		s.Start()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				for s.Submit(0, nil) == Accepted {
				}
			})
		}
		for s.Accepted() < 10 {
			runtime.Gosched()
		}
		s.Close()
		s.Halt()
		s.Join(nil)
		joined.Store(true)
		all.Wait()
		halt(t, s)
	}
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
	}
}

// Goal: many schedulers, used and left idle, leave nothing when stopped.
func TestManySchedulers(t *testing.T) {
	before := runtime.NumGoroutine()
	all := make([]*Scheduler[int], times(1600))
	for i := range all {
		s, _ := watched(Config[int]{Workers: 3, Capacity: 2}, 1)
		s.Start()
		must(t, s.Submit(0, nil))
		must(t, s.Submit(0, nil))
		all[i] = s
	}
	for _, s := range all {
		stop(t, s)
	}
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
	}
}

// Goal: a Join before Halt returns even if there was never a worker.
func TestHaltLetsGoOfAnEarlierJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := watched(Config[int]{Workers: 1, Capacity: 1}, 1)
		joined := false
		go func() { joined = s.Join(nil) }()
		synctest.Wait()
		s.Close()
		s.Halt()
		synctest.Wait()
		assert.True(t, joined, "Join waits on after Halt")
	})
}
