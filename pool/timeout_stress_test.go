package pool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: at its deadline a task has one outcome, whether the timer or the return of the
// function comes first. Method: in a bubble the function wakes at the exact instant the
// timer fires.
func TestTimeoutRacingTheReturn(t *testing.T) {
	for range rounds(20) {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 4})
			const n = 100
			var results, inTime atomic.Int64
			for range n {
				require.NoError(t, p.Submit(pool.NewTask(func(context.Context) (any, error) {
					time.Sleep(time.Second)
					return 1, nil
				}, pool.WithTaskTimeout(time.Second), pool.WithTaskCallback(func(r pool.Result) {
					results.Add(1)
					if r.Error == nil {
						inTime.Add(1)
					}
					assert.Equal(t, r.Value == 1, r.Error == nil, r)
				}))))
			}
			require.NoError(t, p.Wait())
			require.NoError(t, p.Stop(background))
			s := p.Stats()
			if results.Load() != n || s.CompletedTasks != inTime.Load() || s.FailedTasks != n-inTime.Load() || s.OverdueTasks != 0 {
				t.Errorf("%d outcomes, %d in time: %+v", results.Load(), inTime.Load(), s)
			}
		})
	}
}
