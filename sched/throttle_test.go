package sched

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A metronome is a Pacer: a permit each beat, and a burst of them after a pause.
type metronome struct {
	beat  time.Duration
	burst int

	mu    sync.Mutex
	next  time.Time // when the next permit is due, had none of the burst been saved
	taken int       // permits not given back
	asked int
}

func (m *metronome) Take(any) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	now := time.Now()
	if earliest := now.Add(-time.Duration(m.burst-1) * m.beat); m.next.Before(earliest) {
		m.next = earliest
	}
	if wait := m.next.Sub(now); wait > 0 {
		return wait
	}
	m.next = m.next.Add(m.beat)
	m.taken++
	return 0
}

func (m *metronome) GiveBack(any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = m.next.Add(-m.beat)
	m.taken--
}

func (m *metronome) counts() (taken, asked int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.taken, m.asked
}

// A purse is a Pacer with a number of permits and no clock.
type purse struct {
	permits atomic.Int64
	again   time.Duration // what Take says when it is empty
}

func (p *purse) Take(any) time.Duration {
	for {
		n := p.permits.Load()
		if n <= 0 {
			return p.again
		}
		if p.permits.CompareAndSwap(n, n-1) {
			return 0
		}
	}
}

func (p *purse) GiveBack(any) { p.permits.Add(1) }

// never is longer than any test waits.
const never = 1000 * time.Hour

// Goal: each item starts at the instant its permit is there, whatever the number
// of workers, and whether items before it have ended: a burst reaches as many
// workers as it has permits.
//
// Method: no item ends before the last has started. The bubble's clock is exact.
func TestItemsStartAtTheBeat(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		for _, burst := range []int{1, 2, 7, 100} {
			for _, workers := range []int{100, 1000} {
				synctest.Test(t, func(t *testing.T) {
					const n, beat = 100, time.Millisecond
					m := &metronome{beat: beat, burst: burst}
					begin := time.Now()
					var started []time.Duration
					var mu sync.Mutex
					release := make(chan struct{})
					s := New(with(Config[int]{Workers: workers, Capacity: n, Pacer: m, Run: func(w *Worker[int], _ int) {
						mu.Lock()
						started = append(started, time.Since(begin))
						mu.Unlock()
						<-release
						w.Settle(Completed)
					}}))
					s.Start()
					for v := range n {
						must(t, s.TrySubmit(v))
					}
					time.Sleep(n * beat)
					synctest.Wait()
					close(release)
					for i, at := range started {
						require.Equal(t, max(time.Duration(i-burst+1), 0)*beat, at,
							"burst %d, %d workers: start %d is at %v", burst, workers, i, at)
					}
					assert.Len(t, started, n, "items started")
					got, want := s.Throttled(), uint64(n-burst)
					assert.Equal(t, want, got, "throttled %d times", got)
					s.Wait(nil)
					checkAtRest(t, s)
					stop(t, s)
				})
			}
		}
	})
}

// Goal: waiting for permits costs next to nothing: no worker but the one to start
// next is woken, however many there are and however many items wait.
//
// Method: a thousand workers that have all been at items once. Then a thousand
// items at a permit each millisecond.
func TestThrottledWorkersSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		m := &metronome{beat: time.Millisecond, burst: n}
		var meet sync.WaitGroup
		meet.Add(n)
		s, l := watched(Config[int]{Workers: n, Capacity: n, IdleTimeout: time.Hour, Pacer: m, Run: func(_ *Worker[int], v int) {
			if v < n {
				meet.Done()
				meet.Wait()
			}
		}}, 2*n)
		s.Start()
		for v := range n {
			must(t, s.TrySubmit(v))
		}
		s.Wait(nil)
		checkAtRest(t, s)
		require.Equal(t, n, s.Alive(), "workers alive")
		parks := s.Parks()
		_, asked := m.counts()
		for v := n; v < 2*n; v++ {
			must(t, s.TrySubmit(v))
		}
		s.Wait(nil)
		checkAtRest(t, s)
		got := s.Parks() - parks
		assert.LessOrEqual(t, got, uint64(4*n), "workers parked %d times for %d items", got, n)
		_, now := m.counts()
		assert.LessOrEqual(t, now-asked, 4*n, "permits were asked for %d times for %d items", now-asked, n)
		l.ranOnce(t)
		stop(t, s)
	})
}

// Goal: no permit is taken or asked for where there is no item.
func TestNoPermitIsTakenInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &metronome{beat: time.Second, burst: 1}
		s, l := watched(Config[int]{Workers: 4, Capacity: 4, Pacer: m}, 1)
		s.Start()
		synctest.Wait()
		if taken, asked := m.counts(); taken != 0 || asked != 0 {
			t.Errorf("%d permits taken, %d asked for, before any item", taken, asked)
		}
		must(t, s.TrySubmit(0))
		s.Wait(nil)
		checkAtRest(t, s)
		taken, asked := m.counts()
		assert.Equal(t, 1, taken, "%d permits taken, %d asked for, for one item", taken, asked)
		assert.Equal(t, 1, asked, "%d permits taken, %d asked for, for one item", taken, asked)
		l.ranOnce(t)
		stop(t, s)
	})
}

// Goal: a permit whose item is gone when the worker comes for it goes back, and to
// who was denied meanwhile.
//
// Method: Take itself evicts the item it is asked for, once.
func TestPermitWithoutItemGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *Scheduler[int]
		p := &thief{purse: purse{again: never}}
		p.permits.Store(2)
		s, l := watched(Config[int]{Workers: 2, Capacity: 2, rings: 1, Pacer: p}, 3)
		p.steal = func() {
			if v, ok := s.Evict(); ok {
				l.discards[v].Add(1)
				s.Settle(Dropped)
			}
		}
		s.Start()
		must(t, s.TrySubmit(0))
		s.Wait(nil)
		synctest.Wait()
		assert.Equal(t, int64(2), p.permits.Load(), "permits, of 2 at the beginning")
		must(t, s.TrySubmit(1))
		must(t, s.TrySubmit(2))
		s.Wait(nil)
		checkAtRest(t, s)
		assert.Zero(t, p.permits.Load(), "permits left")
		stop(t, s)
		for v := range 3 {
			l.endedOnce(t, v, true)
		}
	})
}

type thief struct {
	purse
	steal func()
	done  bool
}

func (p *thief) Take(any) time.Duration {
	wait := p.purse.Take(nil)
	if wait == 0 && !p.done {
		p.done = true
		p.steal()
	}
	return wait
}

// Goal: a worker found one too many with a permit in hand gives it back, and who
// was denied meanwhile has it.
func TestLeavingWorkerGivesBackItsPermit(t *testing.T) {
	p := &thief{purse: purse{again: never}}
	p.permits.Store(1)
	s := New(Config[int]{Workers: 2, Capacity: 2, Pacer: p})
	s.workers.join()
	s.workers.join()
	w, other := s.slots.occupy(s), s.slots.occupy(s)
	must(t, s.TrySubmit(0))
	p.steal = func() { other.next() }
	w.take()
	require.True(t, w.permit.held, "holds a permit")
	require.Zero(t, p.permits.Load(), "holds a permit")
	must(t, s.TrySubmit(1))
	other.searching = s.startSearching()
	other.search()
	if s.throttle.wait.Load() == nil || other.searching {
		t.Fatal("a searcher that was denied did not set the timer")
	}
	s.pushParked(other, false)
	s.workers.resize(1)
	s.raiseExcess()
	_, ok := w.find(false)
	require.False(t, ok, "one too many goes")
	require.True(t, w.leaving, "one too many goes")
	assert.Equal(t, int64(1), p.permits.Load())
	st := s.idle.load()
	assert.Zero(t, st.top(), "who was denied was not woken")
	assert.Equal(t, 1, st.searching(), "who was denied was not woken")
	assert.Nil(t, s.throttle.wait.Load(), "who was denied was not woken")
}

// Goal: permits that come sooner than was said are used at once after PermitsChanged.
func TestPermitsChangedEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10
		p := &purse{again: never}
		begin := time.Now()
		s, l := watched(Config[int]{Workers: n, Capacity: n, Pacer: p}, n)
		s.Start()
		for v := range n {
			must(t, s.TrySubmit(v))
		}
		synctest.Wait()
		for i := range n {
			p.permits.Add(1)
			s.PermitsChanged()
			synctest.Wait()
			assert.Equal(t, uint64(i)+1, s.Settled().Sum(), "items ran on %d permits", i+1)
		}
		l.ranOnce(t)
		checkAtRest(t, s)
		assert.Zero(t, time.Since(begin))
		stop(t, s)
	})
}

// Goal: Halt waits for no permit, and leaves no timer.
func TestHaltWaitsForNoPermit(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		synctest.Test(t, func(t *testing.T) {
			const n = 5
			begin := time.Now()
			s, l := watched(with(Config[int]{Workers: 3, Capacity: n, Pacer: &purse{again: never}}), n)
			s.Start()
			for v := range n {
				must(t, s.TrySubmit(v))
			}
			synctest.Wait()
			if s.Throttled() != 1 {
				t.Errorf("throttled %d times, want once", s.Throttled())
			}
			s.Close()
			halt(t, s)
			for v := range n {
				l.endedOnce(t, v, true)
			}
			assert.Zero(t, time.Since(begin))
		})
	})
}

// Goal: Close lets what was accepted run, at the beat.
func TestClosedSchedulerKeepsTheBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 5
		begin := time.Now()
		s, l := watched(Config[int]{Workers: 3, Capacity: n, Pacer: &metronome{beat: time.Second, burst: 1}}, n)
		s.Start()
		for v := range n {
			must(t, s.TrySubmit(v))
		}
		stop(t, s)
		l.ranOnce(t)
		assert.Equal(t, (n-1)*time.Second, time.Since(begin))
	})
}

// Goal: idle workers leave while items wait for permits, and one stays.
func TestReaperMeetsThrottledWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10
		m := &metronome{beat: time.Minute, burst: n}
		var meet sync.WaitGroup
		meet.Add(n)
		s, l := watched(Config[int]{Workers: n, Capacity: n, rings: 1, IdleTimeout: time.Second, Pacer: m, Run: func(_ *Worker[int], v int) {
			if v < n {
				meet.Done()
				meet.Wait()
			}
		}}, 2*n)
		s.Start()
		for v := range 2 * n {
			must(t, s.Submit(v, nil))
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.Equal(t, 1, s.Alive(), "workers alive that wait for a permit")
		s.Wait(nil)
		l.ranOnce(t)
		time.Sleep(10 * time.Second)
		checkAtRest(t, s)
		stop(t, s)
	})
}

// Goal: items that crash use one permit each, and cost no other.
func TestCrashUsesOnePermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 40
		p := &purse{again: never}
		p.permits.Store(n)
		s, l := watched(Config[int]{
			Workers: 3, Capacity: n, Pacer: p,
			Run:     func(_ *Worker[int], v int) { exitKind(v % 4).leave() },
			Crashed: func(w *Worker[int], _ int, _ any) { w.Settle(Failed) },
		}, n)
		s.Start()
		for v := range n {
			must(t, s.TrySubmit(v))
		}
		s.Wait(nil)
		l.ranOnce(t)
		assert.Zero(t, p.permits.Load(), "permits left")
		stop(t, s)
	})
}

// A grudge is a Pacer that refuses at random. It counts what it gave.
type grudge struct {
	given atomic.Int64
	again time.Duration
}

func (g *grudge) Take(any) time.Duration {
	if rand.IntN(3) == 0 {
		return time.Duration(rand.Int64N(int64(g.again))) + 1
	}
	g.given.Add(1)
	return 0
}

func (g *grudge) GiveBack(any) { g.given.Add(-1) }

// Goal: no item starts without a permit, no permit is lost and no item waits for
// ever, with workers that come and go and items submitted on all ways.
func TestPermitsAddUp(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		for range times(50) {
			const submitters, each = 4, 50
			g := &grudge{again: 50 * time.Microsecond}
			s, l := watched(with(Config[int]{Workers: 4, Capacity: 4, Pacer: g, IdleTimeout: time.Millisecond, Run: func(*Worker[int], int) {
				runtime.Gosched()
			}}), submitters*each)
			s.Start()
			end := make(chan struct{})
			var storm, all sync.WaitGroup
			storm.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-end:
						return
					default:
						s.Resize(1 + i%4)
						s.PermitsChanged()
						runtime.Gosched()
					}
				}
			})
			for i := range submitters {
				all.Go(func() {
					for v := i * each; v < (i+1)*each; v++ {
						if v%3 == 0 {
							must(t, s.SubmitNested(v))
						} else {
							must(t, s.Submit(v, nil))
						}
					}
				})
			}
			all.Wait()
			s.Wait(nil)
			close(end)
			storm.Wait()
			l.ranOnce(t)
			stop(t, s)
			require.Equal(t, int64(submitters*each), g.given.Load(), "permits used for %d items", submitters*each)
		}
	})
}

// Goal: as many run at a time as there are permits, where each item that ends gives
// its permit to the next: nothing is left waiting for a time that never comes.
func TestPermitsGoFromItemToItem(t *testing.T) {
	const permits = 3
	n := times(20_000)
	p := &purse{again: never}
	p.permits.Store(permits)
	var running atomic.Int32
	var s *Scheduler[int]
	s, l := watched(Config[int]{Workers: 8, Capacity: 16, Pacer: p, Run: func(_ *Worker[int], v int) {
		if got := running.Add(1); got > permits {
			t.Errorf("%d items run on %d permits", got, permits)
		}
		if v%8 == 0 {
			runtime.Gosched()
		}
		running.Add(-1)
		p.GiveBack(nil)
		s.PermitsChanged()
	}}, n)
	s.Start()
	for v := range n {
		must(t, s.Submit(v, nil))
	}
	s.Wait(nil)
	l.ranOnce(t)
	stop(t, s)
	assert.Equal(t, int64(permits), p.permits.Load(), "permits at the end")
}
