package rivals

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// Goal: each rival runs all that it was given, once, before Close returns.
func TestEachRivalRunsAll(t *testing.T) {
	const submitters, each = 4, 500
	for _, r := range All() {
		for _, single := range []bool{false, true} {
			for _, workers := range []int{1, 2, 50} {
				t.Run(fmt.Sprintf("%s/workers=%d/single=%v", r.Name, workers, single), func(t *testing.T) {
					p := r.New(Config{Workers: workers, Queue: 16, Single: single})
					runs := make([]atomic.Int32, submitters*each)
					var all sync.WaitGroup
					for s := range submitters {
						all.Go(func() {
							for i := range each {
								p.Submit(func() { runs[s*each+i].Add(1) })
							}
						})
					}
					all.Wait()
					p.Close()
					for i := range runs {
						if n := runs[i].Load(); n != 1 {
							t.Fatalf("task %d ran %d times", i, n)
						}
					}
				})
			}
		}
	}
}

func TestMillraceAndTheChannelComeFirst(t *testing.T) {
	all := All()
	if all[0].Name != Millrace || all[1].Name != Channel {
		t.Errorf("%s, %s, …", all[0].Name, all[1].Name)
	}
	for _, r := range all {
		if got, ok := Named(r.Name); !ok || got.Name != r.Name {
			t.Errorf("there is no %s", r.Name)
		}
	}
}
