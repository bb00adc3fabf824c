//go:build model

package threads_test

import (
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/internal/hook/hooktest"
	"github.com/user/millrace/internal/threads"
)

// wantCalls compares what the explorer was asked since the last time, and
// forgets it.
func wantCalls(t *testing.T, rec *hooktest.Recorder, want ...hooktest.Call) {
	t.Helper()
	if !slices.Equal(rec.Calls, want) {
		t.Errorf("the explorer was asked %+v, want %+v", rec.Calls, want)
	}
	rec.Calls = nil
}

func TestExplorerParksAndUnparks(t *testing.T) {
	p, done := threads.NewParker(), make(chan struct{})
	addr := unsafe.Pointer(p)
	for _, answer := range []bool{true, false} {
		rec := &hooktest.Recorder{Parked: answer}
		rec.Record(t)
		assert.Equal(t, answer, p.Park(done), "Park, the explorer said %v", answer)
		wantCalls(t, rec, hooktest.Call{Method: "Park", Addr: addr, Done: done})
		p.Park(nil)
		wantCalls(t, rec, hooktest.Call{Method: "Park", Addr: addr})
		p.Unpark()
		wantCalls(t, rec, hooktest.Call{Method: "Unpark", Addr: addr})
	}
}

// Goal: the try-lock announces each step before it acts.
//
// Method: in the announcement the lock is tried plainly: it must still be as it
// was, and what is done there decides the announced step.
func TestTryLockAnnouncesItsStepThenActs(t *testing.T) {
	var l threads.TryLock
	rec := &hooktest.Recorder{}
	rec.Record(t)
	addr := unsafe.Pointer(&l)

	rec.OnStep = func() {
		assert.True(t, l.TryLock(), "TryLock acted before its announcement")
	}
	assert.False(t, l.TryLock(), "TryLock took a lock that was taken before its step")
	wantCalls(t, rec, hooktest.Call{Method: "Step", Op: hook.TryLock, Addr: addr})

	rec.OnStep = func() {
		assert.False(t, l.TryLock(), "Unlock acted before its announcement")
	}
	l.Unlock()
	wantCalls(t, rec, hooktest.Call{Method: "Step", Op: hook.Unlock, Addr: addr})

	rec.OnStep = nil
	assert.True(t, l.TryLock(), "TryLock did not take a free lock")
}

func TestExplorerStartsGoroutines(t *testing.T) {
	rec := &hooktest.Recorder{}
	rec.Record(t)
	ran := false
	threads.Go(func() { ran = true })
	wantCalls(t, rec, hooktest.Call{Method: "Go"})
	assert.False(t, ran, "the function ran before the explorer let it")
	rec.Started[0]()
	assert.True(t, ran, "the explorer was given another function")
}

func TestExplorerPauses(t *testing.T) {
	rec := &hooktest.Recorder{}
	rec.Record(t)
	threads.Pause()
	wantCalls(t, rec, hooktest.Call{Method: "Pause"})
}

func TestExplorerHoldsTimers(t *testing.T) {
	for _, inTime := range []bool{true, false} {
		rec := &hooktest.Recorder{Stopped: inTime}
		rec.Record(t)
		ran := false
		timer := threads.AfterFunc(time.Hour, func() { ran = true })
		wantCalls(t, rec, hooktest.Call{Method: "AfterFunc", Delay: time.Hour})
		rec.Started[0]()
		assert.True(t, ran, "the explorer was given another function")
		assert.Equal(t, inTime, timer.Stop(), "Stop, the explorer said %v", inTime)
		wantCalls(t, rec, hooktest.Call{Method: "stop"})
	}
}
