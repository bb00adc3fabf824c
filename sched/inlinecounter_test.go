package sched

import (
	"sync"
	"sync/atomic"
	"testing"
)

// Goal: an entry comes before the closing and is counted, or after and is refused.
func TestGateCountsWhatItLetsIn(t *testing.T) {
	for range times(1000) {
		var g inlineCounter
		var in atomic.Uint64
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for j := range 20 {
					closed := inlineClosed(&g)
					entered := g.accept()
					switch {
					case entered && closed:
						t.Error("entered a closed gate")
					case entered:
						in.Add(1)
					case !inlineClosed(&g):
						t.Error("refused by an open gate")
					}
					if i == 0 && j == 10 {
						g.close()
						if before := g.accepted(); g.accept() || g.accepted() != before {
							t.Error("entered after close returned")
						}
					}
				}
			})
		}
		all.Wait()
		if g.accepted() != in.Load() {
			t.Fatalf("%d passed, %d entered", g.accepted(), in.Load())
		}
	}
}

func inlineClosed(g *inlineCounter) bool { return g.word.Load()&1 != 0 }
