package pool_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// asks counts the calls of a Task's methods.
type asks struct{ execute, id, priority atomic.Int64 }

// A valueTask is a Task of the user that is a struct, not a pointer.
type valueTask struct {
	asks *asks
	id   string
	who  func() // called where it is asked for id and priority
}

func (v valueTask) Execute(context.Context) (interface{}, error) {
	v.asks.execute.Add(1)
	return v.id, nil
}
func (v valueTask) ID() string    { v.asks.id.Add(1); v.who(); return v.id }
func (v valueTask) Priority() int { v.asks.priority.Add(1); v.who(); return 3 }

// A pointerTask is a Task that is a pointer, which may be nil.
type pointerTask struct{ ran atomic.Int64 }

var nilRan atomic.Int64

func (p *pointerTask) Execute(context.Context) (interface{}, error) {
	if p == nil {
		nilRan.Add(1)
	} else {
		p.ran.Add(1)
	}
	return "pointer", nil
}
func (p *pointerTask) ID() string    { return "" }
func (p *pointerTask) Priority() int { return 0 }

// Goal: ID and Priority are called once per submission, by the submitter, whatever the
// way to submit and the outcome of the task.
func TestTaskIsAskedForIDAndPriorityOnce(t *testing.T) {
	ways := map[string]func(p *pool.WorkerPool, task pool.Task) error{
		"Submit":        func(p *pool.WorkerPool, task pool.Task) error { return p.Submit(task) },
		"TrySubmit":     func(p *pool.WorkerPool, task pool.Task) error { return p.TrySubmit(task) },
		"SubmitContext": func(p *pool.WorkerPool, task pool.Task) error { return p.SubmitContext(context.TODO(), task) },
		"SubmitBatch": func(p *pool.WorkerPool, task pool.Task) error {
			_, err := p.SubmitBatch([]pool.Task{asTask(func(context.Context) error { return nil }), task})
			return err
		},
		"SubmitWait": func(p *pool.WorkerPool, task pool.Task) error {
			_, err := p.SubmitWait(background, task)
			return err
		},
		"nested": func(p *pool.WorkerPool, task pool.Task) error {
			_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
				_, err := p.SubmitWait(ctx, valueTask{task.(valueTask).asks, "", func() {}})
				return err
			}))
			return err
		},
		"callerRuns": func(p *pool.WorkerPool, task pool.Task) error {
			hold := make(chan struct{})
			defer close(hold)
			begun := make(chan struct{})
			if err := p.SubmitFunc(func(context.Context) error { close(begun); <-hold; return nil }); err != nil {
				return err
			}
			<-begun
			for p.TrySubmit(asTask(func(context.Context) error { return nil })) == nil {
			}
			return p.Submit(task)
		},
	}
	for name, submit := range ways {
		for _, id := range []string{"", "id"} {
			t.Run(name+"/"+id, func(t *testing.T) {
				p := startPool(t, pool.Config{Workers: 1, QueueSize: 2}, pool.WithOverflow(pool.CallerRuns))
				var a asks
				caller := goid()
				require.NoError(t, submit(p, valueTask{&a, id, func() {
					assert.Equal(t, caller, goid(), "asked on another goroutine than the submitter's")
				}}))
				require.NoError(t, p.Wait())
				if a.execute.Load() != 1 || a.id.Load() != 1 || a.priority.Load() != 1 {
					t.Errorf("executed %d times, asked %d times for its id and %d for its priority",
						a.execute.Load(), a.id.Load(), a.priority.Load())
				}
			})
		}
	}
}

func TestTaskOfTheUsersOwnType(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	var a asks
	v, err := p.SubmitWait(background, valueTask{&a, "mine", func() {}})
	assert.NoError(t, err)
	assert.Equal(t, "mine", v)
	ptr := new(pointerTask)
	v, err = p.SubmitWait(background, ptr)
	assert.NoError(t, err)
	assert.Equal(t, "pointer", v)
	assert.Equal(t, int64(1), ptr.ran.Load())
	// A nil pointer is a valid Task if its methods allow it.
	ranBefore := nilRan.Load()
	v, err = p.SubmitWait(background, (*pointerTask)(nil))
	assert.NoError(t, err)
	assert.Equal(t, "pointer", v)
	assert.Equal(t, ranBefore+1, nilRan.Load())
}

// A StopError names tasks of user types by the id that they returned in Submit.
func TestTaskOfTheUsersOwnTypeIsNamedByStop(t *testing.T) {
	p := newPool(pool.Config{Workers: 1})
	var a asks
	require.NoError(t, p.Submit(valueTask{&a, "mine", func() {}}))
	se := new(pool.StopError)
	if assert.ErrorAs(t, p.Stop(background), &se) {
		assert.Len(t, se.NeverRun.IDs, 1)
		assert.Equal(t, "mine", se.NeverRun.IDs[0])
	}
	n := a.id.Load()
	assert.Equal(t, int64(1), n, "asked %d times for its id", n)
}

// Goal: a task may be submitted many times concurrently. Each time it has an outcome of
// its own.
func TestTaskSubmittedManyTimesAtOnce(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 4, QueueSize: 8})
	var ran, called atomic.Int64
	body := func(context.Context) error { ran.Add(1); return nil }
	bare := asTask(body)
	recorded := asTask(body, pool.WithTaskCallback(func(pool.Result) { called.Add(1) }))
	ptr := new(pointerTask)
	const submitters = 4
	n := int64(rounds(2_000))
	var all sync.WaitGroup
	for range submitters {
		all.Go(func() {
			for range n {
				for _, task := range []pool.Task{bare, recorded, ptr} {
					if err := p.Submit(task); err != nil {
						t.Error(err)
					}
				}
				if _, err := p.SubmitWait(background, recorded); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.NoError(t, p.Wait())
	assert.Equal(t, 3*n*submitters, ran.Load())
	assert.Equal(t, 2*n*submitters, called.Load())
	assert.Equal(t, n*submitters, ptr.ran.Load())
}
