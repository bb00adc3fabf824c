package sched

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Goal: an accepted item comes to one end and a refused one to none, whatever is
// called at once: Submit, SubmitNested, batches, submitters that give up, Return,
// Evict, Resize, the gauges, Wait, Close, Halt; with items that crash, workers that
// are let go and permits that are denied. Each start has used a permit.
func TestStorm(t *testing.T) {
	onRingsAndSource(t, func(t *testing.T, with func(Config[int]) Config[int]) {
		for range times(2000) {
			seed := rand.Uint64()
			storm(t, with, seed)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	})
}

func storm(t *testing.T, with func(Config[int]) Config[int], seed uint64) {
	const submitters, each = 10, 50
	const n = submitters * each
	draw := rand.New(rand.NewPCG(seed, 0))
	before := runtime.NumGoroutine()
	back := make([]uint64, n) // the age at which the item came back, plus 1; of the goroutine that has it
	var s *Scheduler[int]
	var l *ledger
	s, l = watched(with(Config[int]{
		Workers: 1 + draw.IntN(8), Capacity: draw.IntN(8), rings: draw.IntN(4),
		IdleTimeout: time.Duration(1 + draw.IntN(100_000)),
		Crashed:     func(w *Worker[int], _ int, _ any) { w.Settle(Failed) },
	}), n)
	permits := &grudge{again: time.Microsecond}
	paced := draw.IntN(3) == 0
	if paced {
		s.cfg.Pacer = permits
	}
	var starts atomic.Int64
	settle := s.cfg.Run
	s.cfg.Run = func(w *Worker[int], v int) {
		starts.Add(1)
		switch v % 16 {
		case 1, 2:
			if back[v] == 0 {
				back[v] = w.Age() + 1
				s.Return(v, w.Age())
				return
			}
			if back[v] != w.Age()+1 {
				t.Errorf("item %d came back at age %d with age %d", v, back[v]-1, w.Age())
			}
		case 3:
			defer runtime.Goexit()
			l.runs[v].Add(1)
			return
		case 4:
			l.runs[v].Add(1)
			panic(v)
		case 5:
			runtime.Gosched()
		}
		settle(w, v)
	}
	accepted := make([]bool, n)
	evicted := make(chan int, n)
	s.Start()
	var all sync.WaitGroup
	for i := range submitters {
		r := rand.New(rand.NewPCG(seed, uint64(i)+1))
		all.Go(func() {
			for v := i * each; v < (i+1)*each; v++ {
				switch r.IntN(5) {
				case 0:
					accepted[v] = s.TrySubmit(v) == Accepted
				case 1:
					accepted[v] = s.SubmitNested(v) == Accepted
				case 2:
					done := make(chan struct{})
					go close(done)
					accepted[v] = s.Submit(v, done) == Accepted
				case 3:
					batch := []int{v}
					for len(batch) < 4 && v+1 < (i+1)*each {
						v++
						batch = append(batch, v)
					}
					k, _ := s.SubmitBatch(batch, nil)
					for _, u := range batch[:k] {
						accepted[u] = true
					}
				case 4:
					accepted[v] = s.Submit(v, nil) == Accepted
				}
			}
		})
	}
	end := make(chan struct{})
	forever := func(do func(r *rand.Rand)) {
		r := rand.New(rand.NewPCG(seed, draw.Uint64()))
		all.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
					do(r)
					runtime.Gosched()
				}
			}
		})
	}
	forever(func(r *rand.Rand) { s.Resize(1 + r.IntN(8)) })
	forever(func(*rand.Rand) { s.Active(); s.Alive(); s.Queued(); s.Settled() })
	forever(func(*rand.Rand) {
		if v, ok := s.Evict(); ok {
			evicted <- v
			s.Settle(Dropped)
		}
	})
	forever(func(*rand.Rand) {
		done := make(chan struct{})
		go close(done)
		s.Wait(done)
	})
	for s.Accepted() < uint64(draw.IntN(n/2)) {
		runtime.Gosched()
	}
	if draw.IntN(2) == 0 {
		all.Go(s.Close)
	}
	s.Close()
	if draw.IntN(2) == 0 {
		s.Wait(nil)
	}
	if draw.IntN(2) == 0 {
		all.Go(s.Halt)
	}
	s.Halt()
	s.Join(nil)
	close(end)
	all.Wait()
	s.Wait(nil)
	halt(t, s)
	if got := permits.given.Load(); paced && got != starts.Load() {
		t.Errorf("%d permits were used for %d starts", got, starts.Load())
	}
	close(evicted)
	for v := range evicted {
		l.discards[v].Add(1)
	}
	for v := range n {
		l.endedOnce(t, v, accepted[v])
	}
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
	}
}
