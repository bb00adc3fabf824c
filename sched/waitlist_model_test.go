//go:build model

package sched

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/threads"
)

// Goal: a waiter that joins after the condition ceased to be met is not let go,
// wherever a check begun before was put aside.
func TestWaitlistPutAsideAnswersForTheTimeOfTheCall(t *testing.T) {
	letGo := 0
	for k := 1; k <= 40; k++ {
		met := true
		ws := newWaitlist(func() bool { return met })
		join := func() *waiter {
			w := &waiter{parker: threads.NewParker()}
			ws.waiting.Add(1)
			ws.join(w)
			return w
		}
		before, late := join(), (*waiter)(nil)
		interrupt(ws.check, map[int]func(){k: func() { met = false; late = join() }})
		if before.state.Load() == woken {
			letGo++
		}
		if late != nil && late.state.Load() != waiting {
			t.Fatalf("put aside at step %d: a waiter is let go for the time before its call", k)
		}
	}
	assert.NotZero(t, letGo, "nobody was let go")
}
