package pool_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/user/millrace/pool"
)

// Goal: many goroutines wait while many submit, for a long time. Each Wait returns, and
// not before the tasks its caller had submitted have their outcomes.
//
// Method: each goroutine submits a few tasks and waits. When all of them wait, there is
// an instant without work, so no submitter runs without a pause.
func TestWaitUnderConcurrentSubmitters(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		p := livePool(t, pool.Config{Workers: workers, QueueSize: 4})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for round := range scaled(2000) {
					var done atomic.Int32
					n := int32((i+round)%5 + 1)
					for range n {
						if err := p.SubmitFunc(func(context.Context) error { done.Add(1); return nil }); err != nil {
							t.Errorf("SubmitFunc: %v", err)
							return
						}
					}
					if err := p.Wait(); err != nil {
						t.Errorf("Wait: %v", err)
						return
					}
					if got := done.Load(); got != n {
						t.Errorf("Wait came back with %d of %d tasks done", got, n)
						return
					}
				}
			})
		}
		wg.Wait()
	}
}
