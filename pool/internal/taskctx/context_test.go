package taskctx

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var errOwn = errors.New("the task's own end")

// newRoot returns a Root and what ends it.
func newRoot(t *testing.T) (*Root, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	return &Root{ctx}, cancel
}

// submit returns the context of a task submitted with ctx, or with none if nil.
func submit(root *Root, ctx context.Context) *Context {
	c := new(Context)
	c.Init(root)
	if ctx != nil {
		c.Bind(ctx, root.AncestorOf(ctx))
	}
	return c
}

// layer derives a context that is no longer a task's own.
func layer(ctx context.Context) context.Context {
	type key struct{}
	return context.WithValue(ctx, key{}, 1)
}

// assertEnded checks C1.
func assertEnded(t *testing.T, c *Context, want error) {
	t.Helper()
	assert.Equal(t, want, c.Err())
	select {
	case <-c.Done():
		assert.Error(t, want, "Done is closed")
	default:
		assert.NoError(t, want, "Done is open")
	}
}

func TestContextEndsForTheFirstReason(t *testing.T) {
	for name, end := range map[string]func(c *Context, cancelOuter, cancelRoot func()) error{
		"root":      func(_ *Context, _, cancelRoot func()) error { cancelRoot(); return context.Canceled },
		"submitter": func(_ *Context, cancelOuter, _ func()) error { cancelOuter(); return context.Canceled },
		"end":       func(c *Context, _, _ func()) error { c.End(errOwn); return errOwn },
		"own end":   func(c *Context, _, _ func()) error { c.EndOwn(errOwn); return errOwn },
	} {
		for _, watched := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				root, cancelRoot := newRoot(t)
				outer, cancelOuter := context.WithCancel(t.Context())
				defer cancelOuter()
				c := submit(root, outer)
				if watched {
					c.Done()
				}
				assertEnded(t, c, nil)
				want := end(c, cancelOuter, cancelRoot)
				assertEnded(t, c, want)
				cancelOuter()
				cancelRoot()
				c.EndOwn(errors.New("another"))
				assertEnded(t, c, want)
			})
		}
	}
}

// Goal: the own end of a task is not that of a task submitted from inside it, and an end
// from outside still is, however many layers are between the two (C3).
func TestContextOutlivesItsParentsOwnEnd(t *testing.T) {
	for depth := range 4 {
		for _, watched := range []bool{false, true} {
			root, _ := newRoot(t)
			outer, cancel := context.WithCancel(t.Context())
			tasks := []*Context{submit(root, outer)}
			for range depth {
				tasks = append(tasks, submit(root, layer(tasks[len(tasks)-1])))
			}
			child := submit(root, layer(tasks[depth]))
			if watched {
				child.Done()
			}
			for _, c := range tasks {
				c.EndOwn(errOwn)
				assertEnded(t, child, nil)
				assert.NoError(t, child.StartErr())
			}
			cancel()
			assertEnded(t, child, context.Canceled)
			assert.ErrorIs(t, child.StartErr(), context.Canceled)
		}
	}
}

// Goal: an end of the submitter's context counts even if the parent ends right after it.
func TestContextNoticesAnEndBeforeItsParentsOwn(t *testing.T) {
	for range 100 {
		root, _ := newRoot(t)
		parent := submit(root, nil)
		ctx, cancel := context.WithCancel(parent)
		child := submit(root, ctx)
		told := make(chan error, 1)
		child.WatchSubmitter(func(err error) { told <- err })
		cancel()
		parent.EndOwn(errOwn)
		assert.ErrorIs(t, <-told, context.Canceled)
		assert.ErrorIs(t, child.StartErr(), context.Canceled)
	}
}

// Goal: the context of a task that submits itself with its own context does not grow.
func TestBindLeavesOutTheAncestorsThemselves(t *testing.T) {
	root, _ := newRoot(t)
	outer := t.Context()
	c := submit(root, outer)
	for range 10 {
		c = submit(root, c)
		assert.Equal(t, outer, c.Submitter())
		assert.Nil(t, c.parent)
	}
	layered := submit(root, layer(c))
	assert.Same(t, c, layered.parent)
	assert.Same(t, c, submit(root, layered).parent)

	worker := root.NewWorker(1)
	assert.Equal(t, context.Background(), submit(root, &worker).Submitter())
	assert.Nil(t, submit(root, layer(&worker)).parent)
}

func TestAncestorIsTheInnermostOfTheSameRoot(t *testing.T) {
	root, _ := newRoot(t)
	other, _ := newRoot(t)
	c := submit(root, nil)
	assert.Nil(t, root.AncestorOf(t.Context()))
	assert.Same(t, c, root.AncestorOf(layer(c)))
	assert.Nil(t, other.AncestorOf(layer(c)))
	d := submit(other, layer(c))
	assert.Same(t, c, root.AncestorOf(d))
	assert.Same(t, d, other.AncestorOf(d))
}

func TestWorkerOfKnowsOnlyTheWorkersOfTheRoot(t *testing.T) {
	root, _ := newRoot(t)
	other, _ := newRoot(t)
	worker := root.NewWorker("w")
	assert.Equal(t, "w", root.WorkerOf(&worker))
	assert.Nil(t, other.WorkerOf(&worker))
	assert.Nil(t, root.WorkerOf(layer(&worker)))
	assert.Nil(t, root.WorkerOf(submit(root, nil)))
}

// Goal: the deadline is the earliest that counts; that of the parent's run does not (C3).
func TestContextDeadlineIsTheEarliestThatCounts(t *testing.T) {
	root, _ := newRoot(t)
	now := time.Now()
	outer, cancel := context.WithDeadline(t.Context(), now.Add(3*time.Hour))
	defer cancel()
	parent := submit(root, outer)
	parent.SetDeadline(now.Add(time.Hour))
	child := submit(root, layer(parent))
	at := func(c context.Context) time.Duration {
		deadline, ok := c.Deadline()
		assert.True(t, ok)
		return deadline.Sub(now)
	}
	assert.Equal(t, time.Hour, at(parent))
	assert.Equal(t, 3*time.Hour, at(child))
	child.SetDeadline(now.Add(2 * time.Hour))
	assert.Equal(t, 2*time.Hour, at(child))
	assert.Equal(t, 3*time.Hour, at(child.Next()))
	_, ok := submit(root, nil).Deadline()
	assert.False(t, ok)
}

// Goal: after the end nothing hangs on other contexts (C4).
func TestContextLeavesNothingBehind(t *testing.T) {
	root, _ := newRoot(t)
	parent := submit(root, t.Context())
	child := submit(root, layer(parent))
	child.Done()
	assert.Len(t, parent.beforeOwnEnd, 1)
	child.EndOwn(errOwn)
	assert.Empty(t, parent.beforeOwnEnd)
	assert.Nil(t, child.watches)
}

// Goal: an end from outside and the parent's own end, at once, deadlock never, and the
// child ends if and only if its submitter's context did.
func TestContextEndsUnderAStorm(t *testing.T) {
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	for i := range rounds {
		root, _ := newRoot(t)
		outer, cancel := context.WithCancel(t.Context())
		parent := submit(root, outer)
		child := submit(root, layer(parent))
		grandchild := submit(root, layer(child))
		var storm sync.WaitGroup
		storm.Go(func() { parent.EndOwn(errOwn) })
		storm.Go(func() { child.EndOwn(errOwn) })
		storm.Go(func() { grandchild.Done() })
		storm.Go(func() { grandchild.WatchSubmitter(grandchild.End) })
		if i%2 == 0 {
			storm.Go(cancel)
		}
		storm.Wait()
		if i%2 == 0 {
			<-grandchild.Done()
			assert.Equal(t, context.Canceled, grandchild.Err())
		} else {
			assertEnded(t, grandchild, nil)
		}
		cancel()
	}
}
