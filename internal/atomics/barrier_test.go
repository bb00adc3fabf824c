//go:build !model

package atomics_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/user/millrace/internal/atomics"
)

// Goal: on this machine, too, of a goroutine that says by a release store that it is
// there, and one that follows its own store by a barrier, one sees the other.
//
// Method: one counts up and looks each time whether the other has come. When it comes it
// counts up too, and looks how far the first is; the first says when it last saw nobody.
// Whoever sees less than that was missed by the other and missed it. Before each store the
// first makes another, to a line far away, so that it lies in its processor's buffer for
// long.
func TestBarrierMakesUpForTheFence(t *testing.T) {
	if !atomics.AskForBarrier() {
		t.Log("this system has no barrier")
		return
	}
	const rounds = 5000
	far := make([]atomics.Uint64, 1<<22)
	var often, seldom, alone [8]atomics.Uint64 // each the first of a line of its own
	var over atomics.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := uint64(1); !over.Load(); n++ {
			atomics.StoreRelease(&far[n*2654435761%uint64(len(far))], n)
			atomics.StoreRelease(&often[0], n)
			if come := seldom[0].Load(); come%2 == 0 {
				atomics.StoreRelease(&alone[0], n)
			}
			if n%1024 == 0 {
				runtime.Gosched()
			}
		}
	})
	for round := uint64(0); round < rounds; round++ {
		seldom[0].Store(2*round + 1)
		if !atomics.Barrier() {
			t.Fatal("the barrier was refused")
		}
		seen := often[0].Load()
		atomics.Barrier() // so that alone is that of the last look before this
		if last := alone[0].Load(); last > seen {
			t.Fatalf("round %d: saw %d, but it went on alone to %d", round, seen, last)
		}
		for seldom[0].Store(2*round + 2); alone[0].Load() <= seen; { // until it is alone again
			runtime.Gosched()
		}
	}
	over.Store(true)
	wg.Wait()
}
