package sched

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// held returns a started scheduler with one worker, at item 0, and a full queue of the items
// 1 to capacity. Each item runs until something is sent on step.
func held(t *testing.T, cfg Config[int], n int) (s *Scheduler[int], l *ledger, step chan struct{}) {
	step = make(chan struct{})
	cfg.Workers = 1
	cfg.Run = func(*Worker[int], int) { <-step }
	s, l = watched(cfg, n)
	s.Start()
	must(t, s.Submit(0, nil))
	synctest.Wait() // the worker has it
	for v := range cfg.Capacity {
		must(t, s.TrySubmit(1+v))
	}
	return s, l, step
}

// Goal: a worker takes an item, which makes room, and that item runs long: the submitter
// blocked on the full queue goes in at once. Only one does, since there is one slot.
func TestBlockedSubmitterGoesInBesideLongItem(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		synctest.Test(t, func(t *testing.T) {
			const n = 10
			s, l, step := held(t, with(Config[int]{Capacity: 1}), n)
			var in atomic.Int32
			for v := 2; v < n; v++ {
				go func() {
					must(t, s.Submit(v, nil))
					in.Add(1)
				}()
			}
			for i := range n - 1 {
				synctest.Wait()
				assert.Equal(t, min(i, n-2), int(in.Load()), "blocked submitters went in after %d items", i)
				step <- struct{}{}
			}
			step <- struct{}{}
			s.Wait(nil)
			l.ranOnce(t)
			checkAtRest(t, s)
			stop(t, s)
		})
	})
}

// Goal: blocked submitters go in in the order in which they came.
func TestBlockedSubmittersGoInInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 20
		var order []int
		release := make(chan struct{})
		s, _ := watched(Config[int]{Workers: 1, Capacity: 1, Run: func(_ *Worker[int], v int) {
			<-release
			order = append(order, v)
			synctest.Wait() // who goes in does so before the next one is taken
		}}, n)
		s.Start()
		for v := range n {
			go func() { must(t, s.Submit(v, nil)) }()
			synctest.Wait()
		}
		close(release)
		s.Wait(nil)
		assert.Len(t, order, n, "items ran in the order")
		assert.True(t, slices.IsSorted(order), "items ran in the order")
		stop(t, s)
	})
}

// Goal: Close refuses blocked submitters while the item they wait for still runs (ants#141).
func TestCloseWakesBlockedSubmitters(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		synctest.Test(t, func(t *testing.T) {
			const blocked = 100
			s, l, step := held(t, with(Config[int]{Capacity: 2}), 3)
			answers := make(chan Status)
			for range blocked {
				go func() { answers <- s.Submit(-1, nil) }()
			}
			synctest.Wait()
			s.Close()
			for range blocked {
				st := <-answers
				assert.Equal(t, Stopped, st, "the answer to a blocked submitter")
			}
			assert.Equal(t, 1, s.Active(), "items run")
			close(step)
			stop(t, s)
			l.ranOnce(t)
		})
	})
}

// Goal: a submitter that gives up gets no slot, costs none and is forgotten (failsafe#393).
func TestAbandonedSubmittersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const capacity = 3
		s, l, step := held(t, Config[int]{Capacity: capacity}, 2*capacity+2)
		stays := make(chan struct{})
		go func() { must(t, s.Submit(capacity+1, nil)); close(stays) }()
		synctest.Wait()
		var all sync.WaitGroup
		for range 10 {
			done := make(chan struct{})
			for range times(20_000) / 10 {
				all.Go(func() {
					if st := s.Submit(-1, done); st != Abandoned {
						t.Errorf("Submit = %d, want Abandoned", st)
					}
				})
			}
			synctest.Wait()
			close(done)
			all.Wait()
		}
		for range 20 { // one by one, too
			done := make(chan struct{})
			close(done)
			assert.Equal(t, Abandoned, s.Submit(-1, done))
		}
		synctest.Wait()
		assert.LessOrEqual(t, s.blocked.queue.len, 3, "submitters are remembered, 1 waits")
		close(step)
		<-stays
		s.Wait(nil)
		for v := capacity + 2; v < 2*capacity+2; v++ { // the full capacity remains
			must(t, s.TrySubmit(v))
		}
		s.Wait(nil)
		l.ranOnce(t)
		checkAtRest(t, s)
		stop(t, s)
	})
}

// Goal: submitters that give up while they are let in are either abandoned or accepted, and the
// slot is not lost.
func TestAbandonedOrLetIn(t *testing.T) {
	const submitters = 8
	each := times(5000)
	n := submitters * each
	s, l := watched(Config[int]{Workers: 2, Capacity: 2}, n)
	s.Start()
	accepted := make([]bool, n)
	var abandoned atomic.Int32
	var all sync.WaitGroup
	for i := range submitters {
		all.Go(func() {
			for v := i * each; v < (i+1)*each; v++ {
				done := make(chan struct{})
				go close(done)
				switch st := s.Submit(v, done); st {
				case Accepted:
					accepted[v] = true
				case Abandoned:
					abandoned.Add(1)
				default:
					t.Errorf("Submit = %d", st)
				}
			}
		})
	}
	all.Wait()
	stop(t, s)
	for v := range n {
		l.endedOnce(t, v, accepted[v])
	}
	assert.NotZero(t, abandoned.Load(), "nobody gave up")
}

// Goal: the slot freed by Evict lets a blocked submitter in.
func TestEvictLetsBlockedSubmitterIn(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		synctest.Test(t, func(t *testing.T) {
			s, l, step := held(t, with(Config[int]{Capacity: 1}), 3)
			in := make(chan struct{})
			go func() { must(t, s.Submit(2, nil)); close(in) }()
			synctest.Wait()
			v, ok := s.Evict()
			assert.True(t, ok)
			assert.Equal(t, 1, v)
			<-in
			s.Settle(Dropped)
			close(step)
			stop(t, s)
			l.endedOnce(t, 1, false)
			l.endedOnce(t, 2, true)
		})
	})
}

// list returns the submitters in q, first to last.
func (q *submitterQueue) list() (all []*submitter) {
	for b := q.first; b != nil; b = b.next {
		all = append(all, b)
	}
	return all
}

// stacked links submitters as they join: the last on top.
func stacked(bs ...*submitter) (top *submitter) {
	for _, b := range bs {
		b.next, top = top, b
	}
	return top
}

func TestSubmitterQueueOrder(t *testing.T) {
	a, b, c, d := &submitter{}, &submitter{}, &submitter{}, &submitter{}
	var q submitterQueue
	q.add(nil)
	q.add(stacked(a, b))
	q.add(stacked(c))
	if got := q.list(); !slices.Equal(got, []*submitter{a, b, c}) || q.len != 3 {
		t.Errorf("a, b, then c: %v, len %d", got, q.len)
	}
	first := q.pop()
	if assert.Same(t, a, first, "the first is linked to nobody") {
		assert.Nil(t, first.next, "the first is linked to nobody")
	}
	first.again = true
	q.add(stacked(d, first))
	if got := q.list(); !slices.Equal(got, []*submitter{a, b, c, d}) {
		t.Errorf("a woken in vain and d new: %v", got)
	}
	b.state.Store(abandoned)
	d.state.Store(abandoned)
	if n := q.removeAbandoned(); n != 2 || q.len != 2 || q.last != c || !slices.Equal(q.list(), []*submitter{a, c}) {
		t.Errorf("b and d gone: %d removed, %v left, len %d", n, q.list(), q.len)
	}
	q.pop()
	q.pop()
	q.add(stacked(d))
	if q.first != d || q.last != d || q.len != 1 {
		t.Errorf("d after all had left: %v", q.list())
	}
}
