//go:build model

package sched

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/ringbuffer"
)

// Goal: a spawn that is cancelled, because another one was faster, leaves no item next to a
// parked worker.
//
// Method: ensureSearcher is suspended before each pair of its steps. At the first, another
// worker is spawned, which becomes busy. At the second that one parks, and an item is
// submitted: its submitter may leave it to ensureSearcher, which may count as searching.
func TestSpawnInVainLeavesNoItemBesideParkedWorker(t *testing.T) {
	const steps = 20
	inVain := 0
	for k := 1; k <= steps; k++ {
		for j := k + 1; j <= steps; j++ {
			s := New(Config[int]{Workers: 2, Capacity: 2, rings: 1})
			s.workers.join() // the worker that calls ensureSearcher
			var other *Worker[int]
			interrupt(s.ensureSearcher, map[int]func(){
				k: func() {
					if s.workers.join() {
						other = s.slots.occupy(s)
					}
				},
				j: func() {
					if other != nil {
						s.pushParked(other, false)
						s.TrySubmit(1)
						inVain++
					}
				},
			})
			if st := s.idle.load(); st.searching() == 0 && st.top() != 0 && s.anyWaiting() {
				t.Fatalf("put aside at steps %d and %d: an item waits beside a parked worker", k, j)
			}
		}
	}
	assert.NotZero(t, inVain, "no spawn was in vain")
}

// Goal: wherever a submitter is suspended while a worker takes all items and parks, its item is
// not left next to the parked worker.
func TestSubmitterPutAsideLeavesNoItemBesideParkedWorker(t *testing.T) {
	for name, submit := range map[string]func(s *Scheduler[int]) Status{
		"TrySubmit":      func(s *Scheduler[int]) Status { return s.TrySubmit(1) },
		"Submit":         func(s *Scheduler[int]) Status { return s.Submit(1, nil) },
		"SubmitNested":   func(s *Scheduler[int]) Status { return s.SubmitNested(1) },
		"TrySubmitBatch": func(s *Scheduler[int]) Status { _, st := s.TrySubmitBatch([]int{1, 1}); return st },
		"SubmitBatch":    func(s *Scheduler[int]) Status { _, st := s.SubmitBatch([]int{1, 1, 1}, nil); return st },
		"Return":         func(s *Scheduler[int]) Status { s.Return(1, 0); return Accepted },
	} {
		for capacity := range 3 {
			for waiting := range capacity + 1 {
				left := 0
				for k := 1; k <= 60; k++ {
					s := New(Config[int]{Workers: 1, Capacity: capacity, rings: 2})
					s.workers.join()
					w := s.slots.occupy(s)
					for range waiting {
						s.TrySubmit(0)
					}
					st := Full
					interrupt(func() { st = submit(s) }, map[int]func(){k: func() {
						for _, st := w.next(); st == ringbuffer.Done; _, st = w.next() {
						}
						s.pushParked(w, false)
						if s.anyWaiting() {
							s.wakeOne(true)
						}
					}})
					if state := s.idle.load(); s.anyWaiting() && state.top() != 0 && state.searching() == 0 {
						t.Fatalf("%s, capacity %d, %d waiting, put aside at step %d: status %d, an item waits beside a parked worker", name, capacity, waiting, k, st)
					} else if state.searching() > 0 {
						left++
					}
				}
				assert.NotZero(t, left,
					"%s, capacity %d, %d waiting: the worker was never woken", name, capacity, waiting)
			}
		}
	}
}
