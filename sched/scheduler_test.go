package sched

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

func TestEachItemRunsOnce(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		for _, capacity := range []int{0, 1, 2, 7, 1024} {
			for _, workers := range []int{1, 2, 8, 100} {
				for _, submitters := range []int{1, 8} {
					t.Run(fmt.Sprintf("capacity=%d/workers=%d/submitters=%d", capacity, workers, submitters), func(t *testing.T) {
						each := times(4000) / submitters
						s, l := watched(with(Config[int]{Workers: workers, Capacity: capacity}), submitters*each)
						s.Start()
						var all sync.WaitGroup
						for i := range submitters {
							all.Go(func() {
								for j := range each {
									must(t, s.Submit(i*each+j, nil))
								}
							})
						}
						all.Wait()
						s.Wait(nil)
						l.ranOnce(t)
						stop(t, s)
					})
				}
			}
		}
	})
}

// Goal: items that were accepted before Start run, and Start works once.
func TestItemsWaitForStart(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		s, l := watched(with(Config[int]{Workers: 3, Capacity: 5}), 5)
		for v := range 5 {
			must(t, s.Submit(v, nil))
		}
		st := s.Submit(5, nil)
		assert.Equal(t, NotStarted, st, "Submit to a full scheduler before Start")
		assert.Zero(t, s.Alive(), "workers before Start")
		assert.True(t, s.Start(), "Start reports true not exactly once")
		assert.False(t, s.Start(), "Start reports true not exactly once")
		s.Wait(nil)
		l.ranOnce(t)
		stop(t, s)
	})
}

// Goal: more workers start on what is waiting at once, for waiting and for blocked
// submitters alike (ants#205).
//
// Method: one worker, at an item that waits for all others to run beside it.
func TestResizeUpStartsAll(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		for _, capacity := range []int{1, 4} {
			synctest.Test(t, func(t *testing.T) {
				const n = 5
				release := make(chan struct{})
				s, l := watched(with(Config[int]{
					Workers: 1, Capacity: capacity,
					Run: func(*Worker[int], int) { <-release },
				}), n)
				s.Start()
				for v := range n {
					go func() { must(t, s.Submit(v, nil)) }()
				}
				synctest.Wait()
				assert.Equal(t, 1, s.Active(), "busy workers")
				s.Resize(n)
				synctest.Wait()
				got := s.Active()
				assert.Equal(t, n, got, "after Resize(%d) %d workers are busy", n, got)
				close(release)
				s.Wait(nil)
				l.ranOnce(t)
				stop(t, s)
			})
		}
	})
}

// Goal: with fewer workers none starts an item while as many as wanted are running,
// and those too many leave.
func TestShrinkStartsNoneBeyond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 6
		steps := make([]chan struct{}, 2*n)
		for i := range steps {
			steps[i] = make(chan struct{})
		}
		s, l := watched(Config[int]{
			Workers: n, Capacity: 2 * n, rings: 1,
			Run: func(_ *Worker[int], v int) { <-steps[v] },
		}, 2*n)
		s.Start()
		for v := range 2 * n {
			must(t, s.Submit(v, nil))
		}
		synctest.Wait()
		s.Resize(2)
		for v := range n {
			close(steps[v])
			synctest.Wait()
			assert.Equal(t, max(n-v-1, 2), s.Active(), "busy workers after %d ended", v+1)
		}
		assert.Equal(t, 2, s.Alive(), "workers alive")
		for v := n; v < 2*n; v++ {
			close(steps[v])
		}
		s.Wait(nil)
		l.ranOnce(t)
		checkAtRest(t, s)
		stop(t, s)
	})
}

func TestResizeIsCut(t *testing.T) {
	s, _ := watched(Config[int]{Workers: 2, Capacity: 1}, 1)
	for _, c := range []struct{ n, want int }{{-1, 1}, {0, 1}, {3, 3}, {MaxWorkers, MaxWorkers}, {MaxWorkers + 1, MaxWorkers}} {
		if s.Resize(c.n); s.Workers() != c.want {
			t.Errorf("after Resize(%d) there may be %d workers, want %d", c.n, s.Workers(), c.want)
		}
	}
	stop(t, s)
	if s.Resize(2); s.Workers() != 0 {
		t.Errorf("after Halt and Resize there may be %d workers", s.Workers())
	}
	if s.Start(); s.Alive() != 0 {
		t.Error("Start after Halt spawned a worker")
	}
}

// Goal: never more items run at once than workers were wanted since the oldest of
// them began, the gauges agree, and nothing is lost on the way.
func TestResizeStormKeepsTheBound(t *testing.T) {
	const largest, submitters = 8, 16
	each := times(2000)
	var running, most atomic.Int32
	s, l := watched(Config[int]{Workers: largest, Capacity: 4, Run: func(*Worker[int], int) {
		n := running.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		runtime.Gosched()
		running.Add(-1)
	}}, submitters*each)
	s.Start()
	end := make(chan struct{})
	var storm sync.WaitGroup
	storm.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-end:
				return
			default:
			}
			s.Resize(1 + i*5%largest)
			if n := s.Active(); n > largest {
				t.Errorf("Active is %d", n)
			}
			if n := s.Alive(); n > largest {
				t.Errorf("Alive is %d", n)
			}
			runtime.Gosched()
		}
	})
	var all sync.WaitGroup
	for i := range submitters {
		all.Go(func() {
			for j := range each {
				must(t, s.Submit(i*each+j, nil))
			}
		})
	}
	all.Wait()
	s.Wait(nil)
	close(end)
	storm.Wait()
	l.ranOnce(t)
	assert.LessOrEqual(t, most.Load(), int32(largest), "items ran at once, %d workers", largest)
	stop(t, s)
}
