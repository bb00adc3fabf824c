//go:build model

package sched

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/ringbuffer"
)

const (
	faultRings    = 3
	faultCapacity = 4 // of each
)

// filled returns a scheduler with n items in each ring, and two workers.
func filled(n int) (s *Scheduler[int], victim, other *Worker[int]) {
	s = New(Config[int]{Workers: 2, Capacity: faultRings * faultCapacity, rings: faultRings})
	s.started.Store(true)
	for range 2 {
		s.workers.join()
	}
	victim, other = s.slots.occupy(s), s.slots.occupy(s)
	for i := range s.rings {
		for j := range n {
			s.rings[i].offer(10*i + j + 1)
		}
	}
	return s, victim, other
}

// takeAll takes what w can get.
func takeAll(w *Worker[int], taken map[int]bool) {
	for {
		v, status := w.next()
		if status != ringbuffer.Done {
			return
		}
		taken[v] = true
	}
}

// Goal: a goroutine that is stopped anywhere holds up little. A worker that takes or steals an
// item holds up that item alone, and its slot. A submitter holds up its own item and those
// behind it in the same ring, never more than one ring.
//
// Method: it is stopped before each of its steps in turn. Meanwhile another worker takes all it
// can get, and all rings are filled.
func TestWorkerStoppedInAStealHoldsUpItsItemAlone(t *testing.T) {
	held := 0
	for from := range faultRings {
		for begin := range faultRings {
			for k := 1; k <= 40; k++ {
				what := fmt.Sprintf("items in ring %d, a steal from ring %d, stopped at step %d", from, begin, k)
				s, victim, other := filled(0)
				for j := range faultCapacity {
					s.rings[from].offer(10*from + j + 1)
				}
				victim.lastIdx = begin
				victim.searching = s.startSearching()
				others, places := map[int]bool{}, 0
				var own int
				interrupt(func() {
					if v, ok := victim.search(); ok {
						own = v
						s.stopSearching()
					}
				}, map[int]func(){k: func() {
					takeAll(other, others)
					for i := range s.rings {
						for s.rings[i].offer(100) == ringbuffer.Done {
							places++
						}
					}
				}})
				if missing := faultCapacity - len(others); places > 0 && missing > 1 {
					t.Errorf("%s: the other worker got %d of %d items", what, len(others), faultCapacity)
				} else if places > 0 && missing == 1 {
					held++
					if assert.NotZero(t, own, "%s: the item is nobody's", what) {
						assert.False(t, others[own], "%s: the item is nobody's", what)
					}
				}
				if least := faultRings*faultCapacity - faultCapacity; places > 0 && places < least {
					t.Errorf("%s: %d places are left, want %d at least", what, places, least)
				}
			}
		}
	}
	assert.NotZero(t, held, "no item was held up")
}

func TestSubmitterStoppedHoldsUpAtMostItsRing(t *testing.T) {
	const own = 99
	most := 0
	for begin := range faultRings {
		for n := range faultCapacity {
			for k := 1; k <= 40; k++ {
				what := fmt.Sprintf("%d items in each ring, the submitter stopped at step %d, others begin at ring %d", n, k, begin)
				s, _, other := filled(n)
				other.lastIdx = begin
				in, taken := faultRings*n, map[int]bool{}
				claimed, stopped := false, false
				interrupt(func() { s.TrySubmit(own) }, map[int]func(){k: func() {
					stopped = true
					claimed = s.Queued() > in
					for i := range s.rings {
						for s.rings[i].offer(1000+in) == ringbuffer.Done {
							in++
						}
					}
					takeAll(other, taken)
				}})
				if !stopped {
					break
				}
				bound := 0
				if claimed {
					bound = faultCapacity - 1
				}
				late := map[int]bool{}
				takeAll(other, late)
				if late[own] {
					delete(late, own)
				} else {
					delete(taken, own)
				}
				assert.LessOrEqual(t, len(late), bound,
					"%s: items of others were held up, want %d at most", what, bound)
				if len(taken)+len(late) != in || s.Queued() != 0 {
					t.Errorf("%s: %d items and %d later, want %d in all; %d are left", what, len(taken), len(late), in, s.Queued())
				}
				most = max(most, len(late))
			}
		}
	}
	assert.Equal(t, faultCapacity-1, most, "at most %d items were held up: the bound was not reached", most)
}
