package sched

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Goal: of two items submitted at once, of which A waits for B, both run, every time. If only
// the last searcher checked again before it sleeps, some round would hang.
func TestTwoItemsMeet(t *testing.T) {
	for _, workers := range []int{2, 3} {
		met := make(chan struct{})
		s := New(Config[int]{Workers: workers, Capacity: 4, Run: func(w *Worker[int], v int) {
			if v == 0 {
				<-met
			} else {
				met <- struct{}{}
			}
			w.Settle(Completed)
		}})
		s.Start()
		other, end := make(chan struct{}), make(chan struct{})
		go func() {
			for range other {
				must(t, s.TrySubmit(1))
			}
			close(end)
		}()
		for range times(50_000) {
			other <- struct{}{}
			must(t, s.TrySubmit(0))
			s.Wait(nil)
		}
		close(other)
		<-end
		stop(t, s)
	}
}

// Goal: an item submitted to a scheduler that is at rest, or nearly, runs without another one
// after it.
func TestSingleSubmitWakes(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		ran := make(chan int)
		s := New(with(Config[int]{Workers: 2, Capacity: 4, Run: func(w *Worker[int], v int) {
			w.Settle(Completed)
			ran <- v
		}}))
		s.Start()
		for i := range times(50_000) {
			must(t, s.TrySubmit(i))
			if v := <-ran; v != i {
				t.Fatalf("item %d ran, want %d", v, i)
			}
			for range i % 7 { // from a worker that still searches to one that sleeps
				runtime.Gosched()
			}
		}
		stop(t, s)
	})
}

// Goal: n items run at once on n workers, however they were submitted: each worker that finds
// one makes sure that the next is found.
//
// Method: each item waits until all run.
func TestAllWorkersRunAtOnce(t *testing.T) {
	ways := map[string]func(s *Scheduler[int], n int){
		"one by one": func(s *Scheduler[int], n int) {
			for v := range n {
				s.TrySubmit(v)
			}
		},
		"batch": func(s *Scheduler[int], n int) { s.TrySubmitBatch(make([]int, n)) },
		"nested": func(s *Scheduler[int], n int) {
			for v := range n {
				s.SubmitNested(v)
			}
		},
		"returned": func(s *Scheduler[int], n int) {
			for v := range n {
				s.AcceptInline()
				s.Return(v, 0)
			}
		},
	}
	for name, submit := range ways {
		for _, n := range []int{1, 2, 3, 10, 100, 1000} {
			for queue, cfg := range map[string]Config[int]{
				"bound":   {Capacity: n},
				"nobound": {},
				"source":  {Source: &pile{capacity: n}},
			} {
				t.Run(fmt.Sprintf("%s/n=%d/queue=%s", name, n, queue), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						release := make(chan struct{})
						cfg.Workers = n
						cfg.Run = func(w *Worker[int], _ int) {
							<-release
							w.Settle(Completed)
						}
						s := New(cfg)
						s.Start()
						for round := range 2 { // spawned, then woken
							submit(s, n)
							synctest.Wait()
							assert.Equal(t, n, s.Active(), "round %d: items run at once", round)
							if round == 0 {
								for range n {
									release <- struct{}{}
								}
							} else {
								close(release)
							}
							s.Wait(nil)
							checkAtRest(t, s)
						}
						stop(t, s)
					})
				})
			}
		}
	}
}

// Goal: bursts, then one last item and silence: it runs (pond#108).
func TestLastSubmitIsNotForgotten(t *testing.T) {
	burst, rounds := 300, times(500)
	s, l := watched(Config[int]{Workers: 4, Capacity: 5}, (burst+1)*rounds)
	s.Start()
	next := 0
	for range rounds {
		for range burst {
			must(t, s.Submit(next, nil))
			next++
		}
		s.Wait(nil)
		must(t, s.Submit(next, nil))
		next++
		s.Wait(nil)
	}
	l.ranOnce(t)
	stop(t, s)
}

// Goal: a scheduler at rest takes no processor: its workers are durably blocked in synctest's
// sense, searching or not, and the bubble's clock advances.
func TestIdleSchedulerIsAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := watched(Config[int]{Workers: 4, Capacity: 4}, 4)
		s.Start()
		for v := range 4 {
			must(t, s.Submit(v, nil))
		}
		time.Sleep(time.Millisecond) // only passes while all are parked
		checkAtRest(t, s)
		stop(t, s)
	})
}

// Goal: more workers than the count of searchers can hold are woken at once and leave; nothing
// stays counted.
func TestHaltWakesMoreWorkersThanTheCountHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 2*maxSearching + 10
		release := make(chan struct{})
		s := New(Config[int]{Workers: n, Capacity: n, Run: func(w *Worker[int], _ int) {
			<-release
			w.Settle(Completed)
		}})
		s.Start()
		for v := range n {
			must(t, s.TrySubmit(v))
		}
		synctest.Wait()
		require.Equal(t, n, s.Active(), "items run at once")
		close(release)
		s.Wait(nil)
		checkAtRest(t, s)
		s.Resize(2)
		checkAtRest(t, s)
		assert.Equal(t, 2, s.Alive(), "workers alive")
		stop(t, s)
	})
}

// Goal: no more workers search than may.
func TestSearchersAreFew(t *testing.T) {
	s, _ := watched(Config[int]{Workers: 4, Capacity: 1}, 1)
	s.maxSearching = 2
	for i, want := range []bool{true, true, false} {
		got := s.startSearching()
		assert.Equal(t, want, got, "startSearching is %v beside %d searchers of 2", got, i)
	}
	s.stopSearching()
	assert.True(t, s.startSearching(), "nobody may take the place of a searcher that stopped")
}

// Goal: no worker is spawned to search while one searches: that one takes care of it.
func TestNobodyIsSpawnedBesideASearcher(t *testing.T) {
	s, _ := watched(Config[int]{Workers: 2, Capacity: 1}, 1)
	s.started.Store(true)
	s.startSearching()
	s.ensureSearcher()
	s.Resize(3)
	assert.Zero(t, s.Alive(), "workers were spawned beside a searcher")
	s.stopSearching()
	assert.Equal(t, 1, s.Alive(), "workers were spawned by the last searcher")
	stop(t, s)
}

// Goal: the number of parked workers is known at any time.
func TestParkedIsTheDepthOfTheStack(t *testing.T) {
	const n = 5
	s := New(Config[int]{Workers: n})
	for parked := range n {
		assert.Equal(t, parked, s.parked(s.idle.load()))
		s.workers.join()
		s.pushParked(s.slots.occupy(s), false)
	}
	for parked := n; parked > 0; parked-- {
		assert.Equal(t, parked, s.parked(s.idle.load()))
		s.wakeOne(false)
	}
	assert.Zero(t, s.parked(s.idle.load()))
}
