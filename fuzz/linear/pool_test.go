package linear

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// What is done to a pool. A run is done by a worker, stopped is the return of a
// Stop that returned nil.
type (
	submit  struct{ task int }
	run     struct{ task int }
	stop    struct{}
	stopped struct{}
)

// A condition is the state of the model of a pool: a bit for each task.
type condition struct {
	waiting uint64
	closed  bool
}

var poolModel = porcupine.Model{
	Init: func() any { return condition{} },
	Step: func(state, input, output any) (bool, any) {
		c := state.(condition)
		switch in := input.(type) {
		case submit:
			if output != nil {
				return c.closed, c
			}
			ok := !c.closed
			c.waiting |= 1 << in.task
			return ok, c
		case run:
			bit := uint64(1) << in.task
			ok := c.waiting&bit != 0
			c.waiting &^= bit
			return ok, c
		case stop:
			c.closed = true
			return true, c
		}
		return c.closed && c.waiting == 0, c // stopped
	},
}

// Goal: there is an order of all submissions, runs and Stop in which each run is
// of a task accepted before and not yet run, none is accepted after the first was
// refused, and none is left when Stop has returned.
func TestPoolIsLinearizable(t *testing.T) {
	for _, priority := range []bool{false, true} {
		t.Run(map[bool]string{false: "rings", true: "heap"}[priority], func(t *testing.T) {
			check(t, poolModel, func(h *history, r *rand.Rand) {
				p := pool.New(pool.Config{Workers: 1 + r.IntN(3), QueueSize: 1 + r.IntN(3), Priority: priority})
				require.NoError(t, p.Start(context.Background()))
				clients, turns, delay := 2+r.IntN(2), 1+r.IntN(4), r.IntN(20)
				together(clients+1, func(client int) {
					if client == clients {
						for range delay {
							runtime.Gosched()
						}
						h.do(client, stop{}, func() any { return p.Stop(context.Background()) })
						now := h.now()
						h.add(porcupine.Operation{ClientId: client, Input: stopped{}, Call: now, Return: now})
						return
					}
					for turn := range turns {
						task := client*turns + turn
						h.do(client, submit{task}, func() any {
							err := p.SubmitFunc(func(context.Context) error {
								h.do(100+task, run{task}, func() any { return nil })
								return nil
							})
							if err == nil {
								return nil
							}
							assert.ErrorIs(t, err, pool.ErrStopped, "SubmitFunc")
							return err
						})
					}
				})
			})
		})
	}
}
