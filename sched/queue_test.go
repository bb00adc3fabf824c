package sched

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/ringbuffer"
)

// Goal: nested and returned items come in the source's order like any other.
//
// Method: one worker and a source from which the youngest comes first. Item 0
// submits 3 and 4 from within, and comes back once, older than what it found.
func TestSourceOrdersNestedAndReturnedItems(t *testing.T) {
	var order []int
	var ages []uint64
	var s *Scheduler[int]
	s = New(Config[int]{Workers: 1, Source: &pile{capacity: 3}, Run: func(w *Worker[int], v int) {
		order = append(order, v)
		ages = append(ages, w.Age())
		if v == 0 && len(order) == 1 {
			must(t, s.SubmitNested(3))
			must(t, s.SubmitNested(4))
			s.Return(v, w.Age())
			return
		}
		w.Settle(Completed)
	}})
	for _, v := range []int{1, 2, 0} {
		must(t, s.TrySubmit(v))
	}
	s.Start()
	s.Wait(nil)
	stop(t, s)
	assert.Equal(t, []int{0, 4, 3, 0, 2, 1}, order)
	assert.Equal(t, []uint64{3, 5, 4, 3, 2, 1}, ages)
}

// Goal: what came in beyond the bound counts against it, and Close ends it.
func TestNestedSubmitGoesBeyondTheBoundOfASource(t *testing.T) {
	s, l := watched(Config[int]{Workers: 1, Source: &pile{capacity: 2}}, 8)
	for v := range 4 {
		must(t, s.SubmitNested(v))
	}
	st := s.TrySubmit(4)
	assert.Equal(t, Full, st, "TrySubmit with 4 items in the place of 2")
	assert.Equal(t, 4, s.Queued(), "items queued")
	s.Start()
	s.Wait(nil)
	must(t, s.TrySubmit(4))
	s.Close()
	st = s.SubmitNested(5)
	assert.Equal(t, Stopped, st, "SubmitNested after Close")
	stop(t, s)
	for v := range 8 {
		l.endedOnce(t, v, v < 5)
	}
}

// Goal: items keep their ages while workers come and go.
func TestAgesSurviveAResizeStorm(t *testing.T) {
	n := times(20_000)
	ages := make([]uint64, n)
	s, l := watched(Config[int]{Workers: 4, Source: &pile{}}, n)
	run := s.cfg.Run
	s.cfg.Run = func(w *Worker[int], v int) {
		switch {
		case ages[v] == 0 && v%4 == 0:
			ages[v] = w.Age()
			s.Return(v, w.Age())
			return
		case v%4 == 0 && ages[v] != w.Age():
			t.Errorf("item %d came back at age %d with age %d", v, ages[v], w.Age())
		case w.Age() != uint64(v)+1:
			t.Errorf("item %d has age %d, want %d", v, w.Age(), v+1)
		}
		run(w, v)
	}
	s.Start()
	end := make(chan struct{})
	var storm sync.WaitGroup
	storm.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-end:
				return
			default:
				s.Resize(1 + i%4)
			}
		}
	})
	for v := range n {
		must(t, s.TrySubmit(v))
	}
	s.Wait(nil)
	close(end)
	storm.Wait()
	l.ranOnce(t)
	stop(t, s)
}

// Goal: a searching worker does not sleep on Busy, nor wake others for it.
func TestBusySourceKeepsTheSearcher(t *testing.T) {
	for _, workers := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			const rounds, busy = 20, 1000
			p := &pile{}
			s, l := watched(Config[int]{Workers: workers, Source: p}, rounds)
			s.Start()
			for v := range rounds {
				p.makeBusy(busy)
				must(t, s.TrySubmit(v))
				synctest.Wait()
				require.Equal(t, int32(1), l.runs[v].Load(), "item %d has not run", v)
			}
			// One that works and one spawned to search, who may be woken in vain.
			if most := uint64(3*rounds + 2); s.Parks() > most {
				t.Errorf("workers parked %d times for %d items, want at most %d", s.Parks(), rounds, most)
			}
			checkAtRest(t, s)
			stop(t, s)
		})
	}
}

// Goal: Halt ends workers that find the source busy.
func TestHaltMeetsBusySource(t *testing.T) {
	for range times(500) {
		p := &pile{}
		s, l := watched(Config[int]{Workers: 4, Source: p}, 4)
		s.Start()
		p.makeBusy(50)
		for v := range 4 {
			must(t, s.TrySubmit(v))
		}
		s.Close()
		halt(t, s)
		for v := range 4 {
			l.endedOnce(t, v, true)
		}
	}
}

// A reluctant source answers Busy to the first offers.
type reluctant struct {
	pile
	times int
}

func (r *reluctant) Offer(v int) ringbuffer.Status {
	if r.times > 0 {
		r.times--
		return ringbuffer.Busy
	}
	return r.pile.Offer(v)
}

// Goal: a submitter tries again where the source is busy, and says Full only when
// the source does.
func TestSubmitterWaitsOutABusySource(t *testing.T) {
	src := &reluctant{pile: pile{capacity: 2}}
	s, l := watched(Config[int]{Workers: 1, Source: src}, 3)
	src.times = 3
	must(t, s.TrySubmit(0))
	src.times = 3
	n, st := s.TrySubmitBatch([]int{1, 2})
	assert.Equal(t, 1, n)
	assert.Equal(t, Full, st)
	s.Start()
	stop(t, s)
	for v := range 3 {
		l.endedOnce(t, v, v < 2)
	}
}
