//go:build model

package sched

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Goal: a submitter suspended at any step, while the scheduler is closed, halted and joined, is
// refused, or its item was discarded in time.
func TestSubmitterPutAsideWhileStopping(t *testing.T) {
	for name, submit := range map[string]func(s *Scheduler[int]) Status{
		"TrySubmit":      func(s *Scheduler[int]) Status { return s.TrySubmit(1) },
		"SubmitNested":   func(s *Scheduler[int]) Status { return s.SubmitNested(1) },
		"TrySubmitBatch": func(s *Scheduler[int]) Status { _, st := s.TrySubmitBatch([]int{1}); return st },
		"Enter": func(s *Scheduler[int]) Status {
			if !s.AcceptInline() {
				return Stopped
			}
			s.Return(1, 0)
			return Accepted
		},
	} {
		for capacity := range 3 {
			for waiting := range capacity + 1 {
				met := map[Status]int{}
				for k := 1; k <= 60; k++ {
					s, l := watched(Config[int]{Workers: 1, Capacity: capacity, rings: 2}, 2)
					for range waiting {
						s.TrySubmit(0)
					}
					before, early := Stopped, false
					st := Full
					claimed := func() bool { return s.Queued() > waiting && l.discards[1].Load() == 0 }
					interrupt(func() { st = submit(s) }, map[int]func(){k: func() {
						if claimed() {
							early = true // and perhaps not published: Halt would wait for it
							return
						}
						s.Close()
						s.Halt()
						s.Join(nil)
						before = s.TrySubmit(0)
					}})
					met[st]++
					if early {
						continue
					}
					assert.Equal(t, Stopped, before, "%s: TrySubmit after Close", name)
					if got := int(l.discards[1].Load()); (st == Accepted) != (got == 1) && s.Closed() {
						t.Errorf("%s, capacity %d, %d waiting, put aside at step %d: status %d, discarded %d times", name, capacity, waiting, k, st, got)
					}
				}
				if met[Accepted] == 0 && (name != "TrySubmit" && name != "TrySubmitBatch" || waiting < capacity) {
					t.Errorf("%s, capacity %d, %d waiting: never accepted, %v", name, capacity, waiting, met)
				}
			}
		}
	}
}
