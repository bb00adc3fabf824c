package sched

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newWaitlist(met func() bool) *waitlist {
	ws := new(waitlist)
	ws.init(met)
	return ws
}

func (ws *waitlist) checkEmpty(t *testing.T) {
	t.Helper()
	assert.Zero(t, ws.waiting.Load())
	assert.Nil(t, ws.joined.Load())
}

// Goal: a change and the check after it let go who joins at the same time.
func TestWaitlistMissesNoChange(t *testing.T) {
	const waiters = 3
	var left atomic.Int64
	ws := newWaitlist(func() bool { return left.Load() == 0 })
	rounds := int64(times(50_000))
	var all sync.WaitGroup
	var arrived, released [waiters]chan struct{}
	for i := range waiters {
		arrived[i], released[i] = make(chan struct{}), make(chan struct{})
		all.Go(func() {
			for range rounds {
				<-arrived[i]
				if !ws.wait(nil) {
					t.Error("wait reports false without a done channel")
				}
				released[i] <- struct{}{}
			}
		})
	}
	for range rounds {
		left.Store(1)
		for i := range waiters {
			arrived[i] <- struct{}{}
		}
		left.Store(0)
		ws.check()
		for i := range waiters {
			<-released[i]
		}
	}
	all.Wait()
	ws.checkEmpty(t)
}

// Goal: a waiter is let go for an instant of its own call only.
func TestWaitlistAnswersForTheTimeOfTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var met, returned atomic.Bool
		ws := newWaitlist(met.Load)
		met.Store(true)
		ws.check()
		met.Store(false)
		ended := make(chan struct{})
		go func() {
			ws.wait(nil)
			returned.Store(true)
			close(ended)
		}()
		synctest.Wait()
		ws.check() // not met now
		synctest.Wait()
		require.False(t, returned.Load(), "let go though the condition was not met since")
		met.Store(true)
		ws.check()
		<-ended
		ws.checkEmpty(t)
	})
}

// Goal: a waiter that gives up is forgotten; one that stays is not.
func TestWaitlistForgetsWhoGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var met atomic.Bool
		ws := newWaitlist(met.Load)
		stays := make(chan bool)
		go func() { stays <- ws.wait(nil) }()
		n := times(20_000)
		var all sync.WaitGroup
		for range 10 {
			done := make(chan struct{})
			for range n / 10 {
				all.Go(func() {
					if ws.wait(done) {
						t.Error("wait reports true though the condition was never met")
					}
				})
			}
			synctest.Wait()
			close(done)
			all.Wait()
		}
		assert.Equal(t, int32(1), ws.waiting.Load())
		met.Store(true)
		ws.check()
		assert.True(t, <-stays, "wait reports false without a done channel")
		ws.checkEmpty(t)
	})
}

func TestWaitlistConditionMetCountsBeforeDone(t *testing.T) {
	done := make(chan struct{})
	close(done)
	assert.True(t, newWaitlist(func() bool { return true }).wait(done),
		"wait reports false though the condition was met")
	assert.False(t, newWaitlist(func() bool { return false }).wait(done),
		"wait reports true though the condition was not met")
}
