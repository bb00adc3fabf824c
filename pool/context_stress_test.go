package pool_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: many goroutines may use a task's context while it ends for several reasons.
func TestTaskContextEndsUnderManyReaders(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	for range rounds(3_000) {
		outer, cancel := context.WithCancel(background)
		var eyes sync.WaitGroup
		var calls tally
		err := p.SubmitContext(outer, asTask(func(ctx context.Context) error {
			for i := range 4 {
				eyes.Go(func() {
					switch i {
					case 0:
						<-ctx.Done()
						assert.Error(t, ctx.Err(), "Done is closed and Err is nil")
					case 1:
						for ctx.Err() == nil {
							ctx.Deadline()
						}
						select {
						case <-ctx.Done():
						default:
							t.Error("Err is not nil and Done is open")
						}
					case 2:
						ended := make(chan struct{})
						context.AfterFunc(ctx, func() { calls.n.Add(1); close(ended) })
						<-ended
					case 3:
						stop := context.AfterFunc(ctx, func() { calls.n.Add(1) })
						if stop() {
							calls.n.Add(1)
						}
						d, cancel := context.WithCancel(ctx)
						defer cancel()
						<-d.Done()
					}
				})
			}
			go cancel()
			return nil
		}))
		require.NoError(t, err)
		_ = p.Wait()
		eyes.Wait()
		cancel()
	}
}
