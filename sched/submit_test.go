package sched

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Goal: with all workers busy exactly Capacity items are accepted, over any number of rings,
// and by any number of concurrent submitters.
func TestCapacityIsExact(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		for _, capacity := range []int{1, 2, 3, 5, 7, 1000} {
			for _, rings := range []int{1, 2, 3, 8} {
				for range 3 {
					n := capacity + 16
					s, l := watched(with(Config[int]{Workers: 8, Capacity: capacity, rings: rings}), n)
					accepted := make([]bool, n)
					var count atomic.Int32
					var all sync.WaitGroup
					for i := range 4 {
						all.Go(func() {
							for v := i; v < n; v += 4 {
								switch st := s.TrySubmit(v); st {
								case Accepted:
									accepted[v] = true
									count.Add(1)
								case Full:
								default:
									t.Errorf("TrySubmit = %d", st)
								}
							}
						})
					}
					all.Wait()
					got := int(count.Load())
					assert.Equal(t, capacity, got, "capacity %d, %d rings", capacity, rings)
					assert.Equal(t, capacity, s.Queued(), "capacity %d, %d rings", capacity, rings)
					s.Start()
					stop(t, s)
					for v := range n {
						l.endedOnce(t, v, accepted[v])
					}
				}
			}
		}
	})
}

// Goal: after overload and drain there is room for exactly as much again.
func TestRoomComesBack(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		const capacity, rounds = 5, 20
		s, l := watched(with(Config[int]{Workers: 2, Capacity: capacity, rings: 2}), capacity*rounds)
		s.Start()
		for round := range rounds {
			for v := range capacity {
				must(t, s.TrySubmit(round*capacity+v))
			}
			s.Wait(nil)
		}
		l.ranOnce(t)
		stop(t, s)
	})
}

// Goal: one worker runs items in the order in which they were accepted, both single ones and
// batches.
func TestOneWorkerIsFirstInFirstOut(t *testing.T) {
	for _, capacity := range []int{0, 1, 7, 1024} {
		const submitters = 3
		each := times(5000)
		last := make([]int, submitters)
		for i := range last {
			last[i] = -1
		}
		s := New(Config[int]{Workers: 1, Capacity: capacity, Run: func(w *Worker[int], v int) {
			i, j := v/each, v%each
			if j != last[i]+1 {
				t.Errorf("submitter %d: item %d ran after %d", i, j, last[i])
			}
			last[i] = j
			w.Settle(Completed)
		}})
		s.Start()
		var all sync.WaitGroup
		for i := range submitters {
			all.Go(func() {
				for j := 0; j < each; {
					batch := make([]int, min(1+j%5, each-j))
					for k := range batch {
						batch[k] = i*each + j + k
					}
					if i == 0 {
						must(t, s.Submit(batch[0], nil))
						j++
						continue
					}
					n, st := s.SubmitBatch(batch, nil)
					must(t, st)
					j += n
				}
			})
		}
		all.Wait()
		s.Wait(nil)
		for i, j := range last {
			assert.Equal(t, each-1, j, "capacity %d: submitter %d: item %d ran last", capacity, i, j)
		}
		stop(t, s)
	}
}

// Goal: of a batch the first n are accepted, n is returned, and exactly those run.
func TestTrySubmitBatchSaysHowFarItCame(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		for _, rings := range []int{1, 2, 3} {
			for _, size := range []int{0, 1, 4, 5, 6, 20} {
				const capacity = 5
				s, l := watched(with(Config[int]{Workers: 3, Capacity: capacity, rings: rings}), size)
				batch := make([]int, size)
				for v := range batch {
					batch[v] = v
				}
				n, st := s.TrySubmitBatch(batch)
				wantN, want := size, Accepted
				if size > capacity {
					wantN, want = capacity, Full
				}
				assert.Equal(t, wantN, n, "%d rings: a batch of %d", rings, size)
				assert.Equal(t, want, st, "%d rings: a batch of %d", rings, size)
				s.Close()
				if m, st := s.TrySubmitBatch(batch[n:]); m != 0 || st != Stopped && n < size {
					t.Errorf("after Close: %d of a batch accepted, status %d", m, st)
				}
				s.Start()
				stop(t, s)
				for v := range batch {
					l.endedOnce(t, v, v < n)
				}
			}
		}
	})
}

// Goal: a batch larger than the queue goes in as room is made, in order. Close or a closed done
// cuts it, and what was accepted runs.
func TestSubmitBatchWaitsForRoom(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		for _, end := range []string{"room", "close", "done"} {
			t.Run(end, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const size = 20
					s, l, step := held(t, with(Config[int]{Capacity: 2}), 3+size)
					batch := make([]int, size)
					for i := range batch {
						batch[i] = 3 + i
					}
					done := make(chan struct{})
					var n int
					var st Status
					go func() { n, st = s.SubmitBatch(batch, done) }()
					step <- struct{}{}
					step <- struct{}{}
					synctest.Wait()
					wantN, want := 2, Accepted
					switch end {
					case "room":
						wantN = size
					case "close":
						s.Close()
						want = Stopped
					case "done":
						close(done)
						want = Abandoned
					}
					synctest.Wait()
					close(step)
					s.Wait(nil)
					synctest.Wait()
					assert.Equal(t, wantN, n)
					assert.Equal(t, want, st)
					stop(t, s)
					for i, v := range batch {
						l.endedOnce(t, v, i < n)
					}
				})
			})
		}
	})
}

// Goal: a nested submit never waits for room, and no item in the overflow queue is lost.
func TestNestedSubmitFindsRoomAlways(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		n := times(5000)
		var s *Scheduler[int]
		var l *ledger
		s, l = watched(with(Config[int]{Workers: 1, Capacity: 1, Run: func(_ *Worker[int], v int) {
			if v == 0 {
				for u := 1; u < n; u++ {
					must(t, s.SubmitNested(u))
				}
			}
		}}), n)
		s.Start()
		must(t, s.Submit(0, nil))
		s.Wait(nil)
		l.ranOnce(t)
		stop(t, s)
	})
}

// Goal: Evict takes the oldest item and leaves the others; nothing from an empty
// queue.
func TestEvictTakesTheOldest(t *testing.T) {
	s, l := watched(Config[int]{Workers: 1, Capacity: 3}, 4)
	v, ok := s.Evict()
	assert.False(t, ok, "Evict took %d from an empty queue", v)
	var evicted []int
	for v := range 4 {
		for s.TrySubmit(v) == Full {
			oldest, ok := s.Evict()
			require.True(t, ok, "Evict found nothing in a full queue")
			evicted = append(evicted, oldest)
			s.Settle(Dropped)
		}
	}
	assert.Equal(t, []int{0}, evicted)
	s.Start()
	stop(t, s)
	for v := range 4 {
		l.endedOnce(t, v, v != 0)
	}
}

// Goal: a submitter stays with the ring that took its last item until that is full, even if
// there is room again in the one before.
func TestSubmitterStaysWithItsRing(t *testing.T) {
	s := New(Config[int]{Workers: 2, rings: 2, Capacity: 8})
	lens := func() [2]int { return [2]int{s.rings[0].Len(), s.rings[1].Len()} }
	submit := func(n int) {
		for range n {
			require.Equal(t, Accepted, s.TrySubmit(1))
		}
	}
	submit(4)
	first := 0
	if lens()[1] != 0 {
		first = 1
	}
	l := lens()
	require.Equal(t, 4, l[first], "four items are in rings of %v", l)
	require.Zero(t, l[1-first], "four items are in rings of %v", l)
	submit(1)
	s.rings[first].poll()
	submit(3)
	if l := lens(); l[first] != 3 || l[1-first] != 4 {
		t.Errorf("the rings hold %v, and the second of them was in use", l)
	}
	submit(1)
	st := s.TrySubmit(1)
	assert.Equal(t, Full, st, "TrySubmit with both rings full")
}
