//go:build model

package sched

import "testing"

// Goal: once Resize returned there is no moment in which a worker one too many
// could miss it, wherever another worker that found no excess was put aside.
func TestWorkerPutAsideHidesNoExcess(t *testing.T) {
	for k := 1; k <= 20; k++ {
		for j := k + 1; j <= 20; j++ {
			s, workers := workersOf(3)
			s.raiseExcess()
			resized := false
			look := func() {
				if resized && s.workers.over() && s.flags.Load()&flagExcess == 0 {
					t.Fatalf("put aside at steps %d and %d: a worker too many is not called", k, j)
				}
			}
			interrupt(func() { workers[0].excess() }, map[int]func(){
				k: func() {
					workers[1].excess() // finds no excess either
					s.Resize(2)
					resized = true
				},
				j: look,
			})
			look()
		}
	}
}
