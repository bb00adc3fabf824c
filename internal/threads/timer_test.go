package threads_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/threads"
)

// In these tests time is a bubble's: it moves on only when all wait, straight
// to the next timer, so that an hour is exactly one and takes no time.

func TestAfterFuncCallsOnceWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		called := make(chan time.Duration)
		timer := threads.AfterFunc(time.Hour, func() { called <- time.Since(start) })
		after := <-called
		assert.Equal(t, time.Hour, after, "the call came after %v", after)
		assert.False(t, timer.Stop(), "Stop is true, though the call was made")
		select {
		case <-called:
			t.Error("the call came twice")
		case <-time.After(24 * time.Hour):
		}
	})
}

func TestStopPreventsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		called := make(chan struct{}, 1)
		timer := threads.AfterFunc(time.Hour, func() { called <- struct{}{} })
		assert.True(t, timer.Stop(), "Stop is false, though it came in time")
		assert.False(t, timer.Stop(), "the second Stop is true")
		select {
		case <-called:
			t.Error("the call came after Stop")
		case <-time.After(24 * time.Hour):
		}
	})
}
