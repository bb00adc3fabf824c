package pool_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Goal: a task that submits itself forever has a context that does not grow, and leaves
// no memory behind. Method: a lookup that only the outermost context can answer passes
// every context of the chain; the outermost counts the calls on the stack. The live
// heap is measured early and late.
func TestNestedSelfSubmissionDoesNotGrow(t *testing.T) {
	type resubmit func(p *pool.WorkerPool, ctx context.Context, body doing) error
	kinds := []struct {
		name   string
		rounds int
		again  resubmit
	}{
		{"SubmitContext", rounds(1_000_000), func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			return p.SubmitContext(ctx, asTask(body))
		}},
		{"Go", rounds(100_000), func(p *pool.WorkerPool, ctx context.Context, body doing) error {
			_, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, body(ctx) }, pool.WithTaskContext(ctx))
			return err
		}},
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			outer := &stackMeter{Context: ctx}
			total := k.rounds
			var first, last uint64
			var heapFirst, heapLast uint64
			ended := make(chan error, 1)
			round := 0
			var body doing
			body = func(ctx context.Context) error {
				round++
				switch round {
				case total / 10:
					first, heapFirst = outer.depthFrom(ctx), heapInUse()
				case total:
					last, heapLast = outer.depthFrom(ctx), heapInUse()
					ended <- nil
					return nil
				}
				err := k.again(p, ctx, body)
				if err != nil {
					ended <- err
				}
				return err
			}
			require.NoError(t, k.again(p, outer, body))
			require.NoError(t, <-ended)
			if first != last || first == 0 {
				t.Errorf("contexts between the task and its submitter: %d frames in round %d, %d in round %d", first, total/10, last, total)
			}
			assert.LessOrEqual(t, heapLast, heapFirst+1<<20, "the heap grew from %d to %d bytes", heapFirst, heapLast)
			require.NoError(t, p.Wait())
		})
	}
}

// A stackMeter is a context that measures how many calls lie between it and the caller
// that asked a context below it for a value.
type stackMeter struct {
	context.Context
	frames uint64
}

type meterKey struct{}

func (m *stackMeter) Value(key any) any {
	if key == (meterKey{}) {
		m.frames = frames()
	}
	return m.Context.Value(key)
}

func (m *stackMeter) depthFrom(ctx context.Context) uint64 {
	m.frames = 0
	ctx.Value(meterKey{})
	return m.frames - frames()
}

func frames() uint64 { return uint64(runtime.Callers(0, make([]uintptr, 4096))) }

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
