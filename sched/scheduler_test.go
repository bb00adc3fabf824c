package sched

import (
	"sync"
	"sync/atomic"
	"testing"
)

// counted is a scheduler of ints that counts how often each was run.
func counted(cfg Config[int], n int) (*Scheduler[int], []atomic.Int32) {
	runs := make([]atomic.Int32, n)
	cfg.Run = func(w *Worker[int], v int) {
		runs[v].Add(1)
		w.Settle(Completed)
	}
	s := New(cfg)
	s.cfg.Discard = func(int) { s.Settle(Dropped) }
	return s, runs
}

func stop(t *testing.T, s *Scheduler[int]) {
	t.Helper()
	s.Close()
	s.Wait(nil)
	s.Halt()
	s.Join(nil)
	if size, alive := s.crew.load(); size != 0 || alive != 0 {
		t.Errorf("after Join: size %d, alive %d", size, alive)
	}
	if got, want := s.Settled().Sum(), s.Accepted(); got != want {
		t.Errorf("settled %d of %d accepted", got, want)
	}
}

func TestEachItemRunsOnce(t *testing.T) {
	for _, capacity := range []int{0, 1, 2, 7, 1024} {
		for _, workers := range []int{1, 2, 8, 100} {
			const submitters, each = 8, 2000
			s, runs := counted(Config[int]{Workers: workers, Capacity: capacity}, submitters*each)
			s.Start()
			var wg sync.WaitGroup
			for i := range submitters {
				wg.Go(func() {
					for j := range each {
						if st := s.Submit(i*each+j, nil); st != Accepted {
							t.Errorf("Submit = %v", st)
						}
					}
				})
			}
			wg.Wait()
			s.Wait(nil)
			for v := range runs {
				if n := runs[v].Load(); n != 1 {
					t.Fatalf("capacity %d, workers %d: item %d ran %d times", capacity, workers, v, n)
				}
			}
			stop(t, s)
		}
	}
}
