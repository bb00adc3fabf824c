package sched

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/ringbuffer"
)

// times returns how often a stress test repeats what it repeats n times at full
// length: less with -short, and where invariants are checked, which is slow.
func times(n int) int {
	if invariant.Enabled {
		n /= 5
	}
	if testing.Short() {
		n /= 5
	}
	return max(n, 10)
}

// A ledger keeps account of items 0 … n-1: how often each came to an end.
type ledger struct {
	runs     []atomic.Int32
	discards []atomic.Int32
}

// watched returns a scheduler of the items 0 … n-1 and the ledger it writes. What
// cfg.Run does, if anything, it does before the item is settled.
func watched(cfg Config[int], n int) (*Scheduler[int], *ledger) {
	l := &ledger{runs: make([]atomic.Int32, n), discards: make([]atomic.Int32, n)}
	run := cfg.Run
	cfg.Run = func(w *Worker[int], v int) {
		l.runs[v].Add(1)
		if run != nil {
			run(w, v)
		}
		w.Settle(Completed)
	}
	s := New(cfg)
	s.cfg.Discard = func(v int) {
		l.discards[v].Add(1)
		s.Settle(Dropped)
	}
	return s, l
}

// ranOnce fails the test unless each item ran once and none was discarded.
func (l *ledger) ranOnce(t *testing.T) {
	t.Helper()
	for v := range l.runs {
		if runs, discards := l.runs[v].Load(), l.discards[v].Load(); runs != 1 || discards != 0 {
			t.Fatalf("item %d ran %d times and was discarded %d times", v, runs, discards)
		}
	}
}

// endedOnce fails the test unless an item that was accepted came to one end, and
// one that was refused to none.
func (l *ledger) endedOnce(t *testing.T, v int, accepted bool) {
	t.Helper()
	want := int32(0)
	if accepted {
		want = 1
	}
	if runs, discards := l.runs[v].Load(), l.discards[v].Load(); runs+discards != want {
		t.Errorf("item %d, accepted %v, ran %d times and was discarded %d times", v, accepted, runs, discards)
	}
}

// stop ends s after all accepted items were settled.
func stop(t *testing.T, s *Scheduler[int]) {
	t.Helper()
	s.Close()
	s.Wait(nil)
	halt(t, s)
}

// halt ends s, which is closed, at once, and checks what is left.
func halt(t *testing.T, s *Scheduler[int]) {
	t.Helper()
	s.Halt()
	s.Join(nil)
	for !vacated(s) {
		runtime.Gosched()
	}
	check(t, s)
}

// check fails the test if an invariant of s, which is at rest, does not hold.
func check(t *testing.T, s *Scheduler[int]) {
	t.Helper()
	if why := invariants(s); why != "" {
		t.Fatal(why)
	}
}

// checkAtRest is check inside a synctest bubble, as soon as all is at rest.
func checkAtRest(t *testing.T, s *Scheduler[int]) {
	t.Helper()
	synctest.Wait()
	check(t, s)
}

// must fails the test unless st is Accepted.
func must(t *testing.T, st Status) {
	t.Helper()
	if st != Accepted {
		t.Errorf("status %d, want Accepted", st)
	}
}

// A pile is a Source: slow, simple, and the youngest comes first.
type pile struct {
	capacity int
	busy     int // how often Poll will answer Busy
	mu       sync.Mutex
	items    []aged // the youngest last
	pushed   uint64 // and the age of the last accepted
	closed   bool
}

type aged struct {
	v   int
	age uint64
}

func (p *pile) Offer(v int) ringbuffer.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && p.capacity > 0 && len(p.items) >= p.capacity {
		return ringbuffer.Full
	}
	return p.add(v)
}

func (p *pile) OfferBeyond(v int) ringbuffer.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.add(v)
}

func (p *pile) add(v int) ringbuffer.Status {
	if p.closed {
		return ringbuffer.Closed
	}
	p.pushed++
	p.items = append(p.items, aged{v, p.pushed})
	return ringbuffer.Done
}

func (p *pile) Return(v int, age uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, _ := slices.BinarySearchFunc(p.items, age, func(it aged, age uint64) int { return cmp.Compare(it.age, age) })
	p.items = slices.Insert(p.items, at, aged{v, age})
}

func (p *pile) Poll() (v int, age uint64, status ringbuffer.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy > 0 {
		p.busy--
		return 0, 0, ringbuffer.Busy
	}
	last := len(p.items) - 1
	if last < 0 {
		return 0, 0, ringbuffer.Empty
	}
	it := p.items[last]
	p.items = slices.Delete(p.items, last, last+1)
	return it.v, it.age, ringbuffer.Done
}

// makeBusy makes the next n calls of Poll answer Busy.
func (p *pile) makeBusy(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = n
}

func (p *pile) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.items)
}

func (p *pile) Pushed() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pushed
}

func (p *pile) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}

func (p *pile) Ready() bool { return p.Len() > 0 }
func (p *pile) Cap() int    { return p.capacity }

// onRingsAndSource runs a law on rings and on a source of the same capacity.
func onRingsAndSource(t *testing.T, law func(t *testing.T, with func(Config[int]) Config[int])) {
	t.Run("rings", func(t *testing.T) {
		law(t, func(cfg Config[int]) Config[int] { return cfg })
	})
	t.Run("source", func(t *testing.T) {
		law(t, func(cfg Config[int]) Config[int] {
			cfg.Source = &pile{capacity: cfg.Capacity}
			return cfg
		})
	})
}
