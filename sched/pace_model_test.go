//go:build model

package sched

import (
	"testing"
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A ration is a Pacer whose steps the explorer sees.
type ration struct {
	permits atomics.Uint32
	again   time.Duration // what Take says when there is none
}

func (r *ration) Take(any) time.Duration {
	for {
		n := r.permits.Load()
		if n == 0 {
			return r.again
		}
		if r.permits.CompareAndSwap(n, n-1) {
			return 0
		}
	}
}

func (r *ration) GiveBack(any) { r.permits.Add(1) }

// Goal: permits go from item to item, though no timer ever fires: an item that ends
// gives its own back and says so; evicted items leave theirs to the next; workers
// come and go. None is lost, and no item starts without.
func TestExplorePermitsGoFromItemToItem(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		const items = 6
		p := &ration{again: never}
		permits := 1 + e.Choose(2)
		p.permits.Store(uint32(permits))
		running := 0
		var s *Scheduler[int]
		s = New(perhapsShelf(e, Config[int]{Workers: 1 + e.Choose(3), Capacity: items, Rings: 1 + e.Choose(2), Pacer: p, Run: func(w *Worker[int], v int) {
			if running++; running > permits {
				e.fail("%d items run on %d permits", running, permits)
			}
			threads.Pause()
			running--
			p.GiveBack(nil)
			s.Hurry()
			w.Settle(Completed)
		}}))
		s.searchTurns = e.Choose(2)
		s.maxSearching = 1 + e.Choose(2)
		s.Start()
		left := 2
		e.spawn("evicter", func() {
			for range 3 {
				if _, ok := s.Evict(); ok {
					s.Settle(Dropped)
				}
			}
			left--
		})
		e.spawn("resizer", func() { s.Resize(1 + e.Choose(3)); left-- })
		for v := range items {
			s.TrySubmit(v)
		}
		s.Wait(nil)
		for left > 0 {
			threads.Pause()
		}
		if got := int(p.permits.Load()); got > permits {
			e.fail("%d permits, there were %d", got, permits)
		}
		finish(s)
		if got := int(p.permits.Load()); got != permits {
			e.fail("%d permits, there were %d", got, permits)
		}
		return s
	})
}

// Goal: a burst of permits reaches as many workers: an item that waits inside Run
// for another one does not keep that one from its permit.
func TestExplorePermitsReachItemsThatMeet(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		p := &ration{again: time.Second}
		if e.Choose(2) == 0 {
			p.again = never
		}
		s := pacedPair(e, 2, p)
		for round := range uint64(2) {
			e.spawn("submitter", func() { s.TrySubmit(0) })
			e.spawn("submitter", func() { s.TrySubmit(1) })
			e.spawn("giver", func() {
				for range 2 {
					p.GiveBack(nil)
					if p.again == never {
						s.Hurry()
					}
				}
			})
			for s.Accepted() < 2*round+2 {
				threads.Pause()
			}
			s.Wait(nil)
		}
		return finish(s)
	})
}

// Goal: Halt meets items that wait for permits, and leaves no timer.
func TestExploreHaltWaitsForNoPermit(t *testing.T) {
	exploreSeeds(t, func(e *explorer) *Scheduler[int] {
		const items = 4
		p := &ration{again: never}
		p.permits.Store(uint32(e.Choose(3)))
		var ends [items]int
		s := New(perhapsShelf(e, Config[int]{Workers: 1 + e.Choose(2), Capacity: items, Pacer: p}))
		s.cfg.Run = func(w *Worker[int], v int) { ends[v]++; w.Settle(Completed) }
		s.cfg.Discard = func(v int) { ends[v]++; s.Settle(Dropped) }
		s.maxSearching = 1 + e.Choose(2)
		s.Start()
		left := 2
		e.spawn("resizer", func() { s.Resize(1 + e.Choose(3)); left-- })
		e.spawn("giver", func() { p.GiveBack(nil); s.Hurry(); left-- })
		for v := range items {
			s.TrySubmit(v)
		}
		s.Close()
		s.Halt()
		s.Join(nil)
		if s.pace.wait.Load() != nil {
			e.fail("a timer is set after Join")
		}
		for left > 0 {
			threads.Pause()
		}
		if ends != [items]int{1, 1, 1, 1} {
			e.fail("ends %v", ends)
		}
		return s
	})
}

// Goal: Join says so only when no timer is left, wherever Halt was put aside.
//
// Method: one worker, which set the timer, and leaves as soon as it may.
func TestHaltPutAsideHidesNoTimer(t *testing.T) {
	for k := 1; k <= 30; k++ {
		s, workers := crewOf(1)
		s.cfg.Pacer = &ration{again: time.Hour}
		s.TrySubmit(1)
		w := workers[0]
		w.searching = s.startSearching()
		w.search()
		s.Close()
		interrupt(s.Halt, map[int]func(){k: func() {
			if s.crew.leaveIfOver() && s.isGone() && s.pace.wait.Load() != nil {
				t.Errorf("put aside at step %d: all is said to be gone, and a timer is set", k)
			}
		}})
		if s.pace.wait.Load() != nil {
			t.Fatalf("put aside at step %d: a timer is left after Halt", k)
		}
	}
}
