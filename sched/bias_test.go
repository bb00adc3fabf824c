package sched

import (
	"sync"
	"testing"

	"github.com/user/millrace/internal/atomics"
)

// Goal: a worker to which the pops of a ring are biased, and that is at a long item, does
// not keep others from the rest.
//
// Method: it takes a hundred items in a row, and then one that lasts until all have run.
func TestItemsBehindABiasedWorkerRun(t *testing.T) {
	atomics.AskForBarrier()
	const items = 100
	s := New(Config[func()]{Workers: 1, Capacity: 2*items + 1, Rings: 1, Run: func(w *Worker[func()], item func()) {
		item()
		w.Settle(Completed)
	}})
	for range items {
		must(t, s.TrySubmit(func() {}))
	}
	var rest sync.WaitGroup
	must(t, s.TrySubmit(func() {
		if biased := s.rings[0].words.Biased(); biased != atomics.HasBarrier() {
			t.Errorf("after %d items of one worker, biased is %t", items, biased)
		}
		s.Resize(2)
		rest.Wait()
	}))
	for range items {
		rest.Add(1)
		must(t, s.TrySubmit(rest.Done))
	}
	s.Start()
	s.Wait(nil)
	s.Close()
	s.Halt()
	s.Join(nil)
}
