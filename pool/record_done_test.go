package pool_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/pool"
)

func TestCompletionWakesEveryWaiter(t *testing.T) {
	var c pool.Completion
	waiters := make([]*pool.Waiter, 5)
	for i := range waiters {
		if i == 2 {
			defer func(done <-chan struct{}) { <-done }(c.Done())
		}
		waiters[i] = pool.NewWaiter()
		assert.True(t, c.Add(waiters[i]), "Add reports that it is done")
	}
	assert.False(t, c.IsDone(), "it is done")
	c.Complete()
	for _, l := range waiters {
		<-l.Wake()
	}
	assert.True(t, c.IsDone())
	assert.False(t, c.Add(pool.NewWaiter()))
	<-c.Done()
}

func TestCompletionDoneIsOneChannel(t *testing.T) {
	for _, first := range []bool{true, false} { // asked for before it was done, or only after
		var c pool.Completion
		var done <-chan struct{}
		if first {
			done = c.Done()
			c.Add(pool.NewWaiter())
			if c.Done() != done {
				t.Error("another channel before it was done")
			}
		}
		c.Complete()
		<-c.Done()
		if after := c.Done(); first && after != done || c.Done() != after {
			t.Error("another channel after it was done")
		}
	}
}

func TestCompletionWaiterLeaves(t *testing.T) {
	var c pool.Completion
	l := pool.NewWaiter()
	c.Add(l)
	assert.True(t, c.Remove(l), "Remove reports that it is done")
	c.Complete()
	assert.Empty(t, l.Wake(), "woken after it left")
	var done pool.Completion
	done.Add(l)
	done.Complete()
	assert.False(t, done.Remove(l), "Remove reports true of a completion that is done")
	<-l.Wake()
}

// Goal: a waiter added while the completion completes either learns that it is done or
// is woken once.
func TestCompletionCompletesConcurrentlyWithAdd(t *testing.T) {
	for range rounds(5_000) {
		var c pool.Completion
		var all sync.WaitGroup
		var channels [3]<-chan struct{}
		all.Go(c.Complete)
		for i := range 3 {
			all.Go(func() {
				l := pool.NewWaiter()
				if c.Add(l) {
					<-l.Wake()
				} else if len(l.Wake()) != 0 {
					t.Error("woken although it was done")
				}
			})
			all.Go(func() {
				channels[i] = c.Done()
				<-channels[i]
			})
		}
		all.Wait()
		if channels[0] != channels[1] || channels[1] != channels[2] {
			t.Fatal("Done is more than one channel")
		}
	}
}

// Goal: the only waiter is woken if and only if it did not leave in time.
func TestCompletionCompletesConcurrentlyWithRemove(t *testing.T) {
	l := pool.NewWaiter() // one for all completions: a token too many would show
	for range rounds(20_000) {
		var c pool.Completion
		c.Add(l)
		done := async(func() struct{} { c.Complete(); return struct{}{} })
		if !c.Remove(l) {
			<-l.Wake()
		}
		<-done
		if len(l.Wake()) != 0 {
			t.Fatal("woken after it left")
		}
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestBroadcastWakesThoseBeforeItAndNoneAfter(t *testing.T) {
	var b pool.Broadcast
	b.Send() // nobody waits
	one, two := b.Next(), b.Next()
	if closed(one) || one != two {
		t.Error("woken by what came before, or apart")
	}
	b.Send()
	next := b.Next()
	if !closed(one) || closed(next) {
		t.Errorf("%v, %v; want only the first woken", closed(one), closed(next))
	}
	b.Send()
	b.Send()
	assert.True(t, closed(next), "not woken")
}

// Goal: no wake is lost: a waiter that asks first, and then sees that nothing has
// happened, is woken when it does.
func TestBroadcastLosesNoWake(t *testing.T) {
	for range rounds(10_000) {
		var b pool.Broadcast
		var happened tally
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				c := b.Next()
				if happened.n.Load() == 0 {
					<-c
				}
			})
		}
		happened.n.Add(1)
		b.Send()
		all.Wait()
	}
}
